"""A letter's life by hand: received, answered with a gap, completed, rechecked, closed, its block lifted."""

from datetime import timedelta
from pathlib import Path

import pytest

from taishi.app.desk import Desk
from taishi.app.loop.limits import Limits
from taishi.app.sensor_lives import SensorLives
from taishi.core.clock import FixedClock
from tests.app.loop.test_papers import scan
from tests.dashboards.browser.conftest import Screen
from tests.dashboards.conftest import alert_of

pytestmark = pytest.mark.browser


@pytest.fixture
def letter(county: Desk) -> str:
    """To 县教育局, with the block of its host proposed by the system."""
    alert = alert_of(county, "10.34.0.10")
    notice = county.letters.draft([alert.id], "system")
    block = county.blocks.propose(alert.id, "10.34.0.10", "system")
    county.blocks.approve(block.id, "admin")  # no device acts for real in this county
    county.letters.approve(notice.id, "admin", county.letters.text_hash(notice.id))
    county.settings.set_limits(Limits(quiet_hours=24), "admin", "演练")
    return county.letters.issue(notice.id, "admin").id


def a_day_passes(county: Desk) -> None:
    """With a sensor that sees the unit."""
    assert isinstance(county.clock, FixedClock)
    lives = SensorLives(county.state, county.clock)
    lives.note("s1", {"县教育局": ("flow", "dns", "http")})
    for _ in range(24):
        before = county.clock.now()
        county.clock.advance(timedelta(hours=1))
        lives.note("s1", {"县教育局": ("flow", "dns", "http")}, since=before)


def test_from_receipt_to_closure_by_hand(screen: Screen, county: Desk, letter: str, tmp_path: Path) -> None:
    page = screen.page
    (tmp_path / "paper.pdf").write_bytes(scan())
    screen.open(f"/letters/{letter}")
    page.get_by_text("登记签收").first.click()
    page.get_by_label("谁签收、如何得知").fill("王敏电话确认")
    page.get_by_role("button", name="登记签收").click()
    page.get_by_role("button", name="开始整改").click()
    for field in ("处置报告单", "承诺函"):
        page.get_by_text("登记报送材料").first.click()
        page.get_by_label(field).set_input_files(tmp_path / "paper.pdf")
        page.get_by_role("button", name="登记报送材料").click()
        screen.shoot(f"letter-answer-{field}")
    assert "材料齐全，待复核" in page.inner_text("main")
    a_day_passes(county)
    screen.login()
    screen.open(f"/letters/{letter}")
    page.get_by_text("复核", exact=True).first.click()
    page.get_by_role("button", name="复核").click()
    assert "复核通过" in page.inner_text("main")
    page.get_by_role("button", name="销号").click()
    assert "已办结" in page.inner_text("main")
    screen.shoot("letter-closed")
    assert county.letters.get(letter).state == "closed"
    [block] = county.blocks.list()
    assert block.state == "lifted"
