"""Parameters of web requests as the application sees them."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sensors.pcap.parameters import parameters

FORM, JSON = "application/x-www-form-urlencoded", "application/json"


@pytest.mark.parametrize(
    ("query", "body", "kind", "told"),
    [
        ("id=1%27+OR+1%3D1--&x=", None, None, ["id=1' OR 1=1--", "x="]),
        ("q=%253Cscript%253E", None, None, ["q=<script>"]),
        ("a=1", "b=%E5%BC%A0", FORM, ["a=1", "b=张"]),
        ("", '{"name": "zhao", "n": 3, "deep": {"a": 1}}', JSON, ["name=zhao", "n=3"]),
        ("flag", "<xml/>", "text/xml", []),
    ],
)
def test_parameters_are_decoded(query, body, kind, told):
    assert parameters(query, body, kind) == told


@pytest.mark.parametrize(
    ("query", "body", "kind"),
    [
        ("p%61ssword=Wy8-Geheim", None, None),
        ("", "user=zhao&pwd=Wy8-Geheim", FORM),
        ("", '{"passwd": "Wy8-Geheim"}', JSON),
        ("next=%2Flogin%3Fpassword%3DWy8-Geheim", None, None),
    ],
)
def test_passwords_are_not_kept(query, body, kind):
    told = parameters(query, body, kind)
    assert "***" in str(told)
    assert "Wy8-Geheim" not in str(told)


@given(st.text(max_size=200), st.text(max_size=200), st.sampled_from([None, FORM, JSON]))
def test_any_text_is_survived_and_can_be_written(query, body, kind):
    told = parameters(query, body, kind)
    assert json.loads(json.dumps(told, ensure_ascii=False)) == told


@given(st.dictionaries(st.text(max_size=9), st.integers() | st.characters(), max_size=50))
def test_json_objects_are_survived(members):
    told = parameters("", json.dumps(members), JSON)
    assert isinstance("".join(told).encode(), bytes)
    assert len(told) == min(40, len(members))
