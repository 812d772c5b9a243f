"""What people do with reports: make one, publish it, show it again, make it again."""

from datetime import datetime

import msgspec

from taishi.app.posture import Figures
from taishi.app.refusal import Refusal
from taishi.app.reports.document import Document, document
from taishi.app.reports.publishing import needed_publication, publications, publish
from taishi.app.reports.report import Report, from_store
from taishi.app.roles import APPROVE, require
from taishi.app.sensors import SensorRegister
from taishi.app.window import Window
from taishi.core.clock import Clock
from taishi.core.ports import StateStore
from taishi.core.records import Publication

#: What must come out again when a published report is made again: the rest (letters, coverage) lives on.
_FROZEN = ("window", "total", "by_class", "by_level", "matrix", "by_unit", "by_day", "by_kind")


class Reports:
    """Reads the store; publishing is an approver's act and is audited."""

    def __init__(self, state: StateStore, sensors: SensorRegister, clock: Clock) -> None:
        self._state, self._sensors, self._clock = state, sensors, clock

    def make(self, window: Window, as_of: datetime | None = None) -> Report:
        return from_store(self._state, window, self._clock.now(), as_of, self._sensors.status())

    def list(self) -> list[Publication]:
        """Published ones, oldest first."""
        return publications(self._state)

    def get(self, number: str) -> Publication:
        """Raises Problem where there is none."""
        return needed_publication(self._state, number)

    def publish(self, window: Window, by: str, why: str = "", as_of: datetime | None = None) -> Publication:
        """Freezes the report. Raises Refusal where it does not add up or the person may not."""
        with self._state.transaction():
            person = require(self._state, by, *APPROVE)
            now = self._clock.now()
            report = self.make(window, as_of or now)
            refuse_residual(report)
            frozen = msgspec.json.encode(document(report))
            return publish(self._state, frozen, window, report.as_of, person.id, now, why)

    def reproduces(self, number: str) -> bool:
        """Whether the store still gives the figures that were published."""
        one = self.get(number)
        again = document(self.make(Window(one.since, one.until), one.as_of))
        told: Document = msgspec.json.decode(one.document)
        return all(msgspec.to_builtins(again.get(name)) == told.get(name) for name in _FROZEN)


def refuse_residual(report: Report) -> None:
    """Raises Refusal where a part does not sum to its total, naming each residual."""
    if report.adds_up:
        return
    said = ", ".join(f"{name} {n:+d}" for name, n in _residuals(report.figures, report.base.figures).items())
    raise Refusal(f"报告各项之和与总数不符，不能发布：{said}", f"the report does not add up: {said}")


def _residuals(figures: Figures, base: Figures) -> dict[str, int]:
    return figures.residuals() | {f"base.{name}": n for name, n in base.residuals().items()}
