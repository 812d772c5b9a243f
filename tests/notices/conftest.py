"""A unit's matter to write about, and the signs of a missing LibreOffice."""

import os
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from notices.letters import Letter, letters
from taishi.core.notice_records import Notice, NoticeItem
from taishi.core.records import Bureau, Evidence, Level, Threat
from taishi.kit import documents

#: 2026-05-13 02:14:05 in Asia/Shanghai.
SEEN = datetime(2026, 5, 12, 18, 14, 5, tzinfo=UTC)
#: 2026-05-20 10:00 in Asia/Shanghai, a Wednesday.
DRAWN_UP = datetime(2026, 5, 20, 2, 0, tzinfo=UTC)

MakeItem = Callable[..., NoticeItem]
MakeNotice = Callable[..., Notice]


@pytest.fixture(scope="session")
def make_item() -> MakeItem:
    def make(
        threat: Threat = "compromised",
        level: Level = "high",
        *,
        address: str = "192.0.2.25",
        asset: str = "教育资源平台",
        what: str = "与矿池 pool.example.invalid:3333 通信",
        rule: str = "mining-stratum",
        peers: tuple[str, ...] = ("198.51.100.7",),
        count: int = 126,
        advice: str = "立即断网隔离涉事主机，清除挖矿程序",
        evidence: tuple[Evidence, ...] | None = None,
    ) -> NoticeItem:
        told = evidence if evidence is not None else (Evidence("00ab" * 8, SEEN, f"{address} → 3333 通信"),)
        last = SEEN + timedelta(days=4, hours=3)
        alert = f"alert-{threat}-{level}-{address}"
        return NoticeItem(
            alert, address, asset, threat, level, what, rule, peers, count, SEEN, last, told, advice
        )

    return make


@pytest.fixture(scope="session")
def letter() -> Letter:
    return letters()["disposal"]


@pytest.fixture(scope="session")
def bureau() -> Bureau:
    return Bureau("示例县数据资源管理局", "示数资函", "王某某", "0555-1234567")


@pytest.fixture(scope="session")
def make_notice(letter: Letter, make_item: MakeItem) -> MakeNotice:
    def make(*items: NoticeItem, unit: str = "示例县教育局", at: datetime = DRAWN_UP) -> Notice:
        return letter.draft(notice_id="n1", unit=unit, items=items or (make_item(),), at=at)

    return make


@pytest.fixture(scope="session")
def office() -> None:
    """LibreOffice is here, or the test is skipped with a word; CI must have it."""
    if documents.office() is None:
        if os.environ.get("CI") == "true":
            pytest.fail("LibreOffice is missing, and CI must have it")
        pytest.skip("LibreOffice is missing: apt-get install libreoffice-writer-nogui fonts-noto-cjk")
