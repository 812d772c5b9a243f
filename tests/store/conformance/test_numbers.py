"""Numbers, flags and times as columns: asked as text, as `taishi.core.ports.Condition` says."""

import pytest
from rows import START, batch

from taishi.core.ports import Condition, Query

ROWS = {
    "zero": {"destination.port": 0},
    "four": {"destination.port": 4},
    "http": {"destination.port": 443},
    "high": {"destination.port": 44_300},
    "negative": {"destination.port": -443},
    "large": {"destination.port": 2**62},
    "none": {},
    "yes": {"tls.established": True},
    "no": {"tls.established": False},
    "ends": {"tls.server.not_after": START},
}


def batches():
    rows = [{"event.id": name, **row} for name, row in ROWS.items()]
    return [batch("tls", *rows[:5]), batch("tls", *rows[5:])]


@pytest.mark.parametrize(
    ("condition", "found"),
    [
        (Condition("destination.port", "0"), {"zero"}),
        (Condition("destination.port", "443"), {"http"}),
        (Condition("destination.port", "0443"), set()),
        (Condition("destination.port", "443.0"), set()),
        (Condition("destination.port", "+443"), set()),
        (Condition("destination.port", " 443"), set()),
        (Condition("destination.port", "-443"), {"negative"}),
        (Condition("destination.port", str(2**62)), {"large"}),
        (Condition("destination.port", "99999999999999999999"), set()),
        (Condition("destination.port", "x"), set()),
        (Condition("destination.port", ""), set()),
        (Condition("destination.port", "44", "startswith"), {"http", "high"}),
        (Condition("destination.port", "43", "contains"), {"http", "high", "negative"}),
        (Condition("destination.port", "443", negated=True), set(ROWS) - {"http"}),
        (Condition("tls.established", "true"), {"yes"}),
        (Condition("tls.established", "false"), {"no"}),
        (Condition("tls.established", "True"), set()),
        (Condition("tls.established", "1"), set()),
        (Condition("tls.established", "e", "contains"), {"yes", "no"}),
        (Condition("tls.established", "true", negated=True), set(ROWS) - {"yes"}),
        (Condition("tls.server.not_after", "2026-03-01T00:00:00Z"), {"ends"}),
        (Condition("tls.server.not_after", "2026-03-01"), set()),
        (Condition("tls.server.not_after", "2026-03", "startswith"), {"ends"}),
        (Condition("tls.server.not_after", "2026-03-01T08:00:00+08:00"), set()),
        (Condition("@timestamp", "2026-03-01T", "startswith"), set(ROWS)),
        (Condition("dns.id", "1"), set()),
    ],
)
def test_what_is_no_word_is_asked_as_text(asked, condition, found):
    assert set(asked(Query(where=(condition,), limit=1000))) == found
