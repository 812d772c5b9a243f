"""What a step of a story has changed: letters and blocks that moved, what waits, what was refused and why."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from taishi.app.desk import Desk
from taishi.app.reports.counters import block_figures, notice_figures
from taishi.app.window import Window
from taishi.core.notice_records import Notice, NoticeStep
from taishi.core.ports import Find
from taishi.core.problems import Problem
from taishi.core.records import Alert, Block, PlaybookRun
from taishi.core.text import Text


@dataclass(frozen=True)
class Moved:
    """A letter after one move of its."""

    letter: Notice
    step: NoticeStep


@dataclass(frozen=True)
class Refused:
    """What was not allowed, and why."""

    what: str
    why: Text


@dataclass(frozen=True)
class Queues:
    """What waits. Subjects: `ownerless` (未登记), `weekly` for the end of their week, lines of a `summary`;
    addresses: `proposed` for a decision on their block."""

    ownerless: tuple[str, ...]
    weekly: tuple[str, ...]
    summary: tuple[str, ...]
    proposed: tuple[str, ...]


@dataclass(frozen=True)
class Played:
    """One step with its effects; `ended` is the moment it left the clock at."""

    n: int
    at: datetime
    ended: datetime
    letters: Sequence[Moved]
    blocks: Sequence[Block]
    queues: Queues
    refused: Sequence[Refused]


@dataclass(frozen=True)
class End:
    """The letters and blocks of the whole story, counted as reports count them."""

    issued: int
    closed: int
    open: int
    withdrawn: int
    overdue: int
    applied: int
    active: int
    lifted: int


class Effects:
    """Compares with what it told last."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._blocks: dict[str, Block] = {}
        self._steps: set[str] = set()
        self._runs: set[tuple[str, str]] = set()
        self._since: datetime | None = None

    def of(self, n: int, at: datetime, refused: Sequence[tuple[str, Problem]]) -> Played:
        """Since the last call."""
        told = [Refused(what, getattr(why, "text", Text(str(why), str(why)))) for what, why in refused]
        ended, told = self._desk.clock.now(), [*self._not_done(), *told]
        played = Played(n, at, ended, self._moved(), self._changed(), self._queues(), told)
        self._since = ended
        return played

    def _moved(self) -> list[Moved]:
        found = self._desk.state.find(NoticeStep, Find(between={"at": (self._since, None)}))
        new = [step for step in found if step.id not in self._steps]
        self._steps |= {step.id for step in new}
        by_time = sorted(new, key=lambda step: (step.at, step.notice_id, step.id))
        return [Moved(self._desk.letters.get(step.notice_id), step) for step in by_time]

    def _changed(self) -> list[Block]:
        now = {block.id: block for block in self._desk.state.find(Block)}
        new = [block for key, block in now.items() if self._blocks.get(key) != block]
        self._blocks = now
        return new

    def _not_done(self) -> list[Refused]:
        """What the policy called for and may not be done."""
        found = [run for run in self._desk.state.find(PlaybookRun) if not run.ok]
        new = [run for run in found if (run.id, run.result.en) not in self._runs]
        self._runs |= {(run.id, run.result.en) for run in new}
        return [Refused(f"{run.alert_id} {run.action}", run.result) for run in new]

    def _queues(self) -> Queues:
        policy = self._desk.settings.policy()
        ownerless, weekly, summary = [], [], []
        for alert in self._desk.state.find(Alert, Find(where={"state": ("new", "confirmed")})):
            verdict = alert.verdict
            measure = policy.measure(verdict.threat, verdict.level)
            if verdict.unit is None:
                ownerless.append(verdict.subject)
            elif measure.letter is None:
                summary.append(verdict.subject)
            elif measure.when == "weekly" and self._desk.measures.told(alert, measure.letter) is None:
                weekly.append(verdict.subject)
        proposed = (block.address for block in self._desk.blocks.list("proposed"))
        return Queues(tuple(ownerless), tuple(weekly), tuple(summary), tuple(proposed))


def end_of(desk: Desk, since: datetime) -> End:
    """From the story's beginning up to now."""
    now = desk.clock.now()
    window = Window(since, now + datetime.resolution)
    letters, blocks = notice_figures(desk.state, window, now), block_figures(desk.state, window, now)
    return End(**vars(letters), **vars(blocks))
