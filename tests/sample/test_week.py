"""Making the week: the same bytes, quickly a second time, and never over somebody's files."""

from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path

import pytest

from taishi.core.clock import ZONE
from taishi.core.problems import Problem
from taishi.sample.week import SampleWeek, all_scenes, make_week

START = datetime(2026, 11, 16, tzinfo=ZONE)


def digests(folder: Path) -> dict[str, str]:
    return {path.name: sha256(path.read_bytes()).hexdigest() for path in folder.iterdir()}


def test_same_start_and_seed_give_the_same_bytes(week: SampleWeek, folder: Path, tmp_path: Path) -> None:
    again = make_week(tmp_path / "again", start=START)
    assert digests(again.pcap.parent) == digests(folder)


def test_another_seed_gives_another_week_with_the_same_story(week: SampleWeek, tmp_path: Path) -> None:
    other = make_week(tmp_path / "other", start=START, seed=8)
    assert other.pcap.read_bytes() != week.pcap.read_bytes()
    assert other.register.read_bytes() == week.register.read_bytes()


def test_a_week_that_stands_is_not_made_again(week: SampleWeek, folder: Path) -> None:
    before = week.pcap.stat().st_mtime_ns
    assert make_week(folder, start=START) == week
    assert week.pcap.stat().st_mtime_ns == before


def test_a_damaged_or_older_week_is_replaced_whole(tmp_path: Path) -> None:
    made = make_week(tmp_path / "week", start=START)
    made.logs[0].unlink()
    made.pcap.write_bytes(b"cut")
    again = make_week(tmp_path / "week", start=START - timedelta(days=7))
    assert again.logs == made.logs
    assert again.pcap.stat().st_size > 10**6
    assert [path.name for path in tmp_path.iterdir()] == ["week"], "nothing is left beside it"


def test_other_files_are_never_overwritten(tmp_path: Path) -> None:
    (tmp_path / "letters.docx").write_bytes(b"mine")
    with pytest.raises(Problem, match="name an empty or new one"):
        make_week(tmp_path, start=START)
    with pytest.raises(Problem, match="name an empty or new one"):
        make_week(tmp_path / "letters.docx", start=START)
    assert (tmp_path / "letters.docx").read_bytes() == b"mine"


@pytest.mark.parametrize(
    "start",
    [START.replace(tzinfo=None), datetime(2026, 11, 16, 1, tzinfo=UTC)],
    ids=["no zone", "no midnight"],
)
def test_the_week_begins_at_a_midnight_with_a_zone(start: datetime, tmp_path: Path) -> None:
    with pytest.raises(Problem, match="no midnight with a zone"):
        make_week(tmp_path / "week", start=start)


def test_scenes_find_themselves_and_have_names_of_their_own() -> None:
    names = [scene.name for scene in all_scenes()]
    assert {"beacon", "dns_tunnel", "browsing", "machines"} <= set(names)
    assert len(names) == len(set(names))
