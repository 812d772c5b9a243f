"""Documents that are read all at once become what they become one by one."""

from collections.abc import Sequence
from datetime import UTC, datetime
from random import Random

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sensors.alike_documents import Documents
from sensors.ecs_json import SENSOR
from sensors.json_records import read_parsed
from sensors.lines import shown
from taishi.core.event import Batch, Json, Row
from taishi.core.source import Source

_AT = datetime(2026, 11, 17, tzinfo=UTC)
_BASE: dict[str, Json] = {
    "@timestamp": "2026-11-17T08:00:00.125Z",
    "event": {"category": ["network", "session"], "dataset": "zeek.connection", "id": "C1"},
    "source": {"ip": "10.1.2.3", "port": 50123, "bytes": 17},
    "destination": {"ip": "203.0.113.9", "port": 443},
    "network": {"transport": "TCP", "bytes": 5},
    "agent": {"type": "filebeat", "name": ""},
    "log": {"offset": 7, "file": {"path": "/var/log/x"}},
    "tags": [],
}

Told = tuple[dict[str, Row], dict[str, str]]


def _one_by_one(records: Sequence[dict[str, Json]], ids: Sequence[str]) -> tuple[list[Batch], dict[str, str]]:
    refused: dict[str, str] = {}
    source = Source.received_as("documents", b"", _AT, "", ids)
    pairs = [(one, orjson.dumps(one)) for one in records]
    batches = list(read_parsed(SENSOR, pairs, source, lambda at, why, _: refused.__setitem__(ids[at], why)))
    return batches, refused


def _told(batches: Sequence[Batch], refused: dict[str, str]) -> Told:
    """Events by id, without their places in what was read together."""
    rows: dict[str, Row] = {}
    for batch in batches:
        for event in batch.events():
            assert event.id not in rows
            kept = {name: value for name, value in event.fields.items() if name != "taishi.record"}
            rows[event.id] = {**kept, "taishi.extra": str(sorted(event.extra.items())), "kind": event.kind}
    return rows, refused


def _both(records: Sequence[dict[str, Json]]) -> tuple[Told, Told, int]:
    """One by one; all at once; and how many of these were left."""
    ids = [f"n{at}" for at in range(len(records))]
    raws = [shown(orjson.dumps(one)) for one in records]
    batches, left = SENSOR.read_alike(Documents(records, raws, ids))
    more, refused = _one_by_one([records[at] for at in left], [ids[at] for at in left])
    return _told(*_one_by_one(records, ids)), _told([*batches, *more], refused), len(left)


def _with(path: str, value: Json) -> dict[str, Json]:
    record: dict[str, Json] = orjson.loads(orjson.dumps(_BASE))
    *above, name = path.split("/")
    held = record
    for one in above:
        inner = held.setdefault(one, {})
        assert isinstance(inner, dict)
        held = inner
    held[name] = value
    return record


def test_most_are_read_at_once() -> None:
    one_by_one, at_once, left = _both([_with("source/port", port) for port in range(40)])
    assert at_once == one_by_one
    assert left == 0
    event = at_once[0]["n7"]
    assert (event["source.port"], event["network.transport"], event["kind"]) == (7, "tcp", "flow")
    assert "('event.category', ['network', 'session'])" in str(event["taishi.extra"])


def test_an_address_as_it_was_written_is_an_address_either_way() -> None:
    one_by_one, at_once, _ = _both([_with("source", {"address": f"10.1.2.{at}"}) for at in range(40)])
    assert at_once == one_by_one
    assert at_once[0]["n7"]["source.ip"] == "10.1.2.7"


def test_what_is_not_as_most_is_left_to_the_slow_way() -> None:
    odd = [
        _with("source/port", "443"), _with("source/port", -1), _with("source/ip", "nowhere"),
        _with("@timestamp", None), _with("@timestamp", "2026-02-30T00:00:00Z"), _with("source", "10.0.0.1"),
        _with("source/ip", ["10.0.0.1", "10.0.0.2"]), _with("host.name", "a"), _with("network/bytes", 2**63),
    ]  # fmt: skip
    one_by_one, at_once, left = _both([*[_with("source/port", port) for port in range(40)], *odd])
    assert at_once == one_by_one
    assert 0 < left <= len(odd)
    assert len(at_once[1]) == 5


