"""Loading what may crash, hang or eat the memory: in a child process that can do no harm."""

import multiprocessing
import resource
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path

from taishi.core.event import Json
from tests.detections.engine.conformance.driver import as_yaml, engine_hits, loaded, refusals, rule_document

#: Each file is to be judged within a second; machines that are busy get this many.
SECONDS = 5
#: How much address space a child may take beyond what it was born with.
_ROOM = 2 << 30
ID = "7d4c0f5e-2f5a-4f0e-9a39-3b5dd4a1f001"
SOURCE = "logsource: {product: taishi, category: other}\n"
HEAD = f"title: Bad\nid: {ID}\n{SOURCE}"
#: The good rule of every folder, and an event that it hits.
GOOD = as_yaml(rule_document({"good": {"Good": "yes"}, "condition": "good"}, "The good rule"))
EVENT: dict[str, Json] = {"Good": "yes", "F": "a" * 40 + "!", "G": "x"}


@dataclass
class Verdict:
    """What came of a folder: rules taken, `path: reason` of those refused, titles that hit EVENT."""

    taken: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    hit: set[str] = field(default_factory=set)
    seconds: float = 0.0
    crash: str = ""

    @property
    def reason(self) -> str:
        """The one refusal's line."""
        assert len(self.refused) == 1, self.refused
        return self.refused[0]


def judged_apart(folder: Path) -> Verdict:
    """Loads the folder and matches EVENT in a child; its crash, exception or delay is told in `crash`."""
    context = multiprocessing.get_context("fork")
    ours, theirs = context.Pipe(duplex=False)
    child = context.Process(target=_judge, args=(folder, theirs))
    child.start()
    theirs.close()
    try:
        return _received(ours, child.join)
    finally:
        child.kill()
        child.join()
        ours.close()


def _received(ours: Connection, join: Callable[[], None]) -> Verdict:
    if not ours.poll(SECONDS * 4):
        return Verdict(crash=f"not done after {SECONDS * 4} s")
    try:
        found = ours.recv()
    except EOFError:
        join()
        return Verdict(crash="the process died")
    return found if isinstance(found, Verdict) else Verdict(crash=str(found))


def _judge(folder: Path, theirs: Connection) -> None:
    size = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (size + _ROOM, size + _ROOM))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    begun = time.process_time()
    try:
        pack = loaded([folder])
        hit = engine_hits(pack, [EVENT], tables=False)[0]
        seconds = time.process_time() - begun
        taken = [rule.title for rule in pack.rules] + [one.title for one in pack.correlations]
        theirs.send(Verdict(taken, refusals(pack), hit, seconds))
    except BaseException as error:  # noqa: BLE001  whatever it is, the parent must tell it
        theirs.send(f"{type(error).__name__}: {error}"[:500])


def judge(folder: Path) -> Verdict:
    """The folder's verdict, with the good rule in it, and what must always be so."""
    (folder / "good.yml").write_text(GOOD, "utf-8")
    found = judged_apart(folder)
    assert found.crash == ""
    assert "The good rule" in found.hit
    assert found.seconds <= SECONDS
    assert not [line for line in found.refused if "\n" in line or "Traceback" in line or len(line) > 1000]
    return found


def rule(detection: str, more: str = "") -> str:
    return f"{HEAD}{more}detection: {detection}\n"


def one(item: str, condition: str = "s") -> str:
    return rule(f"{{s: {{{item}}}, condition: {condition}}}")
