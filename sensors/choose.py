"""Which sensor knows a content: every part of this package that has a `SENSOR` is asked."""

from typing import cast

import sensors as package
from taishi.core.discover import discover
from taishi.core.ports import Sensor
from taishi.core.problems import Problem
from taishi.core.source import Source


def sensors() -> list[Sensor]:
    """Every sensor that is installed, in the order of their names."""
    return sorted(cast(list[Sensor], list(discover(package, "SENSOR"))), key=lambda sensor: sensor.name)


def sense(source: Source) -> Sensor:
    """The sensor that is surest of this content. Raises Problem where none knows it."""
    known = sensors()
    best = max(known, key=lambda sensor: sensor.recognizes(source))
    if best.recognizes(source) > 0:
        return best
    names = ", ".join(sensor.name for sensor in known)
    raise Problem(
        f"{source.path}: no sensor knows this content (first bytes {source.head[:16]!r}); supported: {names}"
    )
