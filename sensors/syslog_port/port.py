"""How the service opens a port for syslog."""

from typing import TYPE_CHECKING

from taishi.core.ports import LivePlace
from taishi.core.records import SensorEntry, SensorKind

if TYPE_CHECKING:
    from sensors.syslog_port.receiver import SyslogReceiver


class SyslogPort:
    """Fits `taishi.core.ports.LiveKind`. What receives is loaded by who listens only."""

    kind: SensorKind = "syslog"

    def open(self, entry: SensorEntry, place: LivePlace) -> "SyslogReceiver":
        from sensors.syslog_port.receiver import SyslogReceiver

        return SyslogReceiver(entry, place)
