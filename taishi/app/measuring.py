"""Figures of a running installation, for whoever watches it from outside."""

from collections.abc import Mapping
from dataclasses import dataclass

from taishi.app.desk import Desk
from taishi.core.ledger import Fates
from taishi.core.records import Heartbeat, SensorEntry

#: For whom events count that were delivered for nobody's sensor.
_NOBODY = "none"


@dataclass(frozen=True)
class SensorFigures:
    """`waiting`: received and not durable yet. `dropped`: there was no room for them. `lag_s`: how far behind
    the newest event was, or how long what waits has waited.
    """

    name: str
    fates: Fates
    waiting: int = 0
    dropped: int = 0
    lag_s: float = 0.0

    @property
    def received(self) -> int:
        return self.fates.acknowledged + self.waiting + self.dropped


@dataclass(frozen=True)
class Measures:
    """`damaged`: stretches of storage that were passed over."""

    sensors: tuple[SensorFigures, ...]
    damaged: int


def measures(desk: Desk, waiting: Mapping[str, int]) -> Measures:
    """`waiting`: by sensor."""
    ledger = desk.events.ledger()
    entries = {entry.id: entry.name for entry in desk.state.find(SensorEntry)}
    beats = {beat.id: beat for beat in desk.state.find(Heartbeat)}
    known = sorted({*entries, *waiting, *(sensor for sensor, fates in ledger.items() if fates.acknowledged)})
    return Measures(
        tuple(
            _figures(entries.get(sensor, sensor or _NOBODY), ledger, waiting, beats.get(sensor), sensor)
            for sensor in known
        ),
        desk.events.damage(),
    )


def _figures(
    name: str,
    ledger: Mapping[str, Fates],
    waiting: Mapping[str, int],
    beat: Heartbeat | None,
    sensor: str,
) -> SensorFigures:
    return SensorFigures(
        name,
        ledger.get(sensor, Fates()),
        waiting.get(sensor, 0),
        beat.dropped if beat else 0,
        beat.lag_s if beat else 0.0,
    )
