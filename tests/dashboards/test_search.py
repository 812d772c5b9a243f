"""The event search: what people type, and pages that go on."""

import html
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboards import asking
from taishi.app.desk import Desk
from taishi.core.ports import Condition
from taishi.core.problems import Problem
from tests.dashboards.conftest import Login


def test_a_line_is_taken_apart() -> None:
    line = asking.read(
        '10.34.2.15 dns.question.name:*example* -network.protocol:tls url.path:/a* "two words" more'
    )
    assert line.address == "10.34.2.15"
    assert line.text == "two words more"
    assert line.where == (
        Condition("dns.question.name", "example", "contains"),
        Condition("network.protocol", "tls", "is", negated=True),
        Condition("url.path", "/a", "startswith"),
    )


def test_a_colon_that_is_no_field_stays_text() -> None:
    assert asking.read("http://x.example/a:b").text == "http://x.example/a:b"
    assert asking.read("2001:db8::1").address == "2001:db8::1"


def test_two_addresses_are_told() -> None:
    with pytest.raises(Problem, match="one address at a time"):
        asking.read("192.0.2.1 192.0.2.2")


@given(st.text(), st.booleans())
def test_what_a_cell_offers_is_read_back(value: str, negated: bool) -> None:
    if value and not value.endswith("*"):
        assert asking.read(asking.term("message", value, negated)).where == (
            Condition("message", value, "is", negated),
        )


def test_pages_go_on_until_every_event_was_shown(county: Desk, login: Login) -> None:
    visitor = login()
    path, seen = "/search?q=10.34.0.10", []
    while path:
        page = visitor.get(path)
        assert "251 条事件" in page
        seen += re.findall(r'href="/events/(event-[\w-]+)', page)
        following = re.search(r'rel="next" href="([^"]+)"', page)
        path = html.unescape(following[1]) if following else ""
    assert len(seen) == len(set(seen)) == 251
    assert seen[0] == "event-flow-000"


def test_kind_text_and_window_narrow(county: Desk, login: Login) -> None:
    visitor = login()
    assert "1 条事件" in visitor.get("/search?kind=http")
    assert "1 条事件" in visitor.get("/search?q=user_agent.original:*script*")
    assert "251 条事件" in visitor.get("/search")
    assert "没有符合条件的事件" in visitor.get("/search?from=2026-01-01&to=2026-01-02")


def test_a_cursor_that_is_none_is_told(county: Desk, login: Login) -> None:
    assert "请求无法处理" in login().get("/search?cursor=nonsense", 400)


@pytest.mark.parametrize("days", ["9" * 5_000, "0", "3661", "٣", "-1", "1e3"])
def test_days_that_cannot_be_are_told(login: Login, days: str) -> None:
    assert "give a number from 1 to 3660" in login().get(f"/search?days={days}", 400)


def test_a_page_of_five_thousand_digits_is_the_first(county: Desk, login: Login) -> None:
    subject = county.alerts.list(limit=1).alerts[0].verdict.subject
    assert subject in login().get(f"/alerts?page={'9' * 5_000}&days=year")
