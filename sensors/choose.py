"""Which sensor knows a content: every part of this package that has a `SENSOR` is asked."""

from collections.abc import Sequence
from pathlib import Path
from typing import cast

import sensors as package
from sensors.fieldmaps.sensor import FieldMapSensor
from taishi.core.discover import discover
from taishi.core.ports import LiveKind, Remembering, Sensor
from taishi.core.problems import Problem
from taishi.core.records import SensorKind
from taishi.core.source import Source

#: Nothing is surer: by such a mark a format says what it is.
_CERTAIN = 100


def sensors(field_maps: Path | None = None) -> list[Sensor]:
    """Every sensor that is installed, in the order of their names. What one learns from a source helps it
    with the next: a run over several sources asks once and keeps them.

    `field_maps`: the folder of the user's own field maps.
    """
    found = cast(list[Sensor], list(discover(package, "SENSOR")))
    fresh = [one.fresh() if isinstance(one, Remembering) else one for one in found]
    if field_maps is not None:
        fresh = [one.with_own(field_maps) if isinstance(one, FieldMapSensor) else one for one in fresh]
    return sorted(fresh, key=lambda sensor: sensor.name)


def live_kinds() -> dict[SensorKind, LiveKind]:
    """How live sensors are opened, by their kind: every part of this package that has a `LIVE`."""
    return {one.kind: one for one in cast(list[LiveKind], list(discover(package, "LIVE")))}


def sense(source: Source, known: Sequence[Sensor] | None = None) -> Sensor:
    """The sensor that is surest of this content. Raises Problem where none knows it."""
    known = sensors() if known is None else known
    best, surest = known[0], 0
    for sensor in known:
        sure = sensor.recognizes(source)
        if sure > surest:
            best, surest = sensor, sure
        if sure >= _CERTAIN:
            break
    if surest > 0:
        return best
    names = ", ".join(sensor.name for sensor in known)
    raise Problem(
        f"{source.path}: no sensor knows this content (first bytes {source.head[:16]!r}); supported: {names}"
    )
