"""Whole requests as JSON lines."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sensors.request_json import RequestJson
from taishi.core.source import Source

LINE = {
    "method": "POST",
    "uri": "/a?b=1",
    "headers": {"Host": "www.example.gov.cn:8080", "User-Agent": "x", "X-A": "1"},
    "data": "c=2",
}


def read(path):
    refused = []
    source = Source.of(path)
    batches = list(RequestJson().read(source, lambda *told: refused.append(told[1])))
    return [event for batch in batches for event in batch.events()], refused


def test_a_request_with_headers_and_body(tmp_path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text(json.dumps(LINE) + "\n" + json.dumps({"method": None, "uri": None, "headers": {}}) + "\n")
    assert RequestJson().recognizes(Source.of(path)) == 60
    (event,), refused = read(path)
    assert event.text("url.domain") == "www.example.gov.cn"
    assert event.text("destination.domain") == "www.example.gov.cn"
    assert event.text("user_agent.original") == "x"
    assert event.text("http.request.body.content") == "c=2"
    assert event.extra["headers.X-A"] == "1"
    assert refused == ["no request: neither a target nor headers"]


@pytest.mark.parametrize(
    "line",
    ['{"url":"/a","src_ip":"10.0.0.1"}', '{"headers":{}}', "[1]", '{"method":"GET","uri":"/","headers":"x"}'],
)
def test_what_is_no_request(line, tmp_path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text(line + "\n")
    assert RequestJson().recognizes(Source.of(path)) == 0


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda some: st.lists(some) | st.dictionaries(st.text(), some),
    )
)
def test_any_values_are_read_or_refused(tmp_path_factory, value) -> None:
    path = tmp_path_factory.mktemp("any") / "a.jsonl"
    path.write_text(json.dumps({**LINE, "headers": value, "data": value}) + "\n")
    events, refused = read(path)
    assert len(events) + len(refused) == 1
