"""The unit portal: who comes in and who does not, and a letter answered by forms alone."""

import re
from collections.abc import AsyncIterator, Callable
from datetime import timedelta

import httpx
import pytest

from dashboards.portal.application import create_portal
from notices.answers.form import ANSWERED
from taishi.app.desk import Desk
from taishi.app.portal.guesses import MOST
from taishi.core.clock import FixedClock
from taishi.core.notice_records import Notice
from taishi.core.portal_records import PortalLink, PortalSession
from tests.dashboards.conftest import Visitor
from tests.dashboards.portal_county import issued
from tests.kit.test_papers import HOSTILE, jpeg, pdf, word
from tests.notices.answers.conftest import ANSWERS, paper

DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
#: What the school board answers to a letter of 2026-11-17.
ANSWER = ANSWERS | {"started": "2026-11-17 09:00", "finished": "2026-11-17 14:30", "sealed": ""}
Come = Callable[[], Visitor]


@pytest.fixture
def come(county: Desk) -> Come:
    """One more browser before the portal."""
    transport = httpx.ASGITransport(create_portal(county))
    return lambda: Visitor(httpx.AsyncClient(transport=transport, base_url="http://portal.test"))


@pytest.fixture
def notice(county: Desk) -> Notice:
    return issued(county)


def enter(desk: Desk, visitor: Visitor, notice: Notice) -> Visitor:
    """By a fresh link, to the letter's home."""
    code, _ = desk.links.make(notice.id, "admin", "李某")
    visitor.get(f"/t/{code}")
    visitor.post(f"/t/{code}")
    visitor.get(f"/m/{notice.id}/")
    return visitor


def upload(visitor: Visitor, notice: Notice, kind: str, name: str, content: bytes) -> httpx.Response:
    visitor.get(f"/m/{notice.id}/papers")
    return visitor.ask(
        "POST",
        f"/m/{notice.id}/papers",
        data={"csrf": visitor.csrf, "kind": kind},
        files={"paper": (name, content)},
        follow_redirects=True,
    )


def refusals(desk: Desk) -> list[tuple[str, str]]:
    """(letter, why) of everybody who was not let in."""
    return [(line.object_id, line.result) for line in desk.state.decisions() if line.action == "refuse"]


def test_a_link_works_once_and_its_browser_stays_in(county: Desk, come: Come, notice: Notice) -> None:
    code, _ = county.links.make(notice.id, "admin", "李某")
    first = come()
    assert notice.title in first.get(f"/t/{code}")
    assert notice.title in first.get(f"/t/{code}"), "looking uses nothing up"
    first.post(f"/t/{code}")
    assert "还有 3 天" in first.get(f"/m/{notice.id}/")
    assert "还有 3 天" in first.get(f"/t/{code}"), "the same browser comes back by the same link"
    come().get(f"/t/{code}", 404)
    assert refusals(county) == [(notice.id, "used")]


def test_a_code_is_typed_from_paper(county: Desk, come: Come, notice: Notice) -> None:
    code, _ = county.links.make(notice.id, "admin")
    page = come().post("/t", code=f" {code.lower().replace('-', ' ')} ")
    assert "请先签收" in page


def test_every_way_that_leads_nowhere_looks_the_same(county: Desk, come: Come, notice: Notice) -> None:
    """Another unit's, an expired, a guessed, a reused and a revoked one: one page, each with its line."""
    other = issued(county, "10.34.1.11")
    assert isinstance(county.clock, FixedClock)
    used, _ = county.links.make(notice.id, "admin")
    enter_once = come()
    enter_once.post(f"/t/{used}")
    revoked, _ = county.links.make(notice.id, "admin")
    expired, _ = county.links.make(other.id, "admin")
    county.links.make(notice.id, "admin")
    here = come()
    pages = {here.get(f"/t/{code}", 404) for code in (used, revoked, "K" * 25, "x")}
    pages.add(enter_once.get(f"/m/{other.id}/", 404))
    pages.add(here.post(f"/t/{used}", 404))
    pages.add(here.get("/m/N-2026-0001/letter.pdf", 404))
    county.clock.advance(timedelta(days=60))
    pages.add(here.get(f"/t/{expired}", 404))
    texts = {re.sub(r'value="/[^"]*"', "", page) for page in pages}
    assert len(texts) == 1
    assert "打不开这个链接" in texts.pop()
    told = refusals(county)
    for line in (
        (notice.id, "used"),
        (notice.id, "revoked"),
        ("-", "unknown"),
        (notice.id, "another letter"),
        (other.id, "expired"),
    ):
        assert line in told


