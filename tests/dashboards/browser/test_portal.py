"""A clerk before the portal in a real browser: on a telephone, on a desk. Without JavaScript: `test_portal`
in the folder above, where no browser runs any."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from dashboards.portal.application import create_portal
from taishi.app.desk import Desk
from taishi.core.notice_records import Notice
from tests.dashboards.browser.conftest import Screen, serving
from tests.dashboards.portal_county import issued
from tests.kit.test_papers import HOSTILE, jpeg
from tests.notices.answers.conftest import paper

pytestmark = pytest.mark.browser

PHONE = {"width": 390, "height": 844}
DESK = {"width": 1280, "height": 900}
#: A clerk's answer, by the keys of the form.
WORDS = {
    "process": "17日9时拔掉网线，杀毒软件清除木马1个。",
    "cause": "远程桌面口令简单，被人猜中。",
    "rectification": "已改口令，关闭远程桌面。",
    "prevention": "每月检查一次。",
    "handler": "李某",
    "phone": "0555-7654321",
    "head": "赵某某",
}
Open = Callable[..., Screen]


@pytest.fixture
def notice(county: Desk) -> Notice:
    return issued(county)


@pytest.fixture
def open_letter(county: Desk, notice: Notice, chromium: Browser) -> Iterator[Open]:
    """`open_letter(PHONE)`: a window of that size in which the letter is open, without complaints."""
    contexts: list[tuple[BrowserContext, Screen]] = []
    with serving(create_portal(county)) as address:

        def enter(size: dict[str, int], *, scripts: bool = True, dark: bool = False) -> Screen:
            context = chromium.new_context(
                viewport={"width": size["width"], "height": size["height"]},
                locale="zh-CN",
                color_scheme="dark" if dark else "light",
                java_script_enabled=scripts,
                has_touch=size is PHONE,
            )
            window = Screen(context.new_page(), address)
            window.page.on("console", window.hears)
            window.page.on("pageerror", lambda error: window.complaints.append(str(error)))
            contexts.append((context, window))
            code, _ = county.links.make(notice.id, "admin", "李某")
            window.open(f"/t/{code}")
            window.page.click("button.primary")
            window.page.wait_for_url("**/m/**")
            return window

        yield enter
        for context, window in contexts:
            context.close()
            assert [one for one in window.complaints if not re.search(r"status of 4(13|22)", one)] == []


def _sign(page: Page) -> None:
    page.fill("input[name=name]", "李某")
    page.fill("input[name=phone]", "0555-7654321")
    page.click(".sign button")


def _answer_one_by_one(page: Page) -> None:
    """Eight screens; a moment's field takes what a telephone's own picker gives."""
    page.click("a.button.primary:visible")
    page.click("text=清除了病毒或木马")
    page.click("text=保存并继续")
    page.fill("input[name=started]", "2026-11-17T09:00")
    page.fill("input[name=finished]", "2026-11-17T14:30")
    page.click("text=保存并继续")
    for name in ("process", "cause", "rectification", "prevention"):
        page.fill(f"textarea[name={name}]", WORDS[name])
        page.click("text=保存并继续")
    page.check("input[name=data][value=no]")
    page.click("text=保存并继续")
    for name in ("handler", "phone", "head"):
        page.fill(f"input[name={name}]", WORDS[name])
    page.click("text=保存并继续")
    page.wait_for_url("**/papers")


def _upload(page: Page, kind: str, path: Path) -> None:
    page.set_input_files(f"#{kind} input[type=file]", path)
    page.click(f"#{kind} >> text=上传 >> nth=-1")


def test_a_clerk_answers_on_a_telephone(
    county: Desk, notice: Notice, open_letter: Open, tmp_path: Path
) -> None:
    screen = open_letter(PHONE)
    page = screen.page
    screen.shoot("portal-phone-start")
    _sign(page)
    assert page.locator("text=已签收").is_visible()
    _answer_one_by_one(page)
    picture = tmp_path / "IMG_0001.jpg"
    picture.write_bytes(jpeg(3000, 4000))
    _upload(page, "commitment_letter", picture)
    assert page.locator("text=已收到，文件没有问题").is_visible()
    assert screen.overflow() <= 0
    screen.shoot("portal-phone-papers")
    page.click("text=下一步：核对")
    assert WORDS["cause"] in page.inner_text("main")
    screen.shoot("portal-phone-check")
    page.click("text=提交 >> nth=-1")
    number = page.inner_text(".big")
    assert re.fullmatch(r"HZ2026-\d{5}", number)
    screen.shoot("portal-phone-receipt")
    after = county.letters.get(notice.id)
    assert (after.state, after.answered_by) == ("answered", "unit:u0")
    assert screen.overflow() <= 0


def test_a_clerk_answers_on_a_desk_by_the_filled_form(
    county: Desk, notice: Notice, open_letter: Open, tmp_path: Path
) -> None:
    screen = open_letter(DESK)
    page = screen.page
    _sign(page)
    page.click("a.button.primary:visible")
    page.wait_for_url("**/report")
    assert page.locator("textarea").count() == 4, "everything on one page"
    screen.shoot("portal-desk-report")
    form = next(one for one in county.letters.content(notice.id).annexes if one.kind == "form")
    filled = tmp_path / "处置报告单.docx"
    answers = WORDS | {"started": "2026-11-17 09:00", "finished": "2026-11-17 14:30", "data": "no"}
    filled.write_bytes(paper(form, answers))
    page.click("text=下载表格填好后上传")
    _upload(page, "disposal_report", filled)
    assert page.locator("text=“处置结果”没有勾选").is_visible()
    screen.shoot("portal-desk-form-read")
    page.click("text=在线补填")
    assert page.input_value("textarea[name=cause]") == WORDS["cause"]
    page.click("text=修补了漏洞")
    page.click("text=保存并继续")
    page.wait_for_url("**/papers")
    page.click("text=下一步：核对")
    assert page.locator("text=没有上传盖章的承诺函").is_visible()


def test_what_is_typed_is_kept_while_it_is_typed(county: Desk, notice: Notice, open_letter: Open) -> None:
    screen = open_letter(DESK)
    screen.open(f"/m/{notice.id}/report/3")
    screen.page.locator("textarea[name=process]").press_sequentially("拔掉网线", delay=5)
    screen.page.wait_for_selector("[data-saved]:has-text('已保存 15:20')")
    assert county.answers.draft(notice).fields["process"] == "拔掉网线"


def test_hostile_files_are_refused_beside_their_button(
    notice: Notice, open_letter: Open, tmp_path: Path
) -> None:
    path, screen = tmp_path / "承诺函.pdf", open_letter(PHONE)
    screen.open(f"/m/{notice.id}/papers")
    for name in ("script", "docx-bomb", "heic"):
        content, word = HOSTILE[name]
        path.write_bytes(content)
        _upload(screen.page, "commitment_letter", path)
        said = screen.page.locator("#commitment_letter .wrong")
        assert word in said.inner_text()
        assert said.is_visible()


def test_a_file_that_is_too_large_gets_words_not_a_broken_line(
    notice: Notice, open_letter: Open, tmp_path: Path
) -> None:
    """Before it is sent where there is JavaScript, from the server where there is none."""
    path, field = tmp_path / "scan.pdf", "#commitment_letter input[type=file]"
    with path.open("wb") as file:
        file.truncate(300 << 20)
    for scripts in (True, False):
        screen = open_letter(DESK, scripts=scripts)
        screen.open(f"/m/{notice.id}/papers")
        screen.page.set_input_files(field, path)
        if scripts:
            assert "20 MB" in screen.page.locator(field).evaluate("input => input.validationMessage")
        else:
            screen.page.click("#commitment_letter >> text=上传 >> nth=-1")
            screen.page.wait_for_selector("h1:has-text('文件太大')")


def test_pages_are_accessible_in_both_looks(notice: Notice, open_letter: Open, axe: str) -> None:
    paths = ("", "report", "papers", "check", "extend", "letter")
    for size, dark, some in ((PHONE, False, paths), (DESK, True, ("report/1", "papers"))):
        screen = open_letter(size, dark=dark)
        for path in some:
            screen.open(f"/m/{notice.id}/{path}")
            screen.page.evaluate(axe)
            found = screen.page.evaluate("axe.run({resultTypes: ['violations']})")
            told = [(one["id"], one["nodes"][0]["html"][:160]) for one in found["violations"]]
            assert told == [], (path, told)
            assert screen.overflow() <= 0, path


def test_the_code_on_paper_opens_it_too(
    county: Desk, notice: Notice, open_letter: Open, chromium: Browser
) -> None:
    first = open_letter(DESK)
    code, _ = county.links.make(notice.id, "admin")
    context = chromium.new_context(viewport={"width": 390, "height": 844}, locale="zh-CN")
    page = context.new_page()
    page.goto(f"{first.address}/")
    page.fill("input[name=code]", code.lower())
    page.click("button.primary")
    assert page.locator("text=请先签收").is_visible()
    context.close()
