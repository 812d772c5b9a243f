"""An analyst's morning in a real browser."""

import pytest
from playwright.sync_api import Browser

from taishi.app.desk import Desk
from tests.dashboards.browser.conftest import Screen
from tests.dashboards.conftest import PASSWORD

pytestmark = pytest.mark.browser


def test_the_overview_draws_its_chart_from_its_table(screen: Screen) -> None:
    screen.page.wait_for_selector(".chart canvas")
    assert screen.page.locator(".figure a").inner_text() == "120"
    assert "合计一致" in screen.page.inner_text("main")
    screen.shoot("overview")


def test_from_alert_to_letter_to_issue(screen: Screen, county: Desk, chromium: Browser) -> None:
    page = screen.page
    screen.open("/alerts")
    screen.shoot("alerts")
    page.locator("tr", has_text="+1").locator("a.open").click()
    page.wait_for_selector("#beside article")
    assert "县教育局的 10.34.0.10 疑似已被控制，已 3 天" in page.inner_text("#beside h1")
    assert page.locator("tr[aria-current]").count() == 1
    screen.shoot("alert")
    page.get_by_role("button", name="起草函件").click()
    page.wait_for_url("**/letters/**")
    screen.shoot("letter")
    assert "须由另一位审批人审签" in page.inner_text("main")
    other = _second_approver(chromium, screen, county)
    page = other.page
    page.get_by_role("button", name="审签通过").click()
    page.get_by_role("button", name="编号并发出").click()
    assert "〔2026〕1号" in page.inner_text("main")
    other.shoot("letter-issued")
    page.context.close()


def _second_approver(chromium: Browser, first: Screen, county: Desk) -> Screen:
    """Another person's browser, on the page that the first one looks at."""
    person, password = county.people.create("second", ["approver"], "admin")
    county.people.change_password(person.id, password, PASSWORD)
    other = Screen(chromium.new_context(locale="zh-CN").new_page(), first.address)
    other.login(person.name)
    other.page.goto(first.page.url)
    return other


def test_a_block_is_proposed_and_approved(screen: Screen, county: Desk, chromium: Browser) -> None:
    page = screen.page
    screen.open("/alerts?text=10.34.0.10")
    page.locator("a.open").first.click()
    page.wait_for_selector("#beside article")
    page.get_by_text("提议封禁").click()
    page.get_by_role("button", name="提议", exact=True).click()
    page.wait_for_url("**/blocks/**")
    assert "250 条会话" in page.inner_text("main")
    screen.shoot("block")
    assert "须由另一位审批人批准" in page.inner_text("main")
    other = _second_approver(chromium, screen, county)
    page = other.page
    page.get_by_role("button", name="批准并执行").click()
    assert "没有真正断开" in page.inner_text("main")
    other.shoot("block-applied")
    page.context.close()


def test_reading_and_acting_work_without_javascript(chromium: Browser, address: str) -> None:
    context = chromium.new_context(java_script_enabled=False, locale="zh-CN")
    screen = Screen(context.new_page(), address)
    screen.login()
    assert screen.page.locator("#trend tbody tr").count() == 30
    assert screen.page.locator("#trend").is_visible()
    screen.open("/alerts?text=10.34.0.10")
    screen.page.locator("a.open").first.click()
    assert "疑似已被控制" in screen.page.inner_text("#beside h1")
    screen.page.get_by_role("button", name="认领").first.click()
    assert "已认领" in screen.page.inner_text("main")
    context.close()


def test_keys_move_mark_and_open(screen: Screen) -> None:
    page = screen.page
    screen.open("/alerts")
    assert not page.locator(".acts").is_visible()
    for key in ("j", "j", "x"):
        page.keyboard.press(key)
    assert page.locator("tbody input:checked").count() == 1
    assert page.locator(".acts").is_visible()
    page.locator("body").evaluate("document.activeElement.blur()")
    page.keyboard.press("Enter")
    page.wait_for_selector("#beside article")
    page.keyboard.press("/")
    assert page.evaluate("document.activeElement.name") == "q"


def test_english_and_dark(screen: Screen) -> None:
    page = screen.page
    page.get_by_role("button", name="English").click()
    page.wait_for_selector("html[lang=en]")
    page.wait_for_selector(".chart canvas")
    page.click(".person summary")
    page.get_by_role("button", name="Dark").click()
    page.wait_for_selector("html[data-theme=dark]")
    page.wait_for_selector(".chart canvas")
    screen.shoot("overview-english-dark")
    screen.open("/alerts")
    page.locator("a.open").first.click()
    page.wait_for_selector("#beside article")
    screen.shoot("alert-english-dark")