def test_the_store_holds_no_code_and_no_token(county: Desk, come: Come, notice: Notice) -> None:
    code, link = county.links.make(notice.id, "admin")
    visitor = come()
    visitor.post(f"/t/{code}")
    token = next(iter(visitor.client.cookies.jar)).value or "?"
    county.state.close()
    kept = b"".join(one.read_bytes() for one in county.data.glob("state.sqlite*"))
    assert link.id.encode() in kept
    assert token.encode() not in kept
    assert code.encode() not in kept
    assert code.replace("-", "").encode() not in kept


def test_guessing_is_slowed_down_and_ends(county: Desk, come: Come, notice: Notice) -> None:
    inside, outside = enter(county, come(), notice), come()
    statuses = [outside.ask("GET", f"/t/{'ABCDE' * 5}").status_code for _ in range(MOST + 3)]
    assert statuses == [404] * MOST + [429] * 3
    code, _ = county.links.make(notice.id, "admin")
    assert "10 分钟" in outside.post(f"/t/{code}", 429), "not even with a right one"
    inside.get(f"/m/{notice.id}/")
    assert isinstance(county.clock, FixedClock)
    county.clock.advance(timedelta(minutes=11))
    outside.post(f"/t/{code}")
    assert len(refusals(county)) == MOST


def test_a_session_opens_its_own_letter_only(county: Desk, come: Come, notice: Notice) -> None:
    other = issued(county, "10.34.1.11")
    visitor = enter(county, come(), notice)
    for path in ("", "letter", "letter.pdf", "report", "papers", "check", "forms/report.docx"):
        visitor.get(f"/m/{other.id}/{path}", 404)
    assert "县卫健委" not in visitor.get(f"/m/{notice.id}/letter")


def test_forms_need_their_token(county: Desk, come: Come, notice: Notice) -> None:
    visitor = enter(county, come(), notice)
    visitor.csrf = "wrong"
    for path in ("receive", "report", "save", "papers/remove", "check", "extend", "object", "phone", "leave"):
        visitor.post(f"/m/{notice.id}/{path}", 403, name="李某")
    assert county.letters.get(notice.id).state == "issued"


def test_leaving_ends_the_session_here_ending_ends_them_all(county: Desk, come: Come, notice: Notice) -> None:
    one, two = enter(county, come(), notice), enter(county, come(), notice)
    one.post(f"/m/{notice.id}/leave")
    one.get(f"/m/{notice.id}/", 404)
    two.get(f"/m/{notice.id}/")
    county.links.end(notice.id, "admin", "发错了人")
    two.get(f"/m/{notice.id}/", 404)
    assert county.state.find(PortalSession) == []


def test_a_new_link_ends_those_nobody_used(county: Desk, notice: Notice) -> None:
    county.links.make(notice.id, "admin")
    county.links.make(notice.id, "admin")
    assert sorted(link.revoked_at is None for link in county.links.of(notice.id)) == [False, True]
    assert len(county.state.find(PortalLink)) == 2


def test_a_telephone_takes_over(county: Desk, come: Come, notice: Notice) -> None:
    desk_browser, telephone, late = enter(county, come(), notice), come(), come()
    page = desk_browser.post(f"/m/{notice.id}/phone")
    assert "<svg" in page
    address = re.search(r"http://portal\.test(/t/[\w-]+)", page)
    assert address is not None
    telephone.post(address[1])
    telephone.get(f"/m/{notice.id}/")
    desk_browser.get(f"/m/{notice.id}/")
    again = re.search(r"(/t/[\w-]+)", desk_browser.post(f"/m/{notice.id}/phone"))
    assert again is not None
    assert isinstance(county.clock, FixedClock)
    county.clock.advance(timedelta(minutes=16))
    late.post(again[1], 404)


