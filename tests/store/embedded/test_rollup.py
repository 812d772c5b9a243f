"""What rollups answer is what the rows say, whatever happened to the files."""

import os
import tempfile
from collections.abc import Sequence
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rows import START, batch, numbered

from taishi.core.event import Batch
from taishi.core.ports import Condition, Group, Query
from taishi.store.embedded import groups
from taishi.store.embedded import store as embedded
from taishi.store.embedded.rollup import rolled_up
from taishi.store.embedded.store import EmbeddedStore

MIDNIGHT = datetime(2026, 3, 1, 16, tzinfo=UTC)  # in Asia/Shanghai
STANDING: list[tuple[tuple[str, ...], str | None]] = [
    (("kind",), None),
    (("hour", "kind"), None),
    (("day",), None),
    (("day", "taishi.source.unit", "event.category", "event.severity", "kind"), None),
    (("taishi.source.unit",), "taishi.destination.unit"),
    (("taishi.source.unit",), "host.name"),
    (("taishi.host.unit", "host.name"), None),
    (("destination.ip",), None),
    (("kind",), "source.ip"),
]
_units = st.sampled_from([None, "教育局", "水利局"])
_row = st.fixed_dictionaries(
    {
        "@timestamp": st.integers(-30, 30).map(lambda n: MIDNIGHT + n * timedelta(minutes=30))
        | st.integers(-24_000, 48_000).map(
            lambda n: datetime(1970, 1, 1, tzinfo=UTC) + n * timedelta(days=1)
        ),
        "source.ip": st.sampled_from([None, "192.0.2.1", "2001:db8::1"]),
        "destination.ip": st.sampled_from([None, "192.0.2.1", "198.51.100.7"]),
        "host.name": st.sampled_from([None, "", "a", "县"]),
        "event.category": st.sampled_from([None, "network", "intrusion_detection"]),
        "event.severity": st.sampled_from([None, 1, 3]),
        "taishi.source.unit": _units,
        "taishi.destination.unit": _units,
        "taishi.host.unit": _units,
    }
)
_edge = st.none() | st.integers(-20, 20).map(lambda n: MIDNIGHT + n * timedelta(hours=4, minutes=n % 2))
_queries = st.builds(
    Query,
    since=_edge,
    until=_edge,
    unit=st.sampled_from([None, None, "教育局"]),
    kinds=st.sampled_from([(), ("flow",)]),
    limit=st.sampled_from([2, 1000]),
)


def filled(folder: Path, rows: Sequence[dict[str, object]]) -> EmbeddedStore:
    store = EmbeddedStore(folder)
    for number, row in enumerate(rows):
        store.write([batch(("flow", "dns")[number % 2], {"event.id": str(number), **row})])
        if number % 4 == 3:
            store.flush()
    store.flush()
    return store


def counted(folder: Path, query: Query, by: Sequence[str], distinct: str | None) -> list[Group]:
    """By the rows alone."""
    with closing(EmbeddedStore(folder)) as store, pytest.MonkeyPatch.context() as patch:
        patch.setattr(groups, "rolled_up", lambda *_, **__: None)
        return store.groups(query, by, distinct)


@settings(max_examples=max(12, int(os.environ.get("TAISHI_SOAK", "12"))), deadline=None)
@given(st.lists(_row, min_size=1, max_size=12), _queries, st.sampled_from(STANDING))
def test_a_rollup_says_what_the_rows_say(rows, query, asked):
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        with closing(filled(folder, rows)) as store:
            told = [store.groups(query, *asked) for _ in range(2)]
        assert told == [counted(folder, query, *asked)] * 2


@pytest.fixture
def folder(tmp_path):
    rows = [{"@timestamp": START + timedelta(hours=n), "host.name": "a"} for n in range(40)]
    filled(tmp_path, rows).close()
    return tmp_path


@pytest.mark.parametrize(("by", "distinct"), STANDING)
@pytest.mark.parametrize("query", [Query(), Query(since=MIDNIGHT - timedelta(days=1))], ids=["all", "days"])
def test_standing_questions_look_at_no_row(folder, monkeypatch, by, distinct, query):
    if query.since and not ({"hour", "day", "kind"} & set(by) and distinct is None):
        pytest.skip("addresses and hosts are not counted by time")

    def no_rows(*_):
        raise AssertionError("rows were counted")

    monkeypatch.setattr(groups.Groups, "_count", no_rows)
    with closing(EmbeddedStore(folder)) as store:
        store.groups(query, by, distinct)


@pytest.mark.parametrize(
    "query",
    [
        Query(text="a"),
        Query(address="192.0.2.1"),
        Query(where=(Condition("host.name", "a"),)),
        Query(since=MIDNIGHT + timedelta(minutes=1)),
    ],
)
def test_what_a_rollup_does_not_know_it_does_not_tell(folder, query):
    (segment, *_) = (folder / "segments").iterdir()
    assert rolled_up(segment, "flow", query, ["kind"], None, whole=False) is None


@pytest.mark.parametrize("damage", ["gone", "cut", "flipped", "empty"])
def test_a_rollup_that_is_damaged_is_not_believed(folder, damage):
    with closing(EmbeddedStore(folder)) as store:
        right = store.groups(Query(), ["hour", "kind"])
    for path in (folder / "rollups").iterdir():
        told = path.read_bytes()
        path.write_bytes({"cut": told[:-9], "empty": b""}.get(damage, told[:70] + b"!" + told[71:]))
        if damage == "gone":
            path.unlink()
    with closing(EmbeddedStore(folder)) as store:
        assert store.groups(Query(), ["hour", "kind"]) == right


def test_merging_and_letting_go_keep_rollups_true(tmp_path, monkeypatch):
    def kinds(store: EmbeddedStore) -> dict[str, int]:
        return {one.values[0]: one.count for one in store.groups(Query(), ["kind"])}

    batches: list[Batch] = [numbered(40, first=n * 40) for n in range(4)]
    with closing(EmbeddedStore(tmp_path)) as store:
        for one in batches:
            store.write([one, numbered(3, "dns", len(one))])
            store.flush()
        store.maintain(MIDNIGHT)
        assert kinds(store) == {"flow": 160, "dns": 3}
        monkeypatch.setattr(embedded, "came", lambda _, segments: {one.path: 0.0 for one in segments})
        store.retire("flow", MIDNIGHT)
        assert kinds(store) == {"dns": 3}
    with closing(EmbeddedStore(tmp_path)) as again:
        assert kinds(again) == {"dns": 3}
