"""Damaged documents: one clear refusal, or the rest of it, never anything else."""

import json

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from enrichment.intel.misp_event import Unreadable, read_event
from enrichment.intel.stix_objects import read_objects
from enrichment.intel.values import TYPES, NotAnIndicator, normal, parts_of
from taishi.core.observables import key, spellings
from tests.enrichment.intel.feeds import attribute, event

JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**20), 10**20)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
FIELDS = (
    "uuid",
    "type",
    "value",
    "category",
    "to_ids",
    "timestamp",
    "first_seen",
    "Tag",
    "deleted",
    "comment",
)
EVENT = ("uuid", "info", "timestamp", "threat_level_id", "Orgc", "Tag", "Attribute", "Object")


@given(st.sampled_from(FIELDS), JSON, st.sampled_from(EVENT), JSON, st.booleans())
def test_a_misp_event_with_anything_anywhere(
    field: str, value: object, of: str, other: object, both: bool
) -> None:
    good = attribute("ip-dst", "198.51.100.7")
    document = event("one", good, {**attribute("domain", "a.example.org"), field: value})
    if both:
        document[of] = other
    try:
        parsed = read_event("s", json.dumps({"Event": document}).encode())
    except Unreadable:
        assert both
        return
    if not both:
        assert "198.51.100.7" in {one.value for one in parsed.indicators}


@given(st.binary(max_size=60))
def test_bytes_that_are_no_event(data: bytes) -> None:
    with pytest.raises(Unreadable):
        read_event("s", data)


@given(st.sampled_from([*TYPES, "domain|ip", "ip-dst|port", "filename|sha1", "x"]), st.text(max_size=60))
def test_any_value_of_any_type(given_type: str, value: str) -> None:
    for part, text, _ in parts_of(given_type, value):
        try:
            kind, plain = normal(part, text)
        except NotAnIndicator:
            continue
        if kind not in ("other", "network"):
            assert plain in spellings(kind, plain if kind != "url" else f"http://{plain}")
        key(kind, plain)


@given(st.text(max_size=80), JSON)
def test_a_stix_object_with_anything_in_it(pattern: str, value: object) -> None:
    document = {
        "id": "indicator--1",
        "type": "indicator",
        "pattern": pattern,
        "name": value,
        "confidence": value,
    }
    plain = {"id": "indicator--2", "type": "indicator", "pattern": f"[domain-name:value = '{pattern}']"}
    raw = [msgspec.Raw(json.dumps(one).encode()) for one in (document, plain)]
    parsed, problems = read_objects("s", raw)
    said = [*problems, *(problem for one in parsed for problem in one.problems)]
    found = [indicator for one in parsed for indicator in one.indicators]
    assert said or found
    assert {one.attribute for one in found} <= {"indicator--1", "indicator--2"}
