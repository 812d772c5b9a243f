"""Whatever a release brings along, only its rules get in, and never out of the folder they go to."""

import os
import stat
import zipfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from taishi.app import rule_release
from taishi.app.rule_release import take_release
from taishi.core.problems import Problem
from tests.app.test_rulebook import lay, rule

COMMIT = "0123456789abcdef0123456789abcdef01234567"


def archive(path: Path, members: dict[str, str], comment: bytes = b"") -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as made:
        made.comment = comment
        for name, text in members.items():
            made.writestr(name, text)
    return path


def names(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def test_a_sigmahq_release_zip(tmp_path: Path) -> None:
    release = archive(
        tmp_path / "sigma_all.zip",
        {
            "rules/windows/one.yml": rule(1),
            "rules-emerging-threats/2026/two.yml": rule(2),
            "rules-threat-hunting/three.yml": rule(3),
            "deprecated/four.yml": rule(4),
            "unsupported/five.yml": rule(5),
            "version.txt": "Release: r2026-11-01\n",
            "README.md": "words",
        },
    )
    taken = take_release(release, tmp_path / "into")
    assert names(tmp_path / "into") == [
        "rules-emerging-threats/2026/two.yml",
        "rules-threat-hunting/three.yml",
        "rules/windows/one.yml",
    ]
    assert taken.version == "r2026-11-01"
    assert taken.left_out == {"deprecated": 1, "unsupported": 1}


def test_a_checkouts_zip_says_its_commit(tmp_path: Path) -> None:
    checkout = archive(
        tmp_path / "main.zip",
        {"sigma-main/rules/one.yml": rule(1), "sigma-main/tests/two.yml": rule(2)},
        COMMIT.encode(),
    )
    taken = take_release(checkout, tmp_path / "into")
    assert (taken.version, taken.left_out) == (COMMIT, {"tests": 1})
    assert names(tmp_path / "into") == ["rules/one.yml"]


def test_a_wrapping_folders_name_is_better_than_nothing(tmp_path: Path) -> None:
    taken = take_release(archive(tmp_path / "a.zip", {"mine-1.2/one.yml": rule(1)}), tmp_path / "into")
    assert taken.version == "mine-1.2"
    assert names(tmp_path / "into") == ["one.yml"]


@pytest.mark.parametrize("packed", [False, True])
def test_a_git_checkout_says_its_commit(tmp_path: Path, packed: bool) -> None:
    checkout = lay(tmp_path / "sigma" / "rules", one=rule(1)).parent
    git = checkout / ".git"
    (git / "refs" / "heads").mkdir(parents=True)
    (git / "HEAD").write_text("ref: refs/heads/master\n")
    if packed:
        (git / "packed-refs").write_text(f"# pack-refs with: peeled\n{COMMIT} refs/heads/master\n")
    else:
        (git / "refs" / "heads" / "master").write_text(f"{COMMIT}\n")
    assert take_release(checkout, tmp_path / "into").version == COMMIT


@pytest.mark.parametrize("head", ["ref: ../../secret", "ref: refs/../../secret", "secret", ""])
def test_a_checkout_reads_nothing_outside_of_itself(tmp_path: Path, head: str) -> None:
    checkout = lay(tmp_path / "sigma", one=rule(1))
    (tmp_path / "secret").write_text(COMMIT)
    (checkout / ".git").mkdir()
    (checkout / ".git" / "HEAD").write_text(head)
    assert take_release(checkout, tmp_path / "into").version == ""


@pytest.mark.parametrize(
    "name", ["../out.yml", "rules/../../out.yml", "/out.yml", "C:/out.yml", "rules\\..\\..\\out.yml"]
)
def test_a_name_that_leads_out_is_refused(tmp_path: Path, name: str) -> None:
    bad = archive(tmp_path / "bad.zip", {"rules/one.yml": rule(1), name: rule(2)})
    with pytest.raises(Problem, match="leads out of the folder"):
        take_release(bad, tmp_path / "sub" / "into")
    assert not (tmp_path / "out.yml").exists()
    assert not (tmp_path / "sub" / "out.yml").exists()


def test_a_link_in_an_archive_is_refused(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "bad.zip", "w") as made:
        link = zipfile.ZipInfo("rules/link.yml")
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        made.writestr(link, "/etc/passwd")
    with pytest.raises(Problem, match="holds a link"):
        take_release(tmp_path / "bad.zip", tmp_path / "into")


def test_a_link_out_of_a_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "secret.yml").write_text("secret: 1")
    folder = lay(tmp_path / "pack", one=rule(1))
    (folder / "link.yml").symlink_to(tmp_path / "secret.yml")
    with pytest.raises(Problem, match="link out of the folder"):
        take_release(folder, tmp_path / "into")


