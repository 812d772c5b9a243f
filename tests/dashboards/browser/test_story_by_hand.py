"""The life of a letter as one story, each act by a person in the browser."""

from datetime import timedelta
from pathlib import Path

import pytest
from msgspec.structs import replace

from taishi.app.desk import Desk
from taishi.app.loop.limits import Limits
from taishi.core.notice_records import Notice
from taishi.core.records import Alert, Block, Level, Threat
from tests.app.conftest import verdict
from tests.app.loop.test_papers import scan
from tests.dashboards.browser.conftest import Screen
from tests.dashboards.browser.test_letter_life import a_day_passes

pytestmark = pytest.mark.browser

SCHOOL, HEALTH, LAND = "县教育局", "县卫健委", "县自然资源局"
HOST, CONTROL, OUTSIDE, RESOLVER = "10.34.0.215", "198.51.100.7", "203.0.113.99", "203.0.113.53"


def seen(desk: Desk, subject: str, threat: Threat, level: Level, count: int = 1, **changed: object) -> Alert:
    """What detection finds now, and what follows from it by the policy."""
    now = desk.clock.now()
    found = verdict(subject, threat, level, count=count, first=now, last=now)
    changed = {"attackers": (), "peers": (CONTROL,), **changed}
    alert = desk.alerts.record(replace(found, **changed))
    assert alert is not None
    desk.measures.follow(alert.id)
    return alert


def later(desk: Desk, minutes: int = 10) -> None:
    desk.clock.advance(timedelta(minutes=minutes))  # type: ignore[attr-defined]


def send(screen: Screen, notice: Notice) -> None:
    """Approved and numbered on its page."""
    screen.open(f"/letters/{notice.id}")
    screen.page.get_by_role("button", name="审签通过").click()
    screen.page.get_by_role("button", name="编号并发出").click()


def approve(screen: Screen, block: Block) -> None:
    screen.open(f"/blocks/{block.id}")
    screen.page.get_by_role("button", name="批准并执行").click()
    assert "封禁中" in screen.page.inner_text("main")


def hand_in(screen: Screen, notice: Notice, paper: Path, *fields: str) -> None:
    screen.open(f"/letters/{notice.id}")
    screen.page.get_by_text("登记报送材料").first.click()
    for field in fields:
        screen.page.get_by_label(field).set_input_files(paper)
    screen.page.get_by_role("button", name="登记报送材料").click()


def block_of(desk: Desk, address: str) -> Block:
    [block] = [one for one in desk.blocks.list() if one.address == address]
    return block


def test_the_whole_story(screen: Screen, county: Desk, tmp_path: Path) -> None:
    page, paper = screen.page, tmp_path / "paper.pdf"
    paper.write_bytes(scan())
    county.settings.set_limits(Limits(quiet_hours=24), "admin", "演练")
    county.settings.set_protected([f"{RESOLVER} 政务外网DNS"], "admin")

    # A high compromise on a registered host: letter 1 and a block.
    compromised = seen(county, HOST, "compromised", "high", unit=SCHOOL)
    [letter] = county.letters.list("drafted")
    approve(screen, block_of(county, HOST))
    send(screen, letter)
    assert "〔2026〕1号" in page.inner_text("main")

    # Forty more events append.
    later(county)
    seen(county, HOST, "compromised", "high", 41, unit=SCHOOL)
    screen.open(f"/letters/{letter.id}")
    assert "41 次" in page.inner_text("aside")
    screen.shoot("story-appended")

    # An outside address attacks three units: three letters, one block.
    for n, unit in enumerate((SCHOOL, HEALTH, LAND)):
        attackers = {"peers": (OUTSIDE,), "attackers": (OUTSIDE,)}
        seen(county, f"10.34.{n}.220", "attempted", "high", 5, unit=unit, **attackers)
    approve(screen, block_of(county, OUTSIDE))
    told = county.letters.list("drafted")
    assert sorted((one.type, one.unit) for one in told) == [
        ("advisory", unit) for unit in sorted((SCHOOL, HEALTH, LAND))
    ]
    for one in told:
        send(screen, one)

    # A low risk: no letter, but a line in the weekly summary.
    seen(county, "10.34.1.230", "risk", "low", unit=HEALTH)
    assert county.letters.list("drafted") == []
    screen.open("/letters/weekly")
    page.get_by_role("link", name="下一周").click()
    assert "10.34.1.230" in page.inner_text("main")

    # An answer without the commitment keeps it open and the block in place.
    later(county)
    hand_in(screen, letter, paper, "处置报告单")
    assert county.letters.get(letter.id).state == "rectifying"
    screen.open(f"/blocks/{block_of(county, HOST).id}")
    assert page.get_by_role("button", name="解除", exact=True).count() == 0
    assert "复核" in page.inner_text("main")

    # Both papers, and the same seen again within a day: number 1 is open again.
    hand_in(screen, letter, paper, "承诺函")
    assert "材料齐全，待复核" in page.inner_text("main")
    later(county, 20)
    seen(county, HOST, "compromised", "high", 42, unit=SCHOOL)
    screen.open(f"/letters/{letter.id}")
    assert "〔2026〕1号" in page.inner_text("main")
    assert (county.letters.get(letter.id).state, county.letters.get(letter.id).reopened) == ("rectifying", 1)

    # Both papers, quiet on a live sensor: closed, the block lifted, once.
    later(county)
    hand_in(screen, letter, paper, "处置报告单", "承诺函")
    a_day_passes(county)
    screen.login()
    screen.open(f"/letters/{letter.id}")
    page.get_by_text("复核", exact=True).first.click()
    page.get_by_role("button", name="复核").click()
    page.get_by_role("button", name="销号").click()
    assert "已办结" in page.inner_text("main")
    assert block_of(county, HOST).state == "lifted"
    screen.shoot("story-closed")

    # Nobody's address: no letter, told as unregistered.
    nobody = seen(county, "10.99.1.1", "compromised", "high", unit=None)
    screen.open(f"/alerts/{nobody.id}?state=all")
    draft = page.get_by_role("button", name="起草函件").locator("visible=true").last
    assert "该地址未登记归属单位" in (draft.get_attribute("title") or "")
    assert draft.is_disabled()
    assert county.letters.about(nobody.id) == []

    # A protected address is refused.
    asked = seen(county, "10.34.2.240", "risk", "low", unit=LAND, peers=(RESOLVER,))
    screen.open(f"/alerts/{asked.id}?state=all")
    page.get_by_text("提议封禁").first.click()
    page.get_by_label("封禁哪个地址").select_option(RESOLVER)
    page.get_by_role("button", name="提议", exact=True).click()
    assert "受保护" in page.inner_text("body")
    [complaint] = screen.complaints
    assert "409" in complaint
    screen.complaints.clear()
    assert RESOLVER not in {one.address for one in county.blocks.list()}

    counts = county.loop.stats().whole.counts
    assert (counts.issued, counts.closed, counts.reopened) == (4, 1, 1)
    assert compromised.id in {item.alert_id for item in county.letters.get(letter.id).items}
