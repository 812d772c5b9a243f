"""Packs are added, updated, put back and taken away by name, and the audit says who did it."""

import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from taishi.app.rulebook import Rulebook, pack_paths
from taishi.core.clock import FixedClock
from taishi.core.problems import Problem, Refused
from tests.app.conftest import Office

RULE = """title: {title}
id: 6f0b9a2c-6d5c-4e53-a6f0-0e0f4d6a000{number}
status: {status}
logsource:
  product: windows
  category: process_creation
detection:
  selection:
    Image|endswith: '{image}'
  condition: selection
level: {level}
"""


def rule(
    number: int, title: str = "", status: str = "test", level: str = "high", image: str = "a.exe"
) -> str:
    return RULE.format(
        number=number, title=title or f"Rule {number}", status=status, level=level, image=image
    )


def lay(folder: Path, **files: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (folder / f"{name}.yml").write_text(text)
    return folder


@pytest.fixture
def pack(tmp_path: Path) -> Path:
    return lay(tmp_path / "pack", one=rule(1), two=rule(2), three=rule(3))


@pytest.fixture
def book(office: Office, tmp_path: Path) -> Rulebook:
    return Rulebook(tmp_path / "data", office.clock, office.state)


def test_a_pack_is_kept_with_where_it_came_from(book: Rulebook, office: Office, pack: Path) -> None:
    taken = book.add(pack, "admin", "for the week's drill")
    assert taken.applied
    (installed,) = book.packs()
    assert installed.manifest == taken.manifest
    assert (installed.name, taken.manifest.rules, taken.manifest.files) == ("pack", 3, 3)
    assert taken.manifest.source == str(pack)
    assert taken.manifest.added_at == office.clock.now()
    assert sorted(path.name for path in installed.path.iterdir()) == ["one.yml", "three.yml", "two.yml"]
    (line,) = [one for one in office.state.decisions() if one.object_type == "rule pack"]
    assert (line.actor, line.action, line.object_id, line.why) == (
        "admin",
        "add",
        "pack",
        "for the week's drill",
    )


def test_the_same_again_changes_nothing(book: Rulebook, office: Office, pack: Path) -> None:
    book.add(pack, "admin")
    audited = len(office.state.decisions())
    assert not book.add(pack, "admin").applied
    assert len(office.state.decisions()) == audited


def test_another_version_under_the_same_name_is_for_update(book: Rulebook, pack: Path) -> None:
    book.add(pack, "admin")
    lay(pack, four=rule(4))
    with pytest.raises(Refused, match="taishi rules update pack"):
        book.add(pack, "admin")
    assert book.add(pack, "admin", name="other").applied
    assert [one.name for one in book.packs()] == ["other", "pack"]


@pytest.mark.parametrize("act", ["add", "update", "rollback", "remove"])
def test_only_an_administrator_may(book: Rulebook, pack: Path, act: str) -> None:
    book.add(pack, "admin")
    acts: dict[str, Callable[[], object]] = {
        "add": lambda: book.add(pack, "analyst", name="more"),
        "update": lambda: book.update("pack", None, "analyst", apply=True),
        "rollback": lambda: book.rollback("pack", "analyst"),
        "remove": lambda: book.remove("pack", "analyst"),
    }
    with pytest.raises(Refused, match="Administrator"):
        acts[act]()
    assert [one.name for one in book.packs()] == ["pack"]


def test_an_update_is_shown_before_it_is_done(book: Rulebook, pack: Path) -> None:
    book.add(pack, "admin")
    before = {path.name: path.read_text() for path in book.get("pack").path.iterdir()}
    (pack / "one.yml").unlink()
    lay(pack, two=rule(2, status="stable", level="critical"), three=rule(3, image="b.exe"), four=rule(4))
    (pack / "bad.yml").write_text("title: x\ndetection: [1")
    shown = book.update("pack", None, "analyst")
    assert shown.changes is not None
    assert not shown.applied
    assert [one.title for one in shown.changes.added] == ["Rule 4"]
    assert [one.title for one in shown.changes.removed] == ["Rule 1"]
    assert {one.title: one.what for one in shown.changes.changed} == {
        "Rule 2": ("level: high → critical", "status: test → stable"),
        "Rule 3": ("detection",),
    }
    assert [(one.path, "not valid YAML" in one.reason) for one in shown.refused] == [("bad.yml", True)]
    assert {path.name: path.read_text() for path in book.get("pack").path.iterdir()} == before


def test_a_file_that_only_moved_is_no_change(book: Rulebook, pack: Path) -> None:
    book.add(pack, "admin")
    (pack / "deeper").mkdir()
    (pack / "one.yml").rename(pack / "deeper" / "other_name.yml")
    assert not book.update("pack", None, "admin").changes


def test_an_update_is_undone_and_done_again(book: Rulebook, office: Office, pack: Path) -> None:
    book.add(pack, "admin")
    lay(pack, four=rule(4))
    assert not book.get("pack").undo
    times = [book.get("pack").path.stat().st_mtime_ns]
    book.update("pack", None, "admin", "release of May", apply=True)
    counts = []
    for _ in range(2):
        times.append(book.get("pack").path.stat().st_mtime_ns)
        back = book.rollback("pack", "admin", "too many hits")
        assert back.manifest is not None
        assert len(list(back.path.iterdir())) == back.manifest.rules
        counts.append(back.manifest.rules)
    assert counts == [3, 4]
    assert len(set(times)) == 3, "a running service sees by the time that the pack is another"
    acts = [one.action for one in office.state.decisions() if one.object_type == "rule pack"]
    assert acts == ["add", "update", "roll back", "roll back"]


def test_a_removed_pack_comes_back(book: Rulebook, pack: Path, tmp_path: Path) -> None:
    book.add(pack, "admin")
    book.remove("pack", "admin", "a try")
    assert pack_paths(tmp_path / "data") == []
    assert book.rollback("pack", "admin").manifest is not None
    assert [one.name for one in book.packs()] == ["pack"]


def test_nothing_is_there_to_put_back(book: Rulebook, pack: Path) -> None:
    book.add(pack, "admin")
    with pytest.raises(Refused, match="no earlier version"):
        book.rollback("pack", "admin")


def test_an_unknown_pack_names_the_known_ones(book: Rulebook, pack: Path) -> None:
    book.add(pack, "admin")
    with pytest.raises(Problem, match="no such rule pack; there are: pack"):
        book.remove("pak", "admin")


def test_what_holds_no_rule_is_not_kept(book: Rulebook, tmp_path: Path) -> None:
    bad = lay(tmp_path / "bad", one="title: x\ndetection: [1")
    with pytest.raises(Problem, match=r"no Sigma rule that can be used .*not valid YAML"):
        book.add(bad, "admin")
    assert book.packs() == []


@pytest.mark.parametrize("name", ["", ".hidden", "a/b", "a\nb", "x" * 101])
def test_a_name_that_cannot_be_a_folder_is_refused(book: Rulebook, pack: Path, name: str) -> None:
    with pytest.raises(Problem, match="name"):
        book.add(pack / "one.yml", "admin", name=name or ".")


def test_the_name_is_the_files_without_its_ending(book: Rulebook, pack: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "release.zip", "w") as archive:
        archive.writestr("one.yml", rule(1))
    for path in (pack / "two.yml", tmp_path / "release.zip"):
        book.add(path, "admin")
    assert [one.name for one in book.packs()] == ["release", "two"]


def test_a_directory_without_people_asks_for_nobody(tmp_path: Path, pack: Path, clock: FixedClock) -> None:
    alone = Rulebook(tmp_path / "data", clock)
    assert alone.add(pack, "admin").applied
    alone.remove("pack", "admin")
    assert alone.packs() == []


def test_a_pack_that_somebody_copied_in_is_listed_too(book: Rulebook, pack: Path, tmp_path: Path) -> None:
    lay(tmp_path / "data" / "rules" / "by-hand", one=rule(1))
    (known,) = book.packs()
    assert (known.name, known.manifest) == ("by-hand", None)
    with pytest.raises(Problem, match="give --from PATH"):
        book.update("by-hand", None, "admin")
    changes = book.update("by-hand", pack, "admin", apply=True).changes
    assert changes is not None
    assert [one.title for one in changes.added] == ["Rule 2", "Rule 3"]