def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    folder = lay(tmp_path / "pack", one=rule(1))
    os.mkfifo(folder / "pipe.yml")
    assert take_release(folder, tmp_path / "into").files == 1


@pytest.mark.parametrize("bound", ["MOST_BYTES", "MOST_FILES"])
def test_what_unpacks_beyond_all_measure_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, bound: str
) -> None:
    monkeypatch.setattr(rule_release, bound, 1 << 20 if bound == "MOST_BYTES" else 3)
    bomb = archive(tmp_path / "bomb.zip", {f"{n}.yml": "#" * (1 << 19) for n in range(4)})
    assert bomb.stat().st_size < 10_000
    with pytest.raises(Problem, match="no rule pack"):
        take_release(bomb, tmp_path / "into")


def test_a_members_own_word_on_its_size_is_not_believed(tmp_path: Path) -> None:
    liar = archive(tmp_path / "liar.zip", {"a.yml": "#" * 5000})
    content = bytearray(liar.read_bytes())
    size = (5000).to_bytes(4, "little")
    content[content.rindex(size) : content.rindex(size) + 4] = (10).to_bytes(4, "little")
    liar.write_bytes(content)
    try:
        take_release(liar, tmp_path / "into")
    except Problem as problem:
        assert "cannot be unpacked" in str(problem)  # noqa: PT017 - either answer is right


@pytest.mark.parametrize(
    ("members", "words"),
    [({"a.yml": "x", "a.yml/b.yml": "y"}, "cannot be unpacked"), ({"a\x1b[2J.yml": "x"}, "printed")],
)
def test_names_that_no_folder_can_hold(tmp_path: Path, members: dict[str, str], words: str) -> None:
    with pytest.raises(Problem, match=words):
        take_release(archive(tmp_path / "odd.zip", members), tmp_path / "into")


@pytest.mark.parametrize("content", [b"", b"PK", b"not an archive"])
def test_what_is_no_archive(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "x.zip").write_bytes(content)
    with pytest.raises(Problem, match="is not a zip archive"):
        take_release(tmp_path / "x.zip", tmp_path / "into")


def test_a_member_without_a_name_is_passed_over(tmp_path: Path) -> None:
    made = archive(tmp_path / "x.zip", {"rules/one.yml": rule(1), "z": "none"})
    content = made.read_bytes()
    at = content.rindex(b"PK\x01\x02")
    made.write_bytes(content[: at + 46] + b"\0" + content[at + 47 :])  # zipfile ends a name at its first zero
    assert take_release(made, tmp_path / "into").files == 1


@given(data=st.data())
def test_a_damaged_archive_is_one_line(data: st.DataObject, tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("damaged")
    made = archive(folder / "x.zip", {"rules/one.yml": rule(1), "rules/two.yml": rule(2)})
    content = bytearray(made.read_bytes())
    for _ in range(data.draw(st.integers(1, 6))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    made.write_bytes(content)
    try:
        taken = take_release(made, folder / "into")
    except Problem as problem:
        assert "\n" not in str(problem)  # noqa: PT017 - either answer is right
    else:
        assert taken.files == len(names(folder / "into"))


def test_the_digest_of_a_folder_is_of_its_rules_alone(tmp_path: Path) -> None:
    folder = lay(tmp_path / "pack", one=rule(1))
    first = take_release(folder, tmp_path / "a").sha256
    (folder / "notes.txt").write_text("not a rule")
    assert take_release(folder, tmp_path / "b").sha256 == first
    lay(folder, two=rule(2))
    assert take_release(folder, tmp_path / "c").sha256 != first
