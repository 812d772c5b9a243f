"""The compiled reader against orjson: what it takes means the same, and what is no JSON it never takes."""

import json
import os
from typing import cast

import orjson
from hypothesis import given, settings
from hypothesis import strategies as st

from sensors.json_columns.nodes import FALSE, MOST_SIBLINGS, NOTHING, TRUE, WHOLE
from sensors.json_columns.reader import Lines, Reader
from taishi.core.event import Json

campaign = settings(max_examples=int(os.environ.get("TAISHI_SOAK") or "400"), deadline=None)
_FIXED: dict[int, Json] = {TRUE: True, FALSE: False, NOTHING: None}
_NAMES = st.sampled_from(["a", "b", "EventID", "a long name", "", "é", 'q"', "b\\"])
_SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-(10**20), 10**20)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=70)
    | st.text('aé势\U0001f600"\\\n\x7f/', max_size=70)
)
_VALUES = st.recursive(
    _SCALARS, lambda inner: st.dictionaries(_NAMES, inner, max_size=3) | st.lists(inner, max_size=2)
)
_RECORDS = st.lists(st.dictionaries(_NAMES, _VALUES, max_size=6), min_size=1, max_size=6)


def read(reader: Reader, raws: list[bytes]) -> Lines:
    return reader.read(bytearray(b"".join(raw + b"\n" for raw in raws)), 1 << 30)


def taken(reader: Reader, lines: Lines, place: int) -> dict[str, Json] | None:
    """A line as a mapping of mappings; None where it is left to others."""
    shape = int(lines.shapes[place])
    fields = reader.fields(shape) if shape >= 0 else None
    if fields is None:
        return None
    found: dict[str, Json] = {}
    text = lines.texts.text.tobytes()
    for number, field in enumerate(fields):
        begin, end = lines.texts.spans[lines.begins[place] + number].tolist()
        assert text[end] == 0
        inside = found
        for name in field.path[:-1]:
            inside = cast(dict[str, Json], inside.setdefault(name, {}))
        value = text[begin:end].decode()
        inside[field.path[-1]] = _FIXED.get(field.sort, int(value) if field.sort == WHOLE else value)
        if field.told is not None:
            assert orjson.loads(field.told) == inside[field.path[-1]]
        assert lines.beyond[place] or value.isascii()
    return found


@campaign
@given(records=_RECORDS, is_ascii=st.booleans(), blanks=st.booleans())
def test_what_is_taken_means_what_it_says(
    records: list[dict[str, Json]], is_ascii: bool, blanks: bool
) -> None:
    separators = (" ,\t", " : ") if blanks else (",", ":")
    raws = [json.dumps(one, ensure_ascii=is_ascii, separators=separators).encode() for one in records]
    reader = Reader(["EventID"])
    for _ in range(2):  # a tree that has grown already
        lines = read(reader, raws)
        for place, record in enumerate(records):
            found = taken(reader, lines, place)
            assert found is None or orjson.dumps(found) == orjson.dumps(record)


@campaign
@given(data=st.data(), record=st.dictionaries(_NAMES, _SCALARS, min_size=1, max_size=3))
def test_what_is_no_json_is_not_taken(data: st.DataObject, record: dict[str, Json]) -> None:
    good = json.dumps(record, ensure_ascii=data.draw(st.booleans())).encode()
    at = data.draw(st.integers(0, len(good)))
    put = data.draw(
        st.binary(max_size=4)
        | st.sampled_from(
            [b"\\ud800", b"\\u0000", b"\\", b"01", b"-", b"1.", b"}", b'"', b"\xc0\x80", b"\xed\xa0\x80"]
        )
    )
    raw = good[:at] + put.replace(b"\n", b"") + good[data.draw(st.integers(at, min(len(good), at + 6))) :]
    reader = Reader([])
    lines = read(reader, [good, raw, good])
    found = taken(reader, lines, 1)
    assert found is None or found == orjson.loads(raw)
    assert taken(reader, lines, 2) == taken(reader, lines, 0)


def test_plain_lines_are_taken() -> None:
    raws = [b'{"a":"x","b":{"c":-5,"d":true},"EventID":1}', b' { "a" : "\\u00e9\\\\" , "EventID" : 2 } ']
    reader = Reader(["EventID"])
    lines = read(reader, raws)
    assert [taken(reader, lines, place) for place in range(2)] == [orjson.loads(raw) for raw in raws]
    assert lines.shapes[0] != lines.shapes[1]


def test_what_needs_too_much_room_is_left_to_others() -> None:
    raws = [b'{"n%d":1,"EventID":%d}' % (number % 300, number) for number in range(100_000)]
    reader = Reader(["EventID"])
    lines = read(reader, raws)
    assert 0 < (lines.shapes >= 0).sum() < len(raws)
    assert taken(reader, lines, 0) == {"n0": 1, "EventID": 0}
    assert taken(reader, lines, MOST_SIBLINGS) is None
    deep = b'{"a":' * 9 + b"1" + b"}" * 9
    assert read(reader, [deep]).shapes.tolist() == [-1]
