"""What the state store promises: records by what is asked, all or nothing, numbers without a gap."""

import sqlite3
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, datetime, timedelta, timezone

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from taishi.core.notice_records import Notice
from taishi.core.ports import Find
from taishi.core.problems import Problem
from taishi.core.records import Alert, Block, Person, RiskEvent, Unit, Verdict
from taishi.core.text import Text
from taishi.store import open_state_store

AT = datetime(2026, 3, 1, 8, tzinfo=UTC)


def risk(number, **fields):
    base = RiskEvent(
        id=f"r{number}", alert_id=f"a{number}", threat="risk", level="low", unit=None, subject="192.0.2.1",
        first_seen=AT + timedelta(hours=number), last_seen=AT + timedelta(hours=number), count=1,
    )  # fmt: skip
    return msgspec.structs.replace(base, **fields)


def alert(number, **verdict):
    fields = {
        "subject": "192.0.2.1",
        "subject_kind": "ip",
        "threat": "risk",
        "level": "low",
        "unit": "教育局",
    }
    fields |= {"asset": None, "first_seen": AT, "last_seen": AT, "count": number}
    fields |= {"peers": (), "attackers": (), "because": ()} | verdict
    return Alert(f"a{number}", Verdict(**fields))


def test_a_record_comes_back_as_it_was(state):
    notice = Notice("n1", "disposal", "教育局", "函", (), AT, AT + timedelta(days=3), number="〔2026〕1号")
    block = Block("b1", "192.0.2.9", "egress", Text("因", "why"), "a1", 3600, AT)
    for record in (
        notice,
        block,
        alert(1),
        risk(1),
        Unit("u1", "教育局"),
        Person("p1", "admin", ("admin",), "x"),
    ):
        state.put(record)
        assert state.get(type(record), record.id) == record
        assert state.find(type(record)) == [record]


def test_put_replaces_and_delete_removes(state):
    state.put(risk(1), risk(1, level="high"), risk(2))
    assert state.get(RiskEvent, "r1").level == "high"
    state.delete(RiskEvent, "r1")
    assert state.get(RiskEvent, "r1") is None
    assert [one.id for one in state.find(RiskEvent)] == ["r2"]


def test_alerts_are_asked_by_their_verdict(state):
    state.put(alert(3, threat="compromised"), alert(1), alert(20, unit=None))
    assert [one.id for one in state.find(Alert, Find(where={"threat": "compromised"}))] == ["a3"]
    assert [one.id for one in state.find(Alert, Find(where={"unit": None}))] == ["a20"]
    assert [one.id for one in state.find(Alert, Find(order="count"))] == ["a1", "a3", "a20"]


def test_find_pages_and_counts(state):
    state.put(*(risk(n, level="high" if n % 2 else "low", subject=f"host_{n}%") for n in range(10)))
    high = Find(where={"level": "high"}, order="first_seen", descending=True, limit=2, offset=1)
    assert [one.id for one in state.find(RiskEvent, high)] == ["r7", "r5"]
    assert state.count(RiskEvent, high) == 5
    assert [one.id for one in state.find(RiskEvent, Find(contains={"subject": "T_3%"}))] == ["r3"]
    assert state.find(RiskEvent, Find(offset=8)) == [
        risk(8, subject="host_8%"),
        risk(9, level="high", subject="host_9%"),
    ]
    assert state.count(RiskEvent, Find(where={"level": ("high", "medium")})) == 5
    assert state.count(RiskEvent, Find(where={"unit": ("x", None)})) == 10
    assert state.count(RiskEvent, Find(where={"level": ()})) == 0


def test_spans_are_half_open_in_any_zone(state):
    state.put(*(risk(n) for n in range(5)))
    shanghai = timezone(timedelta(hours=8))
    span = ((AT + timedelta(hours=1)).astimezone(shanghai), (AT + timedelta(hours=3)).astimezone(shanghai))
    assert [one.id for one in state.find(RiskEvent, Find(between={"first_seen": span}))] == ["r1", "r2"]
    assert state.count(RiskEvent, Find(between={"first_seen": (None, AT)})) == 0


def test_a_column_that_is_none_is_told(state):
    with pytest.raises(Problem, match="colour: riskevent cannot be asked by that; columns are id, alert_id"):
        state.find(RiskEvent, Find(where={"colour": "red"}))
    with pytest.raises(Problem, match="doc"):
        state.find(RiskEvent, Find(order="doc"))


