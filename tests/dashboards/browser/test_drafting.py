"""From a group of alerts to the draft of their letter: in so few actions, in so short a time."""

import time

import pytest

from taishi.app.desk import Desk
from tests.dashboards.browser.conftest import Screen

pytestmark = pytest.mark.browser

#: What the issue asks for.
MOST_ACTIONS, MOST_S = 5, 60


def test_from_a_group_of_alerts_to_the_draft(screen: Screen, county: Desk) -> None:
    """The overview is open. Alerts; those of one unit; two of them marked; drafted."""
    page, begun = screen.page, time.monotonic()
    actions = [
        lambda: page.locator(".rail a[href^='/alerts']").click(),
        lambda: page.locator("tbody").get_by_role("link", name="县教育局", exact=True).first.click(),
        lambda: page.locator("tbody input[type=checkbox]").nth(0).check(),
        lambda: page.locator("tbody input[type=checkbox]").nth(1).check(),
        lambda: page.locator(".acts").get_by_role("button", name="起草函件").click(),
    ]
    for act in actions:
        act()
    page.wait_for_url("**/letters/N-*")
    page.wait_for_selector("article, .paper")
    took = time.monotonic() - begun
    assert len(actions) <= MOST_ACTIONS
    assert took <= MOST_S, f"{took:.1f} s"
    [notice] = county.letters.list("drafted")
    assert (notice.unit, len(notice.items), notice.drafted_by) == ("县教育局", 2, ("admin",))
    assert "县教育局" in page.inner_text("main")
    screen.shoot("letter-drafted")
