"""kill -9 at any step of a letter's life: nothing is lost or doubled, and the next run goes on from there.

A child process carries a letter from its draft to the lifted block and kills itself at its n-th step: after a
write to the state, before or after a commit, before or after the device acts. Then others go on.
"""

import json
import os
import random
import signal
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from shutil import copytree

import msgspec
import pytest

from taishi.core.clock import FixedClock
from taishi.core.notice_records import Notice, NoticeStep, Paper
from taishi.core.ports import Enforced, Standing
from taishi.core.problems import Refused
from taishi.core.records import Block, RiskEvent, Unit
from taishi.store.state.store import SqlStateStore
from tests.app.conftest import NOW, MemoryEvents, Office, verdict
from tests.app.loop.conftest import ALERT, HOST, UNIT, both, paper

FORK = get_context("fork")
#: So many of the steps are tried in the suite, all of them under TAISHI_SOAK.
TRIED = None if os.environ.get("TAISHI_SOAK") else 12
#: Afterwards each must have happened exactly once, in this order.
MOVES = ["draft", "approve", "issue", "receive", "answer", "recheck", "close"]


@dataclass
class Steps:
    """Counts the steps of a process; at the n-th it is gone."""

    fatal: int
    count: int = 0

    def step(self) -> None:
        self.count += 1
        if self.count == self.fatal:
            os.kill(os.getpid(), signal.SIGKILL)


class MortalStore(SqlStateStore):
    """The real store; every write and every end of a transaction is a step."""

    def __init__(self, path: Path, steps: Steps) -> None:
        super().__init__(str(path))
        self._steps = steps

    @contextmanager
    def transaction(self) -> Iterator[None]:
        with super().transaction():
            yield
            self._steps.step()
        self._steps.step()

    def put(self, *records: msgspec.Struct) -> None:
        super().put(*records)
        self._steps.step()


@dataclass
class MortalDevice:
    """Keeps what it drops in a file, as a device outlives our process."""

    file: Path
    steps: Steps
    name: str = "device"
    dry_run: bool = False

    def apply(self, block: Block, expires: datetime) -> Enforced:
        return self._keep({**self._kept(), block.address: expires.isoformat()})

    def lift(self, block: Block) -> Enforced:
        return self._keep({one: end for one, end in self._kept().items() if one != block.address})

    def standing(self) -> Standing:
        return Standing({one: datetime.fromisoformat(end) for one, end in self._kept().items()})

    def restore(self, blocks: Iterable[tuple[Block, datetime]]) -> Enforced:
        return self._keep({block.address: end.isoformat() for block, end in blocks})

    def _kept(self) -> dict[str, str]:
        return json.loads(self.file.read_text()) if self.file.exists() else {}

    def _keep(self, ends: dict[str, str]) -> Enforced:
        self.steps.step()
        self.file.write_text(json.dumps(ends))
        self.steps.step()
        return Enforced(True, False, ("device rule",))


def office(data: Path, fatal: int = 0) -> tuple[Office, Steps]:
    """A process of its own over the data; the clock is the story's."""
    steps = Steps(0)
    state = MortalStore(data / "state.sqlite", steps)
    device = MortalDevice(data / "device.json", steps)
    clock = FixedClock(datetime.fromisoformat(state.setting("now") or NOW.isoformat()))
    found = Office(state, clock, MemoryEvents(), device, data)  # type: ignore[arg-type]
    steps.fatal = fatal
    return found, steps


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """An alert, people, a unit; no letter yet."""
    folder = tmp_path / "before"
    folder.mkdir()
    found, _ = office(folder)
    found.staff()
    found.state.put(Unit("u1", UNIT))
    found.alerts.record(verdict(HOST, "compromised", "high"))
    found.state.close()
    return folder


def life(found: Office) -> None:
    """What people do, each act only where it is not done yet; whoever finds it done goes on."""
    for act in (_draft, _approve, _issue, _block, _receive, _answer, _recheck, _close):
        with suppress(Refused):
            act(found)
    found.loop.resume()


def letter(found: Office) -> Notice:
    return next(one for one in found.letters.list() if one.about is None)


def _draft(found: Office) -> None:
    if not found.letters.list():
        found.letters.draft([ALERT], "analyst")


def _approve(found: Office, by: str = "approver") -> None:
    found.letters.approve(letter(found).id, by, found.letters.text_hash(letter(found).id))


def _issue(found: Office) -> None:
    found.letters.issue(letter(found).id, "approver")


def _block(found: Office) -> None:
    known = found.blocks.list()
    block = known[0] if known else found.blocks.propose(ALERT, HOST, "analyst")
    if block.state == "proposed":
        found.blocks.approve(block.id, "approver")
    elif block.state == "approved":
        found.blocks.retry(block.id, "approver")


def _receive(found: Office) -> None:
    found.loop.receive(letter(found).id, "analyst")


def _answer(found: Office) -> None:
    found.loop.answer(letter(found).id, both(found, letter(found)), "analyst")


def _recheck(found: Office) -> None:
    if letter(found).state == "answered":
        _rechecked(found)


def _rechecked(found: Office) -> None:
    found.loop.recheck(letter(found).id, "analyst", paper(found, letter(found), "retest"))


