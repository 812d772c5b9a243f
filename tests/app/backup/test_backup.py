"""A backup is everything at one moment; restored it gives the same answers, damaged it gives none."""

import json
import os
import shutil
import subprocess
import sys
import tarfile
import threading
from collections.abc import Mapping
from io import BytesIO
from pathlib import Path

import pytest

from taishi.app.backup.contents import Contents
from taishi.app.backup.making import make_backup
from taishi.app.backup.restoring import restore
from taishi.app.desk import Desk, open_desk
from taishi.core.ledger import INBOX, Delivery, Fates
from taishi.core.ports import Query
from taishi.core.problems import Problem
from taishi.core.records import SensorEntry, Unit
from tests.app.backup.conftest import NOW, data, desk, flows

__all__ = ["data", "desk"]


def quiet(_: str) -> None:
    pass


def backup(data: Path, target: Path) -> Contents:
    return make_backup(data, target, "embedded", NOW, quiet)[0]


def answers(desk: Desk) -> Mapping[str, object]:
    found = desk.events.search(Query(limit=1000)).events
    return {
        "events": [(one.id, one.fields["destination.port"]) for one in found],
        "ledger": dict(desk.events.ledger()),
        "units": desk.state.find(Unit),
        "sensors": desk.state.find(SensorEntry),
        "audit": [(one.action, one.object_id) for one in desk.state.decisions()],
        "bureau": desk.settings.bureau(),
    }


def test_destroyed_and_restored_it_answers_the_same(desk: Desk, data: Path, tmp_path: Path) -> None:
    before = answers(desk)
    contents = backup(data, tmp_path / "b.tar")
    desk.close()
    shutil.rmtree(data)
    assert restore(tmp_path / "b.tar", data, quiet) == contents
    again = open_desk(data)
    assert answers(again) == before
    assert contents.events == 600
    assert before["ledger"] == {"": Fates(), INBOX: Fates(600, 100, 3)}
    assert again.events.write([flows(0, 600)], Delivery(INBOX)).stored == 0
    assert (data / "papers" / "报告.bin").read_bytes() == bytes(range(256)) * 40
    assert not (data / "sensors" / "x").exists()
    assert again.state.verify() == []
    again.close()


def test_nobody_else_may_read_it(desk: Desk, data: Path, tmp_path: Path) -> None:
    backup(data, tmp_path / "b.tar")
    assert (tmp_path / "b.tar").stat().st_mode & 0o777 == 0o600
    restore(tmp_path / "b.tar", tmp_path / "other", quiet)
    for path in [tmp_path / "other", *(tmp_path / "other").rglob("*")]:
        assert path.stat().st_mode & 0o077 == 0, path
    assert not list(data.glob(".backup*"))


def test_made_under_load_it_is_one_moment(desk: Desk, data: Path, tmp_path: Path) -> None:
    """Events come and roll meanwhile: what was acknowledged before is in it, all can be restored."""
    stop = threading.Event()

    def load() -> None:
        first = 1000
        while not stop.is_set():
            desk.events.write([flows(first, 50)], Delivery(INBOX))
            getattr(desk.events, "flush")()  # noqa: B009
            desk.events.maintain(NOW)
            first += 50

    loader = threading.Thread(target=load)
    loader.start()
    try:
        for number in range(4):
            before = desk.events.count(Query())
            contents = backup(data, tmp_path / f"{number}.tar")
            assert contents.events is not None
            assert before <= contents.events <= desk.events.count(Query())
            restore(tmp_path / f"{number}.tar", tmp_path / f"restored-{number}", quiet)
    finally:
        stop.set()
        loader.join()


