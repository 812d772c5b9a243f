"""Lines of text that log shippers bring in an envelope: which field holds them, and whose lines they are."""

from collections.abc import Mapping

from sensors.syslog_port.reading import whose
from taishi.core.event import Json

#: Where shippers put the line: Beats, Vector, rsyslog and Logstash; Fluent Bit; systemd's journal.
_LINES = ("message", "log", "MESSAGE")
#: What they say about how it came, at the top of a record. Anything else: somebody has read the line already.
_WRITTEN = (
    "@timestamp @version @metadata agent ecs host input log message MESSAGE tags fields stream cloud "
    "container kubernetes time date timestamp filename file path hostname hostip fromhost fromhost-ip "
    "severity syslogseverity syslogseverity-text syslogfacility syslogfacility-text facility priority "
    "programname syslogtag app-name procid msgid timegenerated timereported source_type port event "
    "service data_stream source offset inputname ident pid type"
)
_ENVELOPE = frozenset(_WRITTEN.split())
#: Of `event`, `service` and `source` only what shippers fill in themselves.
_ABOUT = frozenset(
    {"original", "dataset", "module", "ingested", "created", "timezone", "type", "address", "ip"}
)


def line_in(record: Mapping[str, Json]) -> bytes | None:
    """The line that the record carries, where it says nothing else about what happened; on one line."""
    if not _ENVELOPE.issuperset(record):
        return None
    for name in ("event", "service", "source"):
        about = record.get(name)
        if isinstance(about, dict) and not _ABOUT.issuperset(about):
            return None
    for name in _LINES:
        text = record.get(name)
        if isinstance(text, str) and text.strip():
            return text.rstrip("\r\n").replace("\n", "#012").encode("utf-8", "surrogatepass")
    return None


def program(line: bytes) -> bytes:
    """Whose lines are alike: host and program, as far as the line says."""
    return whose(line, "")[1]


def host_of(record: Mapping[str, Json]) -> str | None:
    """The host that the envelope names."""
    host = record.get("host")
    named = host.get("name") if isinstance(host, dict) else host
    for value in (named, record.get("hostname"), record.get("fromhost")):
        if isinstance(value, str) and value:
            return value
    return None
