"""strongSwan's IKE daemon: a logon stands over several lines, which share the number of their connection.

`06[NET] <office|83> received packet: from 198.51.100.7[4500] to …` says whose connection it is,
`… EAP-MS-CHAPv2 username: 'zhang'` who asks, `… verification failed` how it went. Source: strongSwan,
charon logging (`libcharon`, default file logger with `ike_name = yes`, and syslog).
"""

import re
from collections import OrderedDict
from dataclasses import dataclass
from typing import Literal

from msgspec.structs import replace

from sensors.lines import Seen
from sensors.values import parsed_address

PROGRAMS = frozenset({"charon", "charon-systemd", "ipsec", "strongswan", "charon-nm"})
#: Connections that are remembered: their lines stand close together.
_MOST = 4_096
_LINE = re.compile(r"\d+\[[A-Z]{3}\] <(?:[^>|]*\|)?(?P<number>\d+)> (?P<words>.*)", re.DOTALL)
_PEER = re.compile(
    r"received packet: from (?P<sender>[0-9A-Fa-f.:]+)\[|"
    r"sending packet: from \S+ to (?P<receiver>[0-9A-Fa-f.:]+)\[|"
    r"(?P<starter>[0-9A-Fa-f.:]+) is initiating an? "
)
_USER = re.compile(r"EAP-\S+ username: '(.*)'$|received EAP identity '(.*)'$")
_FAILED = re.compile(
    r"XAuth authentication of '(?P<user>.*)' failed$|EAP-MS-CHAPv2 verification failed|"
    r"EAP method \S+ failed for peer (?P<peer>.*)$|RADIUS authentication of '(?P<radius>.*)' failed$|"
    r"tried \d+ shared keys? for .*, but MAC mismatched$"
)
_SUCCEEDED = re.compile(
    r"XAuth authentication of '(?P<user>.*)' successful$|"
    r"authentication of '(?P<peer>.*)' with EAP successful$|"
    r"RADIUS authentication of '(?P<radius>.*)' successful$"
)


@dataclass
class _Connection:
    peer: str = ""
    user: str = ""


class Connections:
    """What lines of connections have told so far, by host, process and number."""

    def __init__(self) -> None:
        self._known: OrderedDict[tuple[object, object, str], _Connection] = OrderedDict()

    def completed(self, seen: Seen) -> Seen:
        """A line that says how a logon went becomes that logon, with what the lines before it told."""
        if seen.kind != "other" or seen.row.get("event.provider") not in PROGRAMS:
            return seen
        found = _LINE.match(str(seen.row.get("message")))
        if found is None:
            return seen
        process = (seen.extra or {}).get("process.pid")
        one = self._connection((seen.row.get("host.name"), process, found["number"]))
        words = found["words"]
        if peer := _PEER.match(words):
            one.peer = parsed_address(next(filter(None, peer.groups()))) or one.peer
        elif user := _USER.match(words):
            one.user = user[1] or user[2] or ""
        elif failed := _FAILED.match(words):
            return _logon(seen, one, failed, "failure")
        elif succeeded := _SUCCEEDED.match(words):
            return _logon(seen, one, succeeded, "success")
        return seen

    def _connection(self, key: tuple[object, object, str]) -> _Connection:
        one = self._known.pop(key, None) or _Connection()
        self._known[key] = one
        if len(self._known) > _MOST:
            self._known.popitem(last=False)
        return one


def _logon(
    seen: Seen, one: _Connection, found: re.Match[str], outcome: Literal["failure", "success"]
) -> Seen:
    if not one.peer:
        return seen
    columns = {
        "event.category": "authentication",
        "event.type": "start",
        "event.action": "ike-logon",
        "event.outcome": outcome,
        "event.dataset": "system.auth",
        "process.name": "charon",
        "source.ip": one.peer,
        "user.name": next(filter(None, found.groups()), "") or one.user or None,
    }
    given = {name: value for name, value in columns.items() if value}
    row = {name: value for name, value in seen.row.items() if name != "event.provider"}
    return replace(seen, kind="logon", row={**row, **given})