def test_the_whole_answer_by_forms_alone(county: Desk, come: Come, notice: Notice) -> None:
    """Signed, filled in one question a screen, the commitment uploaded, handed in, with a receipt."""
    visitor, path = enter(county, come(), notice), f"/m/{notice.id}"
    visitor.post(f"{path}/receive", name="李某", phone="0555-7654321")
    assert county.letters.get(notice.id).received_by == "unit:u0"
    for screen, keys in enumerate(
        (("outcome",), ("started", "finished"), ("process",), ("cause",), ("rectification",), ("prevention",),
         ("data",), ("handler", "phone", "head")), 1,
    ):  # fmt: skip
        visitor.get(f"{path}/report/{screen}")
        visitor.post(f"{path}/report/{screen}", **{key: ANSWER[key] for key in keys})
    assert county.letters.get(notice.id).state == "rectifying"
    assert "没有上传盖章的承诺函" in visitor.get(f"{path}/check")
    assert upload(visitor, notice, "commitment_letter", "承诺函.jpg", jpeg()).status_code == 200
    assert "仍然提交" not in visitor.get(f"{path}/check")
    page = visitor.post(f"{path}/check")
    number = re.search(r"HZ2026-\d{5}", page)
    assert number is not None
    assert "断开网络" in page
    after = county.letters.get(notice.id)
    assert (after.state, after.answered_by) == ("answered", "unit:u0")
    papers = {one.kind: one for one in county.loop.papers_of(notice.id)}
    assert {key: value for key, value in ANSWER.items() if value} == papers["disposal_report"].fields
    assert county.loop.papers.read(papers["commitment_letter"]) == jpeg()
    assert number[0] in visitor.get(f"{path}/")
    assert county.state.verify() == []


def test_a_filled_form_is_read_field_by_field(county: Desk, come: Come, notice: Notice) -> None:
    form = next(one for one in county.letters.content(notice.id).annexes if one.kind == "form")
    visitor, answer = enter(county, come(), notice), {key: value for key, value in ANSWER.items() if value}
    assert "已收到" in upload(visitor, notice, "disposal_report", "报告单.docx", paper(form, answer)).text
    assert county.answers.draft(notice).fields == answer
    page = visitor.get(f"/m/{notice.id}/check")
    for asked in ANSWERED:
        if asked.options is None and asked.key != "sealed":
            assert answer[asked.key].split("\n")[0] in page
    upload(visitor, notice, "commitment_letter", "c.pdf", pdf(2))
    visitor.post(f"/m/{notice.id}/check")
    filed = {one.kind: one for one in county.loop.papers_of(notice.id)}
    assert filed["disposal_report"].name == "报告单.docx"
    assert filed["disposal_report"].fields == answer
    assert filed["commitment_letter"].pages == 2


def test_an_incomplete_answer_goes_back_with_its_reasons(county: Desk, come: Come, notice: Notice) -> None:
    form = next(one for one in county.letters.content(notice.id).annexes if one.kind == "form")
    visitor = enter(county, come(), notice)
    without = {key: value for key, value in ANSWER.items() if value and key != "cause"}
    assert (
        "“原因分析”没有填写"
        in upload(visitor, notice, "disposal_report", "a.docx", paper(form, without)).text
    )
    page = visitor.post(f"/m/{notice.id}/check")
    assert "已退回" in page
    home = visitor.get(f"/m/{notice.id}/")
    assert "“原因分析”没有填写" in home
    assert "缺承诺函" in home
    after = county.letters.get(notice.id)
    assert (after.state, after.returned) == ("rectifying", 1)
    assert isinstance(county.clock, FixedClock)
    county.clock.advance(timedelta(hours=1))
    upload(visitor, notice, "commitment_letter", "c.pdf", pdf())
    visitor.post(f"/m/{notice.id}/report", **{key: value for key, value in ANSWER.items() if value})
    visitor.post(f"/m/{notice.id}/check")
    assert county.letters.get(notice.id).state == "answered"


def test_what_is_typed_is_kept_and_comes_back(county: Desk, come: Come, notice: Notice) -> None:
    visitor = enter(county, come(), notice)
    visitor.get(f"/m/{notice.id}/report/3")
    assert visitor.ask(
        "POST", f"/m/{notice.id}/save", data={"csrf": visitor.csrf, "process": "已断网<b>"}
    ).json() == {"at": "15:20"}
    assert "已断网&lt;b&gt;" in visitor.get(f"/m/{notice.id}/report/3")
    assert "已断网&lt;b&gt;" in visitor.get(f"/m/{notice.id}/report")


