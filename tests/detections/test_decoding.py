"""Requests read as a server reads them, in time that grows with their length only."""

import time
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detections.decoding import decode, decode_everything, decode_request, resolve_lookups, without_comments
from detections.engine.sigma import SigmaEngine
from detections.pack import own_rules
from taishi.core.event import Event


@pytest.mark.parametrize(
    ("raw", "plain"),
    [
        ("a%20b", "a b"),
        ("a+b", "a b"),
        ("%253Cscript%253E", "<script>"),
        ("%u003cscript", "<script"),
        ("&lt;script&gt;", "<script>"),
        ("..%c0%af", "..蜡"),
        ("a%00b", "ab"),
    ],
)
def test_decode(raw: str, plain: str) -> None:
    assert decode(raw) == plain


@pytest.mark.parametrize(
    ("hidden", "shown"),
    [
        ("${jndi:ldap://x}", "${jndi:ldap://x}"),
        ("${${lower:j}ndi:${lower:l}dap://x}", "${jndi:ldap://x}"),
        ("${${::-j}${::-n}${::-d}${::-i}:rmi://x}", "${jndi:rmi://x}"),
        ("${${env:NaN:-j}ndi${env:NaN:-:}ldap://x}", "${jndi:ldap://x}"),
        ("${${upper:${lower:j}}ndi:x}", "${jndi:x}"),
    ],
)
def test_lookups_that_hide_letters(hidden: str, shown: str) -> None:
    assert resolve_lookups(hidden) == shown


@given(st.text())
def test_nothing_raises_and_lengths_stay_bounded(text: str) -> None:
    assert len(decode(text)) <= 16_384 * 2
    assert "/*" not in without_comments("a/*" + text.replace("*/", "").replace("/*", "") + "*/b")
    resolve_lookups(text)


def test_parameters_stand_apart(event: Callable[..., Event]) -> None:
    asked = decode_request(event("http", url__original="/a?x=1&id&cat/shoes"))
    assert asked.splitlines() == ["/a", "x=1", "id", "cat/shoes"]


def test_part_heads_of_an_upload_are_not_the_users_words(event: Callable[..., Event]) -> None:
    head = 'Content-Disposition: form-data; name="f"; filename="a.doc"'
    body = f"--abcdefghij\r\n{head}\r\n\r\nhello\r\n--abcdefghij--\r\n"
    seen = event("http", http__request__body__content=body, http__request__mime_type="multipart/form-data")
    assert "filename" not in decode_request(seen)
    assert "hello" in decode_request(seen)


def test_headers_count_only_where_everything_is_asked(event: Callable[..., Event]) -> None:
    seen = event("http", url__original="/", user_agent__original="${jndi:ldap://x}")
    assert "jndi" not in decode_request(seen)
    assert "${jndi:" in decode_everything(seen)


@pytest.mark.parametrize(
    "piece",
    ["/*x", "/boaform/", "' or ", "select a,", "${lower:", "<img ", "((((", "%25", "../", "a'--", "; "],
)
def test_hostile_requests_cost_no_more_than_their_length(piece: str, event: Callable[..., Event]) -> None:
    engine = SigmaEngine(own_rules().plan)
    seen = event("http", url__original="/?" + piece * (60_000 // len(piece)))
    start = time.process_time()
    engine.match_event(seen)
    assert time.process_time() - start < 5  # quadratic patterns took minutes