def _close(found: Office, by: str = "approver") -> None:
    found.loop.close(letter(found).id, by)


def run(data: Path, fatal: int = 0) -> int | None:
    """The whole life in a process of its own; its exit status (negative: the signal)."""

    def child() -> None:
        found, steps = office(data, fatal)
        life(found)
        (data / "steps").write_text(str(steps.count))
        found.state.close()
        os._exit(0)

    process = FORK.Process(target=child)
    process.start()
    process.join(60)
    return process.exitcode


def whole(data: Path) -> None:
    """What must be true when everything is done, whatever happened on the way."""
    found, _ = office(data)
    assert not found.state.verify()
    notice = letter(found)
    assert (notice.state, notice.number) == ("closed", "示数资函〔2026〕1号")
    steps = [step for step in found.state.find(NoticeStep) if step.notice_id == notice.id]
    assert [step.move for step in steps] == MOVES
    audited = Counter(d.action for d in found.state.decisions() if d.object_id == notice.id)
    assert all(audited[move] == 1 for move in MOVES)
    [block] = found.blocks.list()
    assert (block.state, found.device.standing().ends) == ("lifted", {})
    lifts = [d for d in found.state.decisions() if (d.object_id, d.action) == (block.id, "lift")]
    assert len(lifts) == 1
    about = Counter(paper.type for paper in found.letters.papers_about(notice.id))
    assert about == {"recheck": 1, "lifting": 1}
    assert len(found.state.find(Paper)) == 3
    assert [risk.state for risk in found.state.find(RiskEvent)] == ["closed"]
    found.state.close()


def test_killed_at_any_step_it_goes_on_and_comes_out_the_same(data: Path, tmp_path: Path) -> None:
    untouched = tmp_path / "whole"
    copytree(data, untouched)
    assert run(untouched) == 0
    whole(untouched)
    steps = int((untouched / "steps").read_text())
    assert steps > 60
    every = range(1, steps + 1)
    for fatal in every if TRIED is None else sorted(random.Random(7).sample(every, TRIED)):
        killed = tmp_path / f"killed-{fatal}"
        copytree(data, killed)
        assert run(killed, fatal) == -signal.SIGKILL, fatal
        assert run(killed) == 0, fatal
        whole(killed)


def test_killed_again_and_again(data: Path) -> None:
    """Each process lives a little; in the end all is done, once."""
    dice = random.Random(11)
    for _ in range(60):
        if run(data, dice.randint(1, 25)) == 0:
            break
    assert run(data) == 0
    whole(data)


Act = Callable[[Office], object]
READY: tuple[Act, ...] = (_draft, _approve, _issue, _block, _answer, _recheck)
#: What two people do at the same moment, after the letter was brought to where both could.
RACES: dict[str, tuple[tuple[Act, ...], Act, Act]] = {
    "approve": (READY[:1], _approve, partial(_approve, by="admin")),
    "issue": (READY[:2], _issue, lambda f: f.letters.issue(letter(f).id, "admin")),
    "receive": (READY[:3], _receive, lambda f: f.loop.receive(letter(f).id, "admin")),
    "answer": (READY[:3], _answer, _answer),
    "recheck or return": (READY[:5], _rechecked, lambda f: f.loop.return_(letter(f).id, "admin", "不清")),
    "close": (READY, _close, partial(_close, by="admin")),
    "close or withdraw": (READY, _close, lambda f: f.letters.withdraw(letter(f).id, "admin", "发错")),
    "extend": (
        READY[:3],
        lambda f: f.loop.extend(letter(f).id, "approver", "停机", 6),
        lambda f: f.loop.extend(letter(f).id, "admin", "停机", 6),
    ),
}


@pytest.mark.parametrize("name", RACES)
def test_two_staff_at_once(data: Path, name: str) -> None:
    """Two processes: what one did the other is refused, or does after it; no move twice, none lost."""
    before, one, other = RACES[name]
    found, _ = office(data)
    for act in before:
        act(found)
    done = len(found.loop.history(letter(found).id))
    found.state.close()
    gate, answers = FORK.Barrier(2), FORK.SimpleQueue()

    def child(act: Act) -> None:
        mine, _ = office(data)
        gate.wait(30)
        try:
            act(mine)
            answers.put("done")
        except Refused as refused:
            answers.put(str(refused))
        mine.state.close()
        os._exit(0)

    staff = [FORK.Process(target=child, args=(act,)) for act in (one, other)]
    for process in staff:
        process.start()
    for process in staff:
        process.join(60)
    said = [answers.get() for _ in staff]
    found, _ = office(data)
    steps = found.loop.history(letter(found).id)[done:]
    assert not found.state.verify()
    assert len({step.id for step in steps}) == len(steps)
    if name == "recheck or return" and said.count("done") == 2:
        assert [step.move for step in steps] == ["recheck", "return"]  # in that order both may
    else:
        assert said.count("done") == 1, said
        assert len(steps) == 1
    if name.startswith("close"):
        block = found.blocks.list()[0]
        assert (block.state == "lifted") == (letter(found).state == "closed")
    found.state.close()
