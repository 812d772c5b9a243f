"""The way of an event: file → events (stamped, durable) → hits → alerts → playbooks. One method an arrow."""

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from detections.detector import Detector
from detections.verdict import judge
from enrichment.ownership import OwnershipEnricher
from enrichment.register import AddressRegister
from playbooks.playbook import Playbook
from playbooks.runner import Runner
from taishi.app.actions import actions
from taishi.app.desk import Desk
from taishi.app.intake import Input, read
from taishi.core.event import Batch
from taishi.core.ids import stable_id
from taishi.core.ports import Find
from taishi.core.records import Alert, Asset, Hit, InputFile, Unit


class Pipeline:
    """Everything between a file and a proposal. Single-threaded: one job at a time calls it.

    Detection keeps what behaviours have seen in memory and starts from the first stored event; since a
    hit's id is made from rule and evidence, a replay after a restart changes nothing.
    """

    def __init__(self, desk: Desk, detector: Detector, playbooks: Iterable[Playbook]) -> None:
        self._desk = desk
        self._detector = detector
        self._playbooks = tuple(playbooks)
        self._runner = Runner(desk.state, desk.clock, actions(desk))
        self._cursor: str | None = None
        self._known: dict[str, Hit] = {}

    def take(self, path: Path) -> Input | None:
        """Reads a file that is new or has changed since; None where there is nothing to do."""
        stat = path.stat()
        seen = self._desk.state.get(InputFile, stable_id(str(path)))
        if seen is not None and (seen.size, seen.modified_ns) == (stat.st_size, stat.st_mtime_ns):
            return None
        report = Input(str(path))
        self._desk.events.write(self._stamped(read(path, report)))
        self._desk.state.put(self._receipt(report, stat.st_size, stat.st_mtime_ns))
        return report

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

    def _stamped(self, batches: Iterator[Batch]) -> Iterator[Batch]:
        state = self._desk.state
        enricher = OwnershipEnricher(AddressRegister(state.find(Unit), state.find(Asset)))
        return map(enricher.enrich, batches)

    def detect(self) -> list[Alert]:
        """Everything stored since the last call, judged; the alerts that changed by it."""
        fresh: list[Hit] = []
        while True:
            batches, self._cursor = self._desk.events.stream(self._cursor)
            if not batches:
                break
            fresh += (hit for batch in batches for hit in self._detector.observe(batch))
        fresh += self._detector.standing()
        return self._judge([hit for hit in fresh if self._known.get(hit.id) != hit])

    def _judge(self, hits: list[Hit]) -> list[Alert]:
        state = self._desk.state
        with state.transaction():
            state.put(*hits)
        self._known.update((hit.id, hit) for hit in hits)
        changed: list[Alert] = []
        for subject in sorted({hit.subject for hit in hits}):
            for verdict in judge(state.find(Hit, Find({"subject": subject}))):
                alert = self._desk.alerts.record(verdict)
                changed += [alert] if alert else []
        return changed

    def act(self, alerts: Iterable[Alert]) -> None:
        """Playbooks on alerts; drafts that nobody has approved follow their alerts."""
        for alert in alerts:
            for playbook in self._playbooks:
                if playbook.fits(alert):
                    self._runner.run(playbook, alert)
            self._refresh_drafts(alert)

    def _refresh_drafts(self, alert: Alert) -> None:
        for notice in self._desk.letters.about(alert.id):
            if notice.state == "drafted":
                self._desk.letters.draft([alert.id], "system", notice.type)

    def turn(self, paths: Iterable[Path]) -> Mapping[Path, Input]:
        """One round: takes what is new, judges it, acts on it."""
        taken = {path: report for path in paths if (report := self.take(path)) is not None}
        self.act(self.detect())
        return taken
