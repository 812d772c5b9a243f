"""Makes the sample week: the files that real sensors read, with the truth about them."""

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from datetime import datetime, time
from importlib.util import find_spec
from pathlib import Path

import msgspec

from taishi.core.discover import discover
from taishi.core.ids import stable_id
from taishi.core.problems import Problem
from taishi.sample import background, scenes
from taishi.sample.files import write_logs, write_register, write_spec, write_truth
from taishi.sample.scene import PCAP, Scene, Told, Week

REGISTER, TRUTH, MANIFEST = "units.csv", "truth.json", "manifest.json"
#: Seconds; some four times what one slow core needs.
PATIENCE = 120


class SampleWeek(msgspec.Struct, frozen=True):
    """Where the week's files lie: the capture, the logs by name, the register of units, the truth."""

    pcap: Path
    logs: tuple[Path, ...]
    register: Path
    truth: Path


class Manifest(msgspec.Struct, frozen=True):
    """What a folder was made from, and the size of each of its files."""

    start: str
    seed: int
    version: str
    sizes: dict[str, int]


def make_week(folder: Path, *, start: datetime, seed: int = 7) -> SampleWeek:
    """The week [start, start + 7 days) in `folder`; `start` is a midnight with its zone, best a Monday's.

    The same start and seed give the same bytes. A folder that holds this very week is taken as it is;
    an older one of ours is replaced in one step. Raises Problem where `start` is no midnight, the folder
    holds other things, or scapy is missing.
    """
    if start.tzinfo is None or start.timetz().replace(tzinfo=None) != time():
        raise Problem(
            f"sample week: start {start.isoformat()} is no midnight with a zone; give 2026-11-16T00:00+08:00"
        )
    week, version = Week(start, seed), fingerprint()
    found = read_manifest(folder)
    if found is None or not stands(folder, found, week, version):
        if found is None and folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
            raise Problem(f"{folder}: is no folder of a sample week; name an empty or new one")
        replace(folder, week, version)
    logs = sorted(path for path in folder.iterdir() if path.suffix in (".log", ".jsonl"))
    return SampleWeek(folder / PCAP, tuple(logs), folder / REGISTER, folder / TRUTH)


def fingerprint() -> str:
    """Changes whenever code or a scene of this package does."""
    root = Path(__file__).parent
    sources = sorted(root.rglob("*.py"))
    return stable_id(
        *(part for path in sources for part in (path.relative_to(root).as_posix(), path.read_bytes()))
    )


def read_manifest(folder: Path) -> Manifest | None:
    try:
        return msgspec.json.decode((folder / MANIFEST).read_bytes(), type=Manifest)
    except (FileNotFoundError, NotADirectoryError, msgspec.DecodeError):
        return None


def stands(folder: Path, manifest: Manifest, week: Week, version: str) -> bool:
    """Whether the folder holds this week, whole."""
    wanted = (week.start.isoformat(), week.seed, version)
    return (manifest.start, manifest.seed, manifest.version) == wanted and sizes_of(folder) == manifest.sizes


def sizes_of(folder: Path) -> dict[str, int]:
    return {path.name: path.stat().st_size for path in sorted(folder.iterdir()) if path.name != MANIFEST}


def replace(folder: Path, week: Week, version: str) -> None:
    """Makes the week beside `folder` and puts it in its place, so that nobody sees a part of it."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f".{folder.name}-", dir=folder.parent) as beside:
        made, old = Path(beside, "made"), Path(beside, "old")
        made.mkdir()
        write(made, week, scratch=Path(beside))
        manifest = Manifest(week.start.isoformat(), week.seed, version, sizes_of(made))
        (made / MANIFEST).write_bytes(msgspec.json.encode(manifest))
        if folder.exists():
            os.rename(folder, old)
        os.rename(made, folder)


def all_scenes() -> Iterator[Scene]:
    for package in (background, scenes):
        for part in discover(package, "SCENE"):
            if not isinstance(part, Scene):
                raise TypeError(f"{package.__name__}: a SCENE must be a Scene, not {part!r}")
            yield part


def write(folder: Path, week: Week, *, scratch: Path) -> None:
    told = Told()
    for scene in all_scenes():
        part = scene.tell(week)
        told.conversations += part.conversations
        told.lines += part.lines
        told.truths += part.truths
    spec = scratch / "spec.json"
    write_spec(spec, told.conversations)
    craft(spec, folder / PCAP)
    write_logs(folder, told.lines)
    write_register(folder / REGISTER, week.start)
    write_truth(folder / TRUTH, week, told.truths)


def craft(spec: Path, pcap: Path) -> None:
    """Runs `craft.py` in a process of its own, because only that may hold scapy."""
    if find_spec("scapy") is None:
        raise Problem("scapy is missing, which crafts the sample's packets; install it: pip install scapy")
    script = Path(__file__).with_name("craft.py")
    # scapy keeps settings in the home folder; the scratch folder goes away.
    quiet = {"HOME": str(spec.parent), "PATH": os.environ.get("PATH", "")}
    command = [sys.executable, "-I", str(script), str(spec), str(pcap)]
    done = subprocess.run(command, env=quiet, capture_output=True, text=True, timeout=PATIENCE)  # noqa: S603
    if done.returncode:
        why = (done.stderr.strip().splitlines() or ["no word"])[-1]
        raise Problem(f"crafting {pcap.name} failed: {why}")
