"""The ledger survives what ends a process, and the disk's refusals."""

import errno
import os
import random
from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest
from rows import batch as made
from rows import numbered

from taishi.core.ledger import Delivery, Fates
from taishi.core.ports import Query
from taishi.core.problems import Problem
from taishi.store import open_event_store
from taishi.store.embedded import merging
from taishi.store.embedded import store as embedded
from taishi.store.embedded.manifest import Manifest
from taishi.store.spool import Counted, Frame, pack, pack_counted, scan


@pytest.fixture
def place(tmp_path):
    return str(tmp_path / "events")


def refuse(*_, **__):
    raise OSError(errno.ENOSPC, "No space left on device")


def test_counts_are_there_when_it_is_opened_again_rolled_or_not(place):
    with closing(open_event_store(place)) as store:
        store.write([numbered(5)], Delivery("a", lambda: 2))
        store.flush()
        store.write([numbered(8)], Delivery("a"))
        told = store.ledger()
    with closing(open_event_store(place)) as store:
        assert store.ledger() == told
        assert told["a"] == Fates(8, 5, 2)
        store.flush()
        assert store.ledger() == told


def test_a_reader_beside_it_sees_the_same_counts(place):
    with closing(open_event_store(place)) as store:
        store.write([numbered(5)], Delivery("a"))
        with closing(open_event_store(place, read_only=True)) as reader:
            assert reader.ledger() == store.ledger()
            store.flush()
            store.write([], Delivery("b", lambda: 1))
            assert reader.ledger() == store.ledger()


def test_counts_alone_roll_as_well(place):
    with closing(open_event_store(place)) as store:
        store.write([], Delivery("a", lambda: 7))
        store.flush()
        (spool,) = (embedded.Folder(store._folder.root).spools).glob("*.spool")
        assert spool.stat().st_size == 0
        assert store.ledger()["a"] == Fates(quarantined=7)


@pytest.mark.parametrize("step", ["write_segment", "Spool", "manifest"])
def test_a_roll_that_fails_takes_nothing_back_and_leaves_nothing_behind(place, monkeypatch, step):
    with closing(open_event_store(place)) as store:
        monkeypatch.setattr(embedded, "ROLL_ROWS", 10)
        with monkeypatch.context() as full:
            if step == "manifest":
                full.setattr(Manifest, "roll", refuse)
            else:
                full.setattr(embedded, step, refuse)
            assert store.write([numbered(20)], Delivery("a")).stored == 20
            assert store.write([numbered(25)], Delivery("a")).stored == 5
            assert list(store._folder.segments.iterdir()) == []
            assert len(list(store._folder.spools.glob("*.spool"))) == 1
            with pytest.raises(Problem, match="no segment can be written"):
                store.maintain(None)
        store.maintain(None)
        assert store.ledger()["a"] == Fates(25, 20)
        assert store.count(Query()) == 25
        assert len(list(store._folder.segments.iterdir())) == 1
    with closing(open_event_store(place)) as store:
        assert store.count(Query()) == 25


def test_rows_whose_count_was_torn_off_count_for_nobody(place):
    with closing(open_event_store(place)) as store:
        store.write([numbered(3)], Delivery("a"))
        store.write([numbered(2, "dns")], Delivery("a"))
        (spool,) = store._folder.spools.glob("*.spool")
    spool.write_bytes(spool.read_bytes()[:-5])
    with closing(open_event_store(place)) as store:
        assert store.count(Query()) == 5
        assert {k: v for k, v in store.ledger().items() if v.acknowledged} == {
            "": Fates(2), "a": Fates(3)
        }  # fmt: skip
        store.write([numbered(2, "dns")], Delivery("a"))
        assert store.ledger()["a"] == Fates(3, 2)


def test_a_store_of_before_there_were_counts(place):
    with closing(open_event_store(place)) as store:
        store.write([numbered(6)])
        store.flush()
        store._manifest._database.execute("DROP TABLE fates")
        marker, spool = store._manifest.listing().marker, store._spool.path
    spool.write_bytes(pack(marker, "dns", 7, numbered(4, "dns").rows))
    with closing(open_event_store(place)) as store:
        assert store.ledger() == {"": Fates(10)}
        assert store.count(Query()) == 10


