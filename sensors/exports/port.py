"""How the service opens a port for export datagrams."""

from typing import TYPE_CHECKING

from taishi.core.ports import LivePlace
from taishi.core.records import SensorEntry, SensorKind

if TYPE_CHECKING:
    from sensors.exports.receiver import ExportsReceiver


class ExportsPort:
    """Fits `taishi.core.ports.LiveKind`. What receives is loaded by who listens only."""

    kind: SensorKind = "port"

    def open(self, entry: SensorEntry, place: LivePlace) -> "ExportsReceiver":
        from sensors.exports.receiver import ExportsReceiver

        return ExportsReceiver(entry, place.folder, place.clock)
