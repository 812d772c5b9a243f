"""The way of an event: file → events (stamped, durable) → hits → alerts → playbooks. One method an arrow."""

import logging
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, contextmanager
from datetime import timedelta
from pathlib import Path

from detections.detector import Behaviours
from detections.intel.index import Index
from detections.personal.shield import shield
from detections.rule_watch import RuleWatch
from playbooks.playbook import Playbook
from sensors.choose import sensors
from taishi.app.behaviour_progress import BehaviourMemory
from taishi.app.desk import Desk
from taishi.app.discovery import Discovery
from taishi.app.hunting import holding
from taishi.app.intake import Input, read, shown
from taishi.app.judging import Judging
from taishi.app.quarantine import Quarantine
from taishi.app.rule_progress import Reading, RuleProgress, save, saved
from taishi.core.event import Batch
from taishi.core.ids import stable_id
from taishi.core.ledger import INBOX, Delivery
from taishi.core.records import Hit, InputFile

log = logging.getLogger("taishi.pipeline")

#: What correlations remember is written at every change, unless it is large (bytes): then this often.
LARGE, LARGE_EVERY = 1 << 20, timedelta(minutes=1)
#: Of a file's name in that of its quarantine: names have 255 bytes at the most, a letter up to four.
_MOST_LETTERS = 60