#: Frames that are hurt: `TAISHI_SOAK` kills stand for twenty frames each (scripts/soak: 10,000).
FRAMES = max(200, 20 * int(os.environ.get("TAISHI_SOAK", "0")))


def test_flipped_or_torn_frames_cost_no_other_frame():
    marker, frames = b"0123456789abcdef", list[bytes]()
    for n in range(6):
        frames.append(pack(marker, "flow", 10 * n, numbered(10, first=10 * n).rows))
        frames.append(pack_counted(marker, Counted("a", Fates(10))))
    whole = b"".join(frames)
    ends = [sum(map(len, frames[: n + 1])) for n in range(12)]
    for seed in range(FRAMES):
        rng = random.Random(seed)
        at = rng.randrange(len(whole))
        hurt = next(n for n, end in enumerate(ends) if at < end)
        if rng.random() < 0.5:
            data = whole[:at] + bytes([whole[at] ^ 1 << rng.randrange(8)]) + whole[at + 1 :]
            lost = {hurt}
        else:
            data, lost = whole[:at], set(range(hurt, 12))
        found = [part for part in scan(data, marker) if isinstance(part, (Frame, Counted))]
        assert len(found) == 12 - len(lost), seed
        frames_found = [part for part in found if isinstance(part, Frame)]
        rows = {row for part in frames_found for row in part.rows.column("event.id").to_pylist()}
        assert rows == {f"flow-{n}" for n in range(60) if 2 * (n // 10) not in lost}, seed


@pytest.mark.parametrize("seed", range(max(10, FRAMES // 200)))
def test_rows_that_damage_took_are_stored_no_longer(place, seed):
    rng = random.Random(seed)
    sent = [(sensor, numbered(10, first=10 * n)) for n, sensor in enumerate("abcab")]
    with closing(open_event_store(place)) as store:
        for sensor, batch in sent:
            store.write([batch], Delivery(sensor))
        spool = store._spool.path
    data = bytearray(spool.read_bytes())
    for _ in range(rng.randint(1, 3)):
        data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
    spool.write_bytes(data)
    told = list[dict[str, Fates]]()
    for _ in range(2):
        with closing(open_event_store(place)) as store:
            told.append(dict(store.ledger()))
            assert sum(one.stored for one in told[-1].values()) == store.count(Query())
            assert sum(one.acknowledged for one in told[-1].values()) <= 50
    assert told[0] == told[1]
    with closing(open_event_store(place)) as store:
        for sensor, batch in sent:
            store.write([batch], Delivery(sensor))
        store.flush()
        assert sum(one.stored for one in store.ledger().values()) == store.count(Query()) == 50


def test_whose_rows_were_damaged_is_told(place):
    with closing(open_event_store(place)) as store:
        store.write([numbered(10)], Delivery("a"))
        store.write([numbered(10, first=10)], Delivery("b"))
        spool = store._spool.path
    data = bytearray(spool.read_bytes())
    data[200] ^= 1
    spool.write_bytes(data)
    with closing(open_event_store(place)) as store:
        assert store.damage() == 1
        assert store.ledger() == {"": Fates(), "a": Fates(quarantined=10), "b": Fates(10)}


@pytest.mark.parametrize("seed", range(3))
def test_every_batch_one_to_five_times_across_restarts_and_midnight(place, seed, monkeypatch):
    monkeypatch.setattr(merging, "GRACE", 0.0)
    rng, midnight = random.Random(seed), datetime(2026, 3, 1, 16, tzinfo=UTC)  # in Asia/Shanghai
    copies = [n for n in range(24) for _ in range(rng.randint(1, 5))]
    rng.shuffle(copies)
    store = open_event_store(place)
    for at, n in enumerate(copies):
        now = midnight + timedelta(minutes=30 * (at - len(copies) // 2))
        rows = [
            {"event.id": f"{n}-{row}", "@timestamp": midnight + timedelta(hours=n - 12, minutes=row)}
            for row in range(20)
        ]
        store.write([made("flow", *rows)], Delivery("a"))
        if rng.random() < 0.3:
            store.flush()
        store.maintain(now)
        if rng.random() < 0.3:
            store.close()
            store = open_event_store(place)
    with closing(store):
        assert store.ledger()["a"] == Fates(480, 20 * len(copies) - 480)
        assert store.count(Query()) == 480
        assert [store.count(Query(since=midnight)), store.count(Query(until=midnight))] == [240, 240]