def test_kinds_are_told_apart() -> None:
    records = [_with("event/dataset", "x"), _with("event/kind", "alert"), _with("taishi.kind", "tls")] * 20
    records += [_with("dns", {"question": {"name": name}}) for name in ("a.example", None, "b.example") * 10]
    one_by_one, at_once, left = _both(records)
    assert at_once == one_by_one
    assert left == 0
    assert {row["kind"] for row in at_once[0].values()} == {"flow", "alert", "tls", "dns"}


def test_a_name_that_stands_twice_goes_the_slow_way() -> None:
    records = [{**_BASE, "source.port": port} for port in range(30)]
    one_by_one, at_once, left = _both(records)
    assert at_once == one_by_one
    assert left == 30


def _shuffled(value: Json, rng: Random) -> Json:
    if not isinstance(value, dict):
        return value
    names = list(value)
    rng.shuffle(names)
    return {name: _shuffled(value[name], rng) for name in names}


def test_the_order_of_names_says_nothing() -> None:
    rng = Random(7)
    records = [_shuffled(_with("source/port", port), rng) for port in range(40)]
    one_by_one, at_once, left = _both([one for one in records if isinstance(one, dict)])
    assert at_once == one_by_one
    assert left == 0


def test_few_are_read_one_by_one() -> None:
    assert _both([_BASE] * 3)[2] == 3


_scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**53), 2**64 - 1),
    st.floats(allow_nan=False, allow_infinity=False, width=32),
    st.text(max_size=6),
    st.sampled_from(
        ["", "-", "0", "443", "10.0.0.1", "fe80::1%eth0", "::ffff:10.0.0.1", "010.0.0.1", "TCP", "İ", "alert"]
    ),
    st.sampled_from(
        [
            "2026-11-17T08:00:00Z",
            "2026-11-17T08:00:00.1234567Z",
            "1969-12-31T23:59:59Z",
            "2200-01-01T00:00:00Z",
        ]
    ),
    st.sampled_from(["2026-11-17 08:00:00", "2026-11-17T08:00:60Z", "2026-02-29T00:00:00Z", "1763366400"]),
)
_values = st.recursive(
    _scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abc"), inner, max_size=2),
    max_leaves=4,
)
_PATHS = (
    "@timestamp event/start event/kind event/category event/dataset event/original event/id source/ip",
    "source/port source/bytes source host/ip host/name host.name host network/transport taishi.kind",
    "taishi/flow/state taishi.extra taishi/extra taishi/sensor tls/established dns/question/name",
    "dns/resolved_ip http/request/method labels/a labels winlog/channel process/pid tags message",
)
_paths = st.sampled_from(" ".join(_PATHS).split())


@given(st.lists(st.tuples(_paths, _values), min_size=1, max_size=8), st.randoms(use_true_random=False))
def test_whatever_stands_there(changes: list[tuple[str, Json]], rng: Random) -> None:
    records = [_BASE] * 18
    for path, value in changes:
        try:
            records += [_with(path, value)] * 2
        except (AssertionError, AttributeError):
            continue
    for path, value in changes[:3]:  # enough alike to be read at once
        records += [_with(path, value)] * 16
    rng.shuffle(records)
    one_by_one, at_once, _ = _both(records)
    assert at_once == one_by_one


@pytest.mark.parametrize("count", [16, 5000])
def test_batches_are_bounded(count: int) -> None:
    batches, left = SENSOR.read_alike(
        Documents([_BASE] * count, ["x" * 4000] * count, [f"n{at}" for at in range(count)])
    )
    assert not left
    assert sum(map(len, batches)) == count
    assert max(map(len, batches)) <= 2100
