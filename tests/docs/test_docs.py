"""Documents that cannot rot: what they name exists, and what exists is named."""

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import cast

import pytest

from taishi.cli import commands
from taishi.cli.main import Command
from taishi.core.discover import discover
from taishi.core.records import LEVEL_NAMES, THREAT_NAMES, TIER_NAMES

ROOT = Path(__file__).parent.parent.parent
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
LINK = re.compile(r"\]\(([^)#\s]+)[^)]*\)")
COMMANDS = cast(list[Command], list(discover(commands, "COMMAND")))


#: Made on this machine, never committed (see .gitignore).
LOCAL = {
    ".git",
    ".venv",
    "target",
    "__pycache__",
    ".mypy_cache",
    ".ruff_cache",
    ".hypothesis",
    "data",
    "vendor",
    "fonts",
    "geodata",
    ".servers",
    ".output",
}


def ours() -> Iterator[Path]:
    """Every file of the repository; asked of the folder itself, since a bare machine has no git."""
    for folder, folders, names in os.walk(ROOT):
        folders[:] = [name for name in folders if name not in LOCAL and not name.endswith(".egg-info")]
        yield from (Path(folder) / name for name in names if name not in LOCAL)  # a worktree has a file .git


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    targets = [link for link in LINK.findall(page.read_text("utf-8")) if "://" not in link]
    assert [link for link in targets if not (page.parent / link).exists()] == []


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.name)
def test_every_command_is_documented_with_its_example(command: Command) -> None:
    page = (ROOT / "docs" / "commands.md").read_text("utf-8")
    assert f"| `{command.name}` |" in page
    assert command.example in page


def test_every_script_is_documented() -> None:
    page = (ROOT / "docs" / "commands.md").read_text("utf-8")
    own = {"get-assets", "get-elasticsearch", "get-fonts", "get-kafka", "get-npm-client"}
    names = {path.name for path in (ROOT / "scripts").iterdir()} - own
    assert {name for name in names if f"`scripts/{name}" not in page} == set()


def test_every_variable_is_documented() -> None:
    page = (ROOT / "docs" / "commands.md").read_text("utf-8")
    used = set()
    for path in ours():
        if path.suffix in (".py", "") and path.is_file():
            used |= set(re.findall(r"\b(?:TAISHI_[A-Z]+|ES_URL)\b", path.read_text("utf-8", "ignore")))
    assert {name for name in used if f"`{name}`" not in page} == set()


def test_architecture_names_folders_that_exist() -> None:
    page = (ROOT / "docs" / "architecture.md").read_text("utf-8")
    folders = re.findall(r"^\| `([\w/]+/)` \|", page, re.M)
    assert len(folders) >= 10
    assert [folder for folder in folders if not (ROOT / folder).is_dir()] == []


def test_every_decision_is_listed() -> None:
    listing = (ROOT / "docs" / "decisions" / "README.md").read_text("utf-8")
    pages = {path.name for path in (ROOT / "docs" / "decisions").glob("0*.md")}
    assert pages == set(LINK.findall(listing))


def test_glossary_has_the_words_of_the_records() -> None:
    page = (ROOT / "docs" / "glossary.md").read_text("utf-8")
    for names in (THREAT_NAMES, LEVEL_NAMES, TIER_NAMES):
        for key, text in names.items():
            assert f"`{key}`" in page
            assert text.zh in page


def test_both_readmes_begin_with_picture_and_two_commands() -> None:
    for name in ("README.md", "README.zh-CN.md"):
        head = (ROOT / name).read_text("utf-8")[:1600]
        assert "docs/images/overview.png" in head
        assert "scripts/run" in head
        assert "scripts/test" in head


def test_nothing_committed_names_this_machine() -> None:
    forbidden = re.compile(
        r"/work/|\.\./shared/tools|registry\.npmjs\.org|pypi\.org|files\.pythonhosted|repo1?\.maven"
    )
    named = [
        str(path.relative_to(ROOT))
        for path in ours()
        if path.is_file() and path != Path(__file__) and forbidden.search(path.read_text("utf-8", "ignore"))
    ]
    assert named == []