class Pipeline:
    """Everything between a file and a proposal. Single-threaded: one job at a time calls it.

    Rules and behaviours go on where they were when `_remember` was last called: what they remember is kept
    beside the cursor. Since a hit's id is made from rule and evidence, seeing an event again changes nothing.
    """

    def __init__(
        self,
        desk: Desk,
        rules: RuleWatch,
        behaviours: Behaviours,
        playbooks: Iterable[Playbook],
        quarantine: Quarantine | None = None,
        networks: str = "",
        memory: Path | None = None,
        discovery: Discovery | None = None,
    ) -> None:
        """`networks`: a word for the ones that hits are made for; rules begin anew where it is another.
        `discovery` is shown what rules are shown.
        `memory`: the file that keeps what behaviours remember; without it they begin with the first event."""
        self._desk = desk
        self._quarantine = quarantine
        self._rules, self._behaviours = rules, behaviours
        self._judging = Judging(desk, playbooks, lambda hit: self._rules.exceptions.admits_hit(hit))
        self._networks = networks
        self._discovery = discovery
        self._sensors = sensors(desk.field_maps.folder)
        self._memory = BehaviourMemory(memory, networks) if memory else None
        self._at, self._behaviours_at = self._resumed(), Reading()
        if self._memory is not None:
            self._behaviours_at = self._memory.resume(behaviours, desk.events)
        self._remembered = self._at
        self._remember_next = desk.clock.now()

    @property
    def stuck(self) -> dict[str, str]:
        """Subjects that cannot be judged, each with why."""
        return self._judging.stuck

    @property
    def owes(self) -> bool:
        """Whether something is found and not judged."""
        return self._judging.owes

    @property
    def reading(self) -> Reading:
        """How far rules have come in the stored events."""
        return self._at

    @property
    def rules(self) -> RuleWatch:
        """The rules at work."""
        return self._rules

    def renew(self, rules: RuleWatch) -> None:
        """Other rules from now on; correlations that are the same go on with what they remember."""
        rules.restore(self._rules.snapshot(), self._desk.clock.now())
        self._rules = rules

    def _resumed(self) -> Reading:
        found = saved(self._desk.state, self._desk.events, self._networks)
        if found is None:
            return Reading()
        try:
            self._rules.restore(found.watch, self._desk.clock.now())
        except ValueError as error:
            log.warning("rules begin with the first stored event: %s", error)
            return Reading()
        return Reading(found.cursor, found.last)

    def take(
        self, path: Path, sights: Callable[[Batch], None] | None = None, sensor: str = INBOX
    ) -> Input | None:
        """Reads a file that is new or has changed since; None where there is nothing to do. `sights` is
        shown every stamped batch; `sensor`: for whom its records count."""
        stat = path.stat()
        seen = self._desk.state.get(InputFile, stable_id(shown(path)))
        if seen is not None and (seen.size, seen.modified_ns) == (stat.st_size, stat.st_mtime_ns):
            return None
        report = Input(shown(path))
        with self._quarantined(report) as count:
            batches = self._stamped(read(path, report, self._sensors), sights)
            self._desk.events.write(batches, Delivery(sensor, count))
        self._desk.state.put(self._receipt(report, stat.st_size, stat.st_mtime_ns))
        return report

    @contextmanager
    def _quarantined(self, report: Input) -> Iterator[Callable[[], int]]:
        """Keeps what cannot be read. Gives what makes it durable and says how many records these are."""
        if self._quarantine is None:
            yield lambda: report.quarantined
            return
        name = f"{Path(report.path).name[:_MOST_LETTERS]}.{stable_id(report.path)[:8]}"
        with closing(self._quarantine.reading(name, report.path)) as kept:
            report.keep = kept.add

            def count() -> int:
                kept.settle()
                return report.quarantined

            yield count

    def _receipt(self, report: Input, size: int, modified_ns: int) -> InputFile:
        return InputFile(
            stable_id(report.path),
            report.path,
            report.kind,
            size,
            modified_ns,
            self._desk.clock.now(),
            report.events,
            report.quarantined,
            dict(report.reasons),
            report.unusable,
        )

    def _stamped(self, batches: Iterator[Batch], sights: Callable[[Batch], None] | None) -> Iterator[Batch]:
        stamp = self._desk.stamping()
        for batch in batches:
            stamped = stamp(shield(batch))
            if sights is not None:
                sights(stamped)
            yield stamped

    def detect(self) -> int:
        """Everything stored since the last call becomes hits, and hits alerts. Gives the events rules saw."""
        seen, news = self._observe()
        news = self._hunt() or news
        self.owe(self._rules.settle(self._desk.clock.now()))
        if news:
            admits = self._rules.exceptions.admits_hit
            self.owe(hit for hit in self._behaviours.standing() if admits(hit))
        self._judging.settle(self._behaviours.hosts)
        if self._discovery is not None:
            self._discovery.flush()
        self._remember()
        return seen

    def owe(self, hits: Iterable[Hit]) -> None:
        """Hits that were found elsewhere; the next `detect` judges them."""
        self._judging.owe(hits)

    def _observe(self) -> tuple[int, bool]:
        """Shows to rules and to behaviours every stored event that is new to them.

        Gives how many events the rules saw, and whether behaviours saw any. Where both are at the same
        place, one reading feeds both.
        """
        seen, news, now = 0, False, self._desk.clock.now()
        while True:
            together = self._behaviours_at == self._at
            batches, self._at = self._read(self._at)
            for batch in batches:
                self.owe(self._rules.observe(batch, now))
                if self._discovery is not None:
                    self._discovery.see(batch)
                seen += len(batch)
            if together:
                others, self._behaviours_at = batches, self._at
            else:
                others, self._behaviours_at = self._read(self._behaviours_at)
            for batch in others:
                self._behaviours.observe(batch, now)
            news = news or bool(others)
            if not batches and not others:
                return seen, news

    def _read(self, place: Reading) -> tuple[list[Batch], Reading]:
        batches, cursor = self._desk.events.stream(place.cursor)
        return batches, place.after(batches, cursor)

    def _remember(self) -> None:
        """Saves how far rules and behaviours have come, once everything that they found is judged."""
        place, now = self._at, self._desk.clock.now()
        if self._memory is not None and not self._judging.owes:
            self._memory.keep(self._behaviours, self._behaviours_at, now)
        if self._judging.owes or not place.last or place == self._remembered or now < self._remember_next:
            return
        watch = self._rules.snapshot()
        save(self._desk.state, RuleProgress(place.cursor or "", place.last, self._networks, watch))
        self._remembered = place
        self._remember_next = now + (LARGE_EVERY if len(watch) > LARGE else timedelta())

    def close(self) -> None:
        """Writes what is remembered, so that the next start goes on from here."""
        if self._discovery is not None:
            self._discovery.flush(everything=True)
        if self._memory is not None and not self._judging.owes:
            self._memory.keep(self._behaviours, self._behaviours_at, self._desk.clock.now(), at_once=True)

    def know(self, known: Index) -> None:
        """Other indicators from now on; what is new among them is hunted for in what was seen before."""
        self._behaviours.intel.index = known

    def _hunt(self) -> bool:
        """Looks for new indicators in everything that was seen before; whether there were any."""
        watch = self._behaviours.intel
        new = watch.unhunted()
        if not len(new):
            return False
        for batch in holding(self._desk.events, new, self._behaviours_at.cursor):
            watch.observe(batch, new)
        watch.hunted()
        return True

    def act(self) -> None:
        """What follows from alerts that are new or have changed."""
        self._judging.act()
