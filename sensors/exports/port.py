"""How the service opens a port for export datagrams."""

from pathlib import Path
from typing import TYPE_CHECKING

from taishi.core.clock import Clock
from taishi.core.records import SensorEntry, SensorKind

if TYPE_CHECKING:
    from sensors.exports.receiver import ExportsReceiver


class ExportsPort:
    """Fits `taishi.core.ports.LiveKind`. What receives is loaded by who listens only."""

    kind: SensorKind = "port"

    def open(self, entry: SensorEntry, folder: Path, clock: Clock) -> "ExportsReceiver":
        from sensors.exports.receiver import ExportsReceiver

        return ExportsReceiver(entry, folder, clock)
