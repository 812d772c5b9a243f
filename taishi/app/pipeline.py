"""The way of an event: file → events (stamped, durable) → hits → alerts → playbooks. One method an arrow."""

import json
import logging
from collections.abc import Iterable, Iterator
from pathlib import Path

from detections.detector import Detector
from detections.verdict import episodes, judge
from enrichment.ownership import OwnershipEnricher
from enrichment.register import AddressRegister
from playbooks.playbook import Playbook
from playbooks.runner import Runner
from taishi.app.actions import actions
from taishi.app.desk import Desk
from taishi.app.intake import Input, read, shown
from taishi.core.event import Batch
from taishi.core.ids import stable_id
from taishi.core.ports import Find
from taishi.core.problems import Problem
from taishi.core.records import Alert, Asset, Hit, InputFile, Notice, Unit

log = logging.getLogger("taishi.pipeline")


class Pipeline:
    """Everything between a file and a proposal. Single-threaded: one job at a time calls it.

    Detection keeps what behaviours have seen in memory and starts from the first stored event; since a
    hit's id is made from rule and evidence, a replay after a restart changes nothing. What was found but
    not yet judged, or judged but not yet acted on, is owed: a failing write costs a round, not a finding.
    """

    def __init__(
        self, desk: Desk, detector: Detector, playbooks: Iterable[Playbook], quarantine: Path | None = None
    ) -> None:
        self._desk = desk
        self._quarantine = quarantine
        self._detector = detector
        self._playbooks = tuple(playbooks)
        self._runner = Runner(desk.state, desk.clock, actions(desk))
        self._cursor: str | None = None
        self._known: dict[str, Hit] = {}
        self._owed: dict[str, dict[str, Hit]] = {}
        # A kill may have come between an alert and its playbook; both are idempotent.
        self._to_act = {alert.id for alert in desk.state.find(Alert) if alert.state != "dismissed"}
        self.stuck: dict[str, str] = {}

    def take(self, path: Path) -> Input | None:
        """Reads a file that is new or has changed since; None where there is nothing to do."""
        stat = path.stat()
        seen = self._desk.state.get(InputFile, stable_id(shown(path)))
        if seen is not None and (seen.size, seen.modified_ns) == (stat.st_size, stat.st_mtime_ns):
            return None
        report = Input(shown(path))
        self._desk.events.write(self._stamped(read(path, report)))
        receipt = self._receipt(report, stat.st_size, stat.st_mtime_ns)
        self._keep_damaged(receipt.id, report)
        self._desk.state.put(receipt)
        return report

    def _keep_damaged(self, name: str, report: Input) -> None:
        """What was quarantined, one JSON object a line, for whoever mends the source."""
        if self._quarantine is None or not report.kept:
            return
        self._quarantine.mkdir(parents=True, exist_ok=True)
        with (self._quarantine / f"{Path(report.path).name}.{name[:8]}.jsonl").open("w") as file:
            for one in report.kept:
                raw = one.raw.decode("utf-8", "backslashreplace")
                line = {"path": report.path, "record": one.record, "reason": one.reason, "raw": raw}
                file.write(json.dumps(line, ensure_ascii=False) + "\n")

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

    def detect(self) -> None:
        """Everything stored since the last call becomes hits, and hits become alerts."""
        if self._observe():
            self._owe(self._detector.standing())
        for subject in sorted(self._owed):
            self._settle(subject)

    def _observe(self) -> int:
        """Shows the detector every batch after the cursor; how many there were."""
        seen = 0
        while True:
            batches, cursor = self._desk.events.stream(self._cursor)
            for batch in batches:
                self._owe(self._detector.observe(batch))
            self._cursor = cursor
            if not batches:
                return seen
            seen += len(batches)

    def _owe(self, hits: Iterable[Hit]) -> None:
        for hit in hits:
            if self._known.get(hit.id) != hit:
                self._owed.setdefault(hit.subject, {})[hit.id] = hit

    def _settle(self, subject: str) -> None:
        """Judges one subject. What cannot be judged stays owed and is told; the others go on."""
        hits = list(self._owed[subject].values())
        try:
            alerts = self._judge(subject, hits)
        except Exception as error:
            said = f"{subject}: {type(error).__name__}: {error}"
            log.error("not judged: %s", said, exc_info=self.stuck.get(subject) != said)
            self.stuck[subject] = said
            return
        self.stuck.pop(subject, None)
        del self._owed[subject]
        self._known.update((hit.id, hit) for hit in hits)
        self._to_act |= {alert.id for alert in alerts}

    def _judge(self, subject: str, hits: list[Hit]) -> list[Alert]:
        state = self._desk.state
        with state.transaction():
            state.put(*hits)
            matters = episodes(state.find(Hit, Find({"subject": subject})))
            verdicts = [verdict for matter in matters for verdict in judge(matter)]
            return [alert for verdict in verdicts if (alert := self._desk.alerts.record(verdict))]

    def act(self) -> None:
        """Playbooks on alerts that are new or have changed; one that fails is tried again next time."""
        for alert_id in sorted(self._to_act):
            try:
                self._act_on(self._desk.alerts.get(alert_id))
            except Problem as problem:
                log.warning("%s: %s", alert_id, problem)
            self._to_act.discard(alert_id)

    def _act_on(self, alert: Alert) -> None:
        if alert.state == "dismissed":
            return
        for playbook in self._playbooks:
            self._runner.run(playbook, alert)
        for notice in self._desk.letters.about(alert.id):
            if notice.state == "drafted" and _is_behind(notice, alert):
                self._desk.letters.draft([alert.id], "system", notice.type)


def _is_behind(notice: Notice, alert: Alert) -> bool:
    """Whether a draft says less of an alert than is known now: it follows until somebody approves it."""
    told = {(item.count, item.last_seen) for item in notice.items if item.alert_id == alert.id}
    return told != {(alert.verdict.count, alert.verdict.last_seen)}
