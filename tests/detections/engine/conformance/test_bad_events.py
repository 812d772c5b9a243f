"""Bad events: whatever an event holds, the engine does not crash, and the events beside it hit."""

import json
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from sensors.choose import sense
from taishi.core.event import Batch, Json
from taishi.core.source import Source
from tests.detections.engine.conformance.driver import as_yaml, batches, engine_for, matches, rule_document

pytestmark = pytest.mark.timeout(30)

GOOD: dict[str, Json] = {"F": "needle"}
#: A rule with something of every kind, each of which a bad value may upset.
DETECTION = {
    "text": {"F": "needle"},
    "part": {"F|contains": "eedl"},
    "wild": {"F": "n?ed*"},
    "number": {"F|gt": 5},
    "equal": {"F": 7},
    "regular": {"F|re": "^n(e+)dle$"},
    "network": {"F|cidr": "192.0.2.0/24"},
    "hour": {"F|hour": 3},
    "other": {"F|fieldref": "G"},
    "gone": {"F": None},
    "there": {"F|exists": True},
    "nested": {"F.a.b": 1},
    "words": ["needle"],
    "all": {"|all": ["needle", "eedl"]},
    "condition": "text or part or wild or number and equal or regular or network or hour and other or "
    "gone and there or nested or words or all",
}
RULE = as_yaml(rule_document(DETECTION))


def _nested(depth: int, inner: Json) -> Json:
    for _ in range(depth):
        inner = [inner] if depth % 2 else {"a": inner}
    return inner


BAD: dict[str, dict[str, Json]] = {
    "NaN": {"F": float("nan")},
    "infinity": {"F": float("inf"), "G": float("-inf")},
    "the largest numbers": {"F": 2**64 - 1, "G": -(2**63)},
    "tiny and huge floats": {"F": 5e-324, "G": 1.7976931348623157e308},
    "texts of huge numbers": {"F": "9" * 5_000, "G": "0x" + "f" * 100_000, "H": "1e999999999"},
    "texts that are nearly numbers": {"F": "-", "G": "0x", "H": ".", "I": "1e", "J": "+-1", "K": "\u0661"},
    "texts that are nearly addresses": {
        "F": "192.0.2.",
        "G": "::",
        "H": ":::",
        "I": "fe80::1%eth0",
        "J": "1/2",
    },
    "texts that are nearly times": {
        "F": "2026-13-99T99:99:99",
        "G": "0000-00-00",
        "H": "9999-12-31T23:59:60Z",
    },
    "numbers that are no times": {"F": 1e300, "G": -1e300, "H": 2**63},
    "deep objects": {"F": _nested(60, 1)},
    "deep lists": {"F": _nested(61, 1)},
    "a megabyte": {"F": "x" * 1_000_000},
    "a megabyte of one letter": {"F": "a" * 1_000_000, "G": "e" * 1_000_000},
    "a list of a hundred thousand": {"F": ["x"] * 100_000},
    "empty names": {"": "x", " ": "y", "  ": "z"},
    "names with dots only": {".": 1, "..": 2, "F.": 3, ".F": 4, "F..a": 5},
    "a name of a megabyte": {"x" * 1_000_000: 1},
    "NULs in names and values": {"F\0": "\0", "\0": "x\0y"},
    "five thousand fields": {f"field {number}": number for number in range(5_000)},
    "empty things": {"F": [], "G": {}, "H": "", "I": [[]], "J": [{}], "K": None},
    "a list of everything": {"F": [None, True, 1, 1.5, "x", [], {}, [None], {"a": None}]},
    "names that only differ in spaces": {"A B": 1, "AB": 2, "A  B": 3, " AB": 4},
    "names of columns": {"event.id": 7, "@timestamp": "x", "taishi.extra": {"a": 1}, "message": [1]},
    "private and unassigned characters": {"F": "\ue000\uffff\U0010ffff\u0378", "G": "\ufeff\u202e"},
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_event_beside_a_good_one(name: str) -> None:
    found = matches(RULE, [GOOD, BAD[name], GOOD])
    assert found[0] is True
    assert found[2] is True


@pytest.mark.parametrize("name", BAD)
def test_the_same_alone(name: str) -> None:
    assert matches(RULE, [BAD[name]]) == [matches(RULE, [GOOD, BAD[name]])[1]]


def test_the_same_field_of_another_type_in_every_event() -> None:
    values: list[Json] = ["needle", 7, 1.5, True, ["needle"], {"a": "needle"}, [[["needle"]]], ""]
    found = matches(RULE, [{"F": value} for value in values])
    assert found == [True, True, False, False, True, True, True, False]


def test_matching_is_quick_on_hostile_values() -> None:
    hostile = [{"F": "needl" * 50_000}, {"F": "ne" + "e" * 300_000}, {"F": "nneeddllee" * 30_000 + "\n"}]
    engine = engine_for(RULE)
    begun = time.process_time()
    for batch in batches(hostile):
        list(engine.match(batch))
    assert time.process_time() - begun < 5


LINES: dict[str, str | bytes] = {
    "numbers beyond 64 bits": '{"F": 123456789012345678901234567890, "G": 1e999}',
    "lone surrogates": '{"F": "\\ud800 x \\udc00", "G": "\\ud83d"}',
    "NaN as some write it": '{"F": NaN, "G": -Infinity}',
    "bytes that are no UTF-8": b'{"F": "\xff\xfe\x80", "\xc3\x28": 1}',
    "NULs": b'{"F": "a\x00b"}',
    "escaped NULs": '{"F": "a\\u0000b"}',
    "an overlong name twice": '{"F": 1, "F": "needle", "F": [2]}',
    "deep nesting": '{"F": ' + "[" * 20_000 + "]" * 20_000 + "}",
    "deep objects": '{"F": ' + '{"a":' * 20_000 + "1" + "}" * 20_000 + "}",
    "a megabyte": json.dumps({"F": "x" * 1_000_000}),
    "five thousand fields": json.dumps({f"f{number}": number for number in range(5_000)}),
    "cut short": '{"F": "need',
    "no object": '["needle"]',
    "an empty name": '{"": "x", "F": ""}',
}


def _lines(bad: str | bytes) -> Iterator[bytes]:
    stamp = b'{"@timestamp": "2026-03-02T08:00:00Z", "event": {"kind": "event"}, "message": "needle", '
    content = bad if isinstance(bad, bytes) else bad.encode()
    yield stamp + b'"F": "needle"}'
    yield stamp + content[1:] if content.startswith(b"{") else content
    yield stamp + b'"F": "needle", "G": 1}'


@pytest.mark.parametrize("name", LINES)
def test_bad_lines_through_a_sensor(name: str, tmp_path: Path) -> None:
    """A damaged line is rejected or becomes an event; those before and after it hit."""
    path = tmp_path / "events.json"
    path.write_bytes(b"\n".join(_lines(LINES[name])) + b"\n")
    seen, rejected = _read(path)
    engine = engine_for(RULE)
    hits = [event.number("taishi.record") for batch in seen for _, event in engine.match(batch)]
    assert {0, 2} <= set(hits)
    assert sum(map(len, seen)) + len(rejected) == 3


def _read(path: Path) -> tuple[list[Batch], list[str]]:
    rejected: list[str] = []

    def reject(_record: int, why: str, _raw: bytes) -> None:
        rejected.append(why)

    source = Source.of(path)
    return list(sense(source).read(source, reject)), rejected
