"""A disk that fills up anywhere: what was acknowledged stays, what is refused is told, room makes it well.

Six sizes of a small file system; `TAISHI_SOAK` says how many (scripts/soak: fifty and more).
"""

import os
import subprocess
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
from rows import numbered

from taishi.core.ledger import Delivery
from taishi.core.ports import Query
from taishi.core.problems import Problem
from taishi.store import open_event_store
from taishi.store.embedded import store as embedded

PLACES = max(6, int(os.environ.get("TAISHI_SOAK", "6")))
_PAGE = 4096
NOW = datetime(2026, 3, 2, tzinfo=UTC)


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=4m", "none", str(folder)]
    if os.geteuid() or subprocess.run(mount, check=False, capture_output=True).returncode:
        pytest.skip("a small file system needs root and mount")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


@contextmanager
def told(said: list[str]) -> Iterator[None]:
    """What the disk's refusal sounds like: one line, and no other error."""
    try:
        yield
    except Problem as problem:
        said.append(str(problem))
    assert all("\n" not in one and "room" in one for one in said)


def room(folder: Path, size: int) -> None:
    subprocess.run(["mount", "-o", f"remount,size={size}", str(folder)], check=True)


@pytest.mark.parametrize("number", range(PLACES))
def test_a_full_disk_loses_nothing_acknowledged(
    small: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    monkeypatch.setattr(embedded, "ROLL_ROWS", 400)
    place, taken, first = str(small / "store"), 0, 0
    with closing(open_event_store(place)) as store:
        used = os.statvfs(small)
        room(small, (used.f_blocks - used.f_bfree) * used.f_frsize + _PAGE * (3 + 7 * number % 300))
        said: list[str] = []
        while not said and first < 20_000:
            with told(said):
                taken += store.write([numbered(50, first=first)], Delivery("a")).stored
                first += 50
            with told(list[str]()):  # a roll that fails takes nothing back
                store.maintain(NOW)
        assert first < 20_000, "the disk never filled up"
        assert store.count(Query()) == taken == store.ledger()["a"].stored
    room(small, 64 << 20)
    with closing(open_event_store(place)) as store:
        assert store.count(Query()) == taken == store.ledger()["a"].stored
        assert store.write([numbered(first + 500)], Delivery("a")).stored == first + 500 - taken
        store.flush()
        assert store.count(Query()) == first + 500
