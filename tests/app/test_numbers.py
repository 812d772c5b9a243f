"""发文字号 under twenty writers at once, each with its own connection to one database: one series a type."""

import re
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from threading import Barrier

from taishi.core.clock import FixedClock
from taishi.core.notice_records import Notice
from taishi.core.problems import Refused
from taishi.store import open_state_store
from tests.app.conftest import NOW, Office, verdict

WRITERS = 20
#: What each writer issues, in its order.
TYPES = ("disposal", "advisory", "disposal", "advisory", "advisory")


def _office(path: Path) -> Office:
    return Office(open_state_store(str(path)), FixedClock(NOW))


def _write(path: Path, writer: int, start: Barrier) -> None:
    """Issues its letters; every second one is withdrawn, and one issue is tried in vain before."""
    office = _office(path)
    start.wait()
    for n, type_ in enumerate(TYPES):
        alert = office.alerts.record(verdict(f"198.51.{writer}.{n}", unit=f"单位{writer}-{n}"))
        assert alert is not None
        notice = office.letters.draft([alert.id], "analyst", type_)
        with suppress(Refused):
            office.letters.issue(notice.id, "approver")  # nobody approved it: no number is used up
        office.letters.approve(notice.id, "approver", office.letters.text_hash(notice.id))
        office.letters.issue(notice.id, "approver")
        if n % 2:
            office.letters.withdraw(notice.id, "approver", "地址有误")
    office.state.close()


def test_numbers_have_no_gap_and_voided_ones_stay(tmp_path: Path) -> None:
    path = tmp_path / "state.sqlite"
    office = _office(path)
    office.staff()
    start = Barrier(WRITERS)
    with ThreadPoolExecutor(WRITERS) as pool:
        list(pool.map(lambda writer: _write(path, writer, start), range(WRITERS)))
    letters = office.state.find(Notice)
    for type_, prefix in (("disposal", "示数资函"), ("advisory", "示数资告函")):
        numbers = [one.number or "" for one in letters if one.type == type_]
        told = sorted(
            int(found[1])
            for found in map(re.compile(rf"{prefix}〔2026〕(\d+)号").fullmatch, numbers)
            if found
        )
        assert told == list(range(1, WRITERS * TYPES.count(type_) + 1))
    withdrawn = [one.number for one in office.letters.list("withdrawn")]
    assert len(withdrawn) == WRITERS * 2
    assert all(withdrawn)
    assert office.state.verify() == []
    office.state.close()