def test_hostile_files_are_refused_in_plain_words(county: Desk, come: Come, notice: Notice) -> None:
    """Some of each family; `tests/kit/test_papers.py` has them all."""
    visitor = enter(county, come(), notice)
    for name in ("script", "svg", "pdf-rendition", "archive", "empty"):
        content, word_ = HOSTILE[name]
        answer = upload(visitor, notice, "commitment_letter", "承诺函.pdf", content)
        assert answer.status_code == 422
        assert word_ in answer.text
    assert county.answers.draft(notice).papers == ()
    assert not list((county.data / "papers").glob("*"))


def test_a_form_that_is_none_is_not_taken_for_one(county: Desk, come: Come, notice: Notice) -> None:
    visitor = enter(county, come(), notice)
    for content in (word(text="随便写的"), pdf()):
        answer = upload(visitor, notice, "disposal_report", "a.docx", content)
        assert answer.status_code == 422
        assert "读不出报告单" in answer.text


def test_two_gigabytes_are_refused_unread(county: Desk, come: Come, notice: Notice) -> None:
    """By what the head says, and where it lies, as it grows."""
    visitor, sent = enter(county, come(), notice), 0
    head = b'--b\r\nContent-Disposition: form-data; name="paper"; filename="a"\r\n\r\n'

    async def body(megabytes: int) -> AsyncIterator[bytes]:
        nonlocal sent
        yield head
        for _ in range(megabytes):
            sent += 1
            yield b"x" * (1 << 20)

    kind = {"Content-Type": "multipart/form-data; boundary=b"}
    for length, megabytes in ({"Content-Length": str(2 << 30)}, 3), ({}, 2 << 10):
        sent = 0
        answer = visitor.ask("POST", f"/m/{notice.id}/papers", content=body(megabytes), headers=kind | length)
        assert answer.status_code == 413
        assert "20 MB" in answer.text
    assert sent < 100, "what came after the answer was thrown away for a moment only"


def test_more_time_and_another_look_are_asked_for(county: Desk, come: Come, notice: Notice) -> None:
    visitor = enter(county, come(), notice)
    assert "最多" in visitor.post(f"/m/{notice.id}/extend", 422, days="99", why="等设备")
    assert "已申请延期 2 个工作日" in visitor.post(f"/m/{notice.id}/extend", days="2", why="等厂商到场")
    assert "已提出异议" in visitor.post(f"/m/{notice.id}/object", why="该地址是测试机")
    after = county.letters.get(notice.id)
    assert after.wish is not None
    assert after.objection is not None
    assert after.deadline == notice.deadline
    county.loop.extend(notice.id, "admin", "同意", 2)
    assert "还有 7 天" in visitor.get(f"/m/{notice.id}/")


def test_a_withdrawn_letter_says_so(county: Desk, come: Come, notice: Notice) -> None:
    visitor = enter(county, come(), notice)
    county.letters.withdraw(notice.id, "admin", "误发")
    assert "此函已撤回" in visitor.get(f"/m/{notice.id}/")
    visitor.get(f"/m/{notice.id}/report", 409)


def test_the_portal_speaks_english(county: Desk, come: Come, notice: Notice) -> None:
    visitor = enter(county, come(), notice)
    visitor.post("/language", language="en", next=f"/m/{notice.id}/")
    assert "3 days left" in visitor.get(f"/m/{notice.id}/")
    assert "What did you do?" in visitor.get(f"/m/{notice.id}/report/1")


def test_nothing_of_the_console_is_there(county: Desk, come: Come) -> None:
    for path in ("/login", "/alerts", "/letters", "/system", "/healthz", "/docs"):
        come().get(path, 404)


def test_an_advisory_asks_for_no_commitment(county: Desk, come: Come) -> None:
    notice = issued(county, "10.34.1.11", "advisory")
    visitor, path = enter(county, come(), notice), f"/m/{notice.id}"
    assert "承诺函" not in visitor.get(f"{path}/").partition("</main>")[0]
    assert "承诺函" not in visitor.get(f"{path}/papers")
    visitor.post(f"{path}/report", **{key: value for key, value in ANSWER.items() if value})
    visitor.post(f"{path}/check")
    assert county.letters.get(notice.id).state == "answered"
