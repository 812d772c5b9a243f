"""What a target is called where a log does not tell its address."""

from functools import lru_cache
from pathlib import PurePath

from taishi.core.event import Event
from taishi.core.records import SubjectKind


def target_of(event: Event) -> tuple[str, SubjectKind, str]:
    """The target of an event: its address where there is one, else its name."""
    address = event.text("destination.ip")
    return (address, "ip", "destination") if address else target_by_name(event)


def target_by_name(event: Event) -> tuple[str, SubjectKind, str]:
    """Subject, its kind and the side whose unit it has: the site asked, the logging host, or the log itself.

    A web server's own log names neither; then the name of its file is all there is.
    """
    if site := event.text("destination.domain"):
        return site, "domain", "destination"
    if host := event.text("host.name"):
        return host, "host", "host"
    return _file_name(event.text("log.file.path")), "host", "host"


@lru_cache(maxsize=1024)
def _file_name(path: str) -> str:
    return PurePath(path).name