_risks = st.lists(
    st.builds(
        risk,
        st.integers(0, 8),
        level=st.sampled_from(["high", "low"]),
        unit=st.none() | st.sampled_from(["教育局", "水利局"]),
        first_seen=st.integers(0, 5).map(lambda n: AT + timedelta(microseconds=n)),
        subject=st.sampled_from(["aB", "a%b", "A_", "县"]),
    ),
    max_size=12,
)
_SPAN = (AT + timedelta(microseconds=1), AT + timedelta(microseconds=4))
_finds = st.builds(
    Find,
    where=st.dictionaries(
        st.just("level"), st.sampled_from(["high", ("low", "high"), None]), max_size=1
    ) | st.dictionaries(st.just("unit"), st.sampled_from(["教育局", None, ("水利局", None)]), max_size=1),
    between=st.dictionaries(st.just("first_seen"), st.just(_SPAN), max_size=1),
    contains=st.dictionaries(st.just("subject"), st.sampled_from(["a", "%", "_", "县"]), max_size=1),
    order=st.sampled_from(["id", "first_seen", "subject"]),
    descending=st.booleans(),
    limit=st.none() | st.integers(0, 4),
    offset=st.integers(0, 3),
)  # fmt: skip


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(put=_risks, find=_finds)
def test_it_finds_what_plain_python_would(state, put, find):
    state.put(*put)
    model = {one.id: one for one in put}
    found = [one for one in model.values() if _matches(one, find)]
    found.sort(key=lambda one: (getattr(one, find.order), one.id), reverse=find.descending)
    end = None if find.limit is None else find.offset + find.limit
    assert state.find(RiskEvent, find) == found[find.offset : end]
    assert state.count(RiskEvent, find) == len(found)
    for one in model:
        state.delete(RiskEvent, one)


def _matches(one, find):
    return (
        all(
            getattr(one, name) in (want if isinstance(want, tuple) else (want,))
            for name, want in find.where.items()
        )
        and all(since <= getattr(one, name) < until for name, (since, until) in find.between.items())
        and all(piece.lower() in getattr(one, name).lower() for name, piece in find.contains.items())
    )


def test_a_transaction_is_all_or_nothing(state):
    with pytest.raises(ZeroDivisionError), state.transaction():  # noqa: PT012 - what is undone
        state.put(risk(1))
        with state.transaction():
            state.put(risk(2))
            state.decide(AT, "p1", "confirm", "alert", "a1", "ok")
            assert state.next_number("letter") == 1
        assert state.count(RiskEvent) == 2
        raise ZeroDivisionError
    assert state.count(RiskEvent) == 0
    assert state.decisions() == []
    with state.transaction():
        state.put(risk(1))
        assert state.next_number("letter") == 1
    assert state.count(RiskEvent) == 1
    assert state.verify() == []


def test_an_inner_transaction_that_fails_is_undone_alone(state):
    with state.transaction():
        state.put(risk(1))
        with pytest.raises(ZeroDivisionError), state.transaction():  # noqa: PT012 - what is undone
            state.put(risk(2))
            assert state.next_number("letter") == 1
            raise ZeroDivisionError
        assert state.next_number("letter") == 1
    assert [one.id for one in state.find(RiskEvent)] == ["r1"]


def test_others_see_nothing_before_the_end(state):
    with state.transaction():
        state.put(risk(1))
        with ThreadPoolExecutor(1) as pool:
            assert pool.submit(state.count, RiskEvent).result() == 0


def test_numbers_have_no_gap_under_threads(state):
    def take(worker):
        taken = []
        for n in range(20):
            try:
                with state.transaction():
                    number = state.next_number("letter")
                    if (worker + n) % 3 == 0:
                        raise ZeroDivisionError
                    state.put(Unit(f"u{number}", "x"))
                    taken.append(number)
            except ZeroDivisionError:
                pass
            state.count(Unit)
        return taken

    with ThreadPoolExecutor(6) as pool:
        numbers = sorted(n for taken in pool.map(take, range(6)) for n in taken)
    assert numbers == list(range(1, len(numbers) + 1))
    assert state.count(Unit) == len(numbers)
    assert state.next_number("other") == 1


def test_two_processes_worth_of_stores_share_numbers(place, state):
    with closing(open_state_store(place)) as other:
        barrier = threading.Barrier(2)

        def take(store):
            barrier.wait()
            return [store.next_number("x") for _ in range(15)]

        with ThreadPoolExecutor(2) as pool:
            taken = [n for numbers in pool.map(take, (state, other)) for n in numbers]
    assert sorted(taken) == list(range(1, 31))


