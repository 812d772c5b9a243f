"""Formats of their own inside a syslog line (audit records, XML, CEF …): each part with a `CARRIED`."""

from collections.abc import Sequence
from functools import cache
from typing import Protocol, cast

import sensors as package
from sensors.lines import Seen
from sensors.syslog_line import SyslogLine
from taishi.core.discover import discover


class Carried(Protocol):
    """One format that may stand in the message of a syslog line."""

    def knows(self, line: SyslogLine) -> bool:
        """Whether the message is of this format; asked of every line, so it looks at its beginning."""

    def events(self, line: SyslogLine, original: str) -> Sequence[Seen]:
        """The events of the message; what the message does not tell (time, host) the frame does.

        None of them: the line is of another format, or an event of plain syslog after all. Raises Damaged.
        """


@cache
def _formats() -> tuple[Carried, ...]:
    return tuple(cast(list[Carried], list(discover(package, "CARRIED"))))


def carried(line: SyslogLine, original: str) -> Sequence[Seen]:
    """What the message holds by its own format; nothing where it is words only. Raises Damaged."""
    for form in _formats():
        if form.knows(line) and (found := form.events(line, original)):
            return found
    return ()
