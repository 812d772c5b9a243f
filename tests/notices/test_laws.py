"""The article cited is the one in force on the letter's own day in Shanghai."""

from datetime import UTC, datetime

import pytest

from notices import laws

LAST_OLD = datetime(2025, 12, 31, 15, 59, tzinfo=UTC)  # 23:59 on 31 December in Shanghai
FIRST_NEW = datetime(2025, 12, 31, 16, 0, tzinfo=UTC)


@pytest.mark.parametrize(("at", "number"), [(LAST_OLD, "第二十五条"), (FIRST_NEW, "第二十七条")])
def test_amended_law_moves_the_article(at: datetime, number: str) -> None:
    assert laws.article("incidents", at) == f"《中华人民共和国网络安全法》{number}"


def test_change_is_noticed() -> None:
    assert laws.changed(LAST_OLD, FIRST_NEW)
    assert not laws.changed(FIRST_NEW, datetime(2026, 7, 1, tzinfo=UTC))


def test_before_the_law_no_article_is_invented() -> None:
    assert "条" not in laws.article("logs", datetime(2016, 1, 1, tzinfo=UTC))