def test_settings(state):
    assert state.setting("zone") is None
    state.set_setting("zone", "a")
    state.set_setting("zone", "b")
    assert state.setting("zone") == "b"


def test_everything_is_there_after_opening_again(place):
    for number in (1, 2):
        with closing(open_state_store(place)) as store:
            store.put(risk(number))
            assert store.next_number("n") == number
            store.decide(AT, "p", "a", "o", "i", "ok")
            assert store.count(RiskEvent) == number
            assert store.verify() == []


def test_an_older_files_tables_become_todays(place, behind):
    with closing(open_state_store(place)) as store:
        store.put(risk(1, level="high"))
    behind(
        "DROP INDEX ix_riskevent_level",
        "ALTER TABLE riskevent DROP COLUMN level",
        "ALTER TABLE riskevent ADD COLUMN gone TEXT",
    )
    with closing(open_state_store(place)) as store:
        assert store.find(RiskEvent, Find(where={"level": "high"})) == [risk(1, level="high")]


def test_a_folder_is_made_for_a_file(tmp_path):
    with closing(open_state_store(str(tmp_path / "deep" / "state.db"))) as store:
        store.set_setting("a", "b")
    assert (tmp_path / "deep" / "state.db").is_file()


def test_those_that_open_at_once_do_not_get_in_each_others_way(place):
    with ThreadPoolExecutor(4) as pool:
        stores = list(pool.map(lambda _: open_state_store(place), range(4)))
    for number, store in enumerate(stores):
        store.decide(AT, "p", "a", "o", f"i{number}", "ok")
    assert [line.serial for line in stores[0].decisions()] == [1, 2, 3, 4]
    for store in stores:
        assert store.verify() == []
        store.close()


def test_a_new_file_that_another_holds_is_waited_for(tmp_path):
    """Switching it to its write-ahead log is what SQLite itself does not wait for."""
    with closing(sqlite3.connect(tmp_path / "s.db", isolation_level=None, check_same_thread=False)) as other:
        other.execute("CREATE TABLE other (id)")
        other.execute("BEGIN IMMEDIATE")
        ended = threading.Timer(0.3, lambda: other.execute("COMMIT"))
        ended.start()
        with closing(open_state_store(str(tmp_path / "s.db"))) as store:
            assert not ended.is_alive()
            assert store.verify() == []


def test_chains_of_several_writers_are_one(place):
    def write(number):
        with closing(open_state_store(place)) as store:
            for n in range(12):
                with store.transaction():
                    store.put(risk(100 * number + n))
                    store.decide(AT, f"p{number}", "a", "o", str(n), "ok")

    with ThreadPoolExecutor(3) as pool:
        list(pool.map(write, range(3)))
    with closing(open_state_store(place)) as store:
        assert store.verify() == []
        assert len(store.decisions()) == store.count(RiskEvent) == 36


@pytest.mark.parametrize("text", ["a\0b", "县\0"])
def test_a_zero_character_is_no_reason_to_lose_a_record(state, text):
    state.put(Unit("u1", text))
    assert state.get(Unit, "u1") == Unit("u1", text)
    assert state.find(Unit, Find(where={"name": text})) == [Unit("u1", text)]
    state.decide(AT, "p", "a", "o", text, text)
    assert state.verify() == []


@pytest.mark.parametrize("descending", [False, True])
def test_order_is_letter_by_letter_and_nothing_comes_first(state, descending):
    names = [None, "", "B", "a", "Z", "z", "é", "县", "-"]
    state.put(*(Unit(f"u{n}", "x", parent=name) for n, name in enumerate(names)))
    found = [one.parent for one in state.find(Unit, Find(order="parent", descending=descending))]
    wanted = [None, *sorted(name for name in names if name is not None)]
    assert found == (wanted[::-1] if descending else wanted)


def test_a_file_that_is_no_database_is_told(tmp_path):
    (tmp_path / "state.db").write_bytes(b"not a database at all" * 100)
    with pytest.raises(Problem, match="file is not a database"):
        open_state_store(str(tmp_path / "state.db"))


@pytest.mark.parametrize("uri", ["nonsense://x", "postgresql+nodriver://x", "://"])
def test_databases_that_are_not_there_are_told(uri):
    with pytest.raises(Problem, match="no such database can be used"):
        open_state_store(uri)