@pytest.mark.parametrize("seed", range(8))
def test_a_backup_that_was_changed_is_refused(desk: Desk, data: Path, tmp_path: Path, seed: int) -> None:
    backup(data, tmp_path / "b.tar")
    body = bytearray((tmp_path / "b.tar").read_bytes())
    with tarfile.open(tmp_path / "b.tar") as tar:
        members = [one for one in tar if one.size]
    member = members[seed * (len(members) - 1) // 7]
    body[member.offset_data + member.size // 2] ^= 1
    (tmp_path / "b.tar").write_bytes(body)
    with pytest.raises(Problem, match="damaged"):
        restore(tmp_path / "b.tar", tmp_path / "other", quiet)
    assert not (tmp_path / "other").exists()
    assert not list(tmp_path.glob(".other*"))


@pytest.mark.parametrize("part", [0, 0.3, 0.9, 0.999])
def test_a_backup_that_was_cut_is_refused(desk: Desk, data: Path, tmp_path: Path, part: float) -> None:
    backup(data, tmp_path / "b.tar")
    body = (tmp_path / "b.tar").read_bytes()
    end = body.rstrip(b"\0")
    (tmp_path / "b.tar").write_bytes(body[: int(len(end) * part)])
    with pytest.raises(Problem, match="damaged"):
        restore(tmp_path / "b.tar", tmp_path / "other", quiet)
    assert not (tmp_path / "other").exists()


@pytest.mark.parametrize("name", ["../evil", "/evil", "a/../../evil"])
def test_nothing_leads_out_of_the_folder(tmp_path: Path, name: str) -> None:
    with tarfile.open(tmp_path / "b.tar", "w") as tar:
        member = tarfile.TarInfo(name)
        member.size = 4
        tar.addfile(member, BytesIO(b"evil"))
    with pytest.raises(Problem, match="leads out"):
        restore(tmp_path / "b.tar", tmp_path / "deep" / "other", quiet)
    assert not list(tmp_path.rglob("evil"))


def test_links_are_refused(tmp_path: Path) -> None:
    with tarfile.open(tmp_path / "b.tar", "w") as tar:
        member = tarfile.TarInfo("state.sqlite")
        member.type, member.linkname = tarfile.SYMTYPE, "/etc/passwd"
        tar.addfile(member)
    with pytest.raises(Problem, match="does not belong"):
        restore(tmp_path / "b.tar", tmp_path / "other", quiet)


def test_what_cannot_be_is_told(desk: Desk, data: Path, tmp_path: Path) -> None:
    (tmp_path / "there.tar").touch()
    for target, why in (
        (tmp_path / "there.tar", "exists already"),
        (tmp_path / "nowhere" / "b.tar", "is no folder"),
        (data / "b.tar", "in the data directory"),
    ):
        with pytest.raises(Problem, match=why):
            backup(data, target)
    with pytest.raises(Problem, match="holds no data"):
        backup(tmp_path / "empty", tmp_path / "b.tar")
    with pytest.raises(Problem, match="is not empty"):
        restore(tmp_path / "there.tar", data, quiet)
    with pytest.raises(Problem, match="no such file"):
        restore(tmp_path / "none.tar", tmp_path / "other", quiet)


def test_a_full_disk_leaves_nothing_half(desk: Desk, data: Path, tmp_path: Path) -> None:
    full = tmp_path / "full"
    full.mkdir()
    if (
        os.geteuid()
        or subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "none", full], check=False).returncode
    ):
        pytest.skip("a small file system needs root and mount")
    try:
        with pytest.raises(Problem, match="cannot be written"):
            backup(data, full / "b.tar")
        assert list(full.iterdir()) == []
    finally:
        subprocess.run(["umount", full], check=True)


def run(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "taishi.cli.main", *words], capture_output=True, text=True, check=False
    )


def test_by_command_beside_a_running_writer(desk: Desk, data: Path, tmp_path: Path) -> None:
    done = run("backup", str(tmp_path / "b.tar"), "--data", str(data), "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["events"] == 600
    looked = run("doctor", "--data", str(data), "--json")
    (told,) = [one for one in json.loads(looked.stdout)["findings"] if one["check"] == "backups"]
    assert (told["grade"], told["clauses"]) == ("ok", ["C11"])
    done = run("restore", str(tmp_path / "b.tar"), "--data", str(tmp_path / "other"), "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["events"] == 600
    again = run("restore", str(tmp_path / "b.tar"), "--data", str(tmp_path / "other"))
    assert again.returncode == 2
    assert "is not empty" in again.stderr
    assert desk.state.decisions()[-1].action == "backup"
