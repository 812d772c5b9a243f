"""What sshd, PAM, sudo, su and the account tools write, and what it means.

Source: OpenSSH auth.c, packet.c, sshd-session.c; Linux-PAM pam_unix; sudo logging.c; shadow su.c, useradd.c.
A user name in a message is the attacker's own text, so patterns take the last address, never the first.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from sensors.values import parsed_address
from taishi.core.event import Json, Value

_FROM = r" from (?P<ip>\S+)(?: port (?P<port>\d{1,5}))?"
_AT = r" (?P<ip>\S+) port (?P<port>\d{1,5})"


@dataclass(frozen=True, slots=True)
class Said:
    """One message understood."""

    kind: Literal["logon", "other"]
    action: str
    outcome: str | None = None
    user: str | None = None
    ip: str | None = None
    port: int | None = None
    domain: str | None = None
    method: str | None = None
    category: str = "authentication"
    type: str = "start"
    extra: Mapping[str, Json] | None = None
    #: The service that speaks, where its form names it; else the program that logged is it.
    service: str = ""

    def columns(self, program: str, pid: int | None = None) -> dict[str, Value]:
        """What the message means in columns; `program` wrote it."""
        columns: dict[str, Value] = {
            "event.action": self.action,
            "source.ip": self.ip,
            "source.port": self.port,
            "source.domain": self.domain,
            "user.name": self.user,
        }
        meaning: dict[str, Value] = {
            "event.category": self.category,
            "event.type": self.type,
            "event.outcome": self.outcome,
        }
        if self.kind == "logon":
            process = {"process.name": self.service or program or None, "process.pid": pid}
            return columns | meaning | process | {"taishi.logon.method": self.method}
        if self.service:
            meaning["event.provider"] = self.service
        return columns | meaning if self.service or self.type == "denied" else columns


@dataclass(frozen=True, slots=True)
class Pattern:
    """A message's form. Groups: user, ip, port, method; any other group is kept as an extra field."""

    form: re.Pattern[str]
    action: str
    outcome: str | None
    kind: Literal["logon", "other"] = "logon"
    category: str = "authentication"
    type: str = "start"


def _pattern(
    form: str,
    action: str,
    outcome: str | None = None,
    kind: Literal["logon", "other"] = "logon",
    category: str = "authentication",
    type_: str = "start",
) -> Pattern:
    return Pattern(re.compile(form, re.DOTALL), action, outcome, kind, category, type_)


_ANY = "(?P<user>.*)"
PATTERNS = (
    _pattern(
        rf"Failed (?P<method>\S+) for (?:invalid user |illegal user )?{_ANY}{_FROM}", "ssh-login", "failure"
    ),
    _pattern(rf"Accepted (?P<method>\S+) for {_ANY}{_FROM}", "ssh-login", "success"),
    _pattern(rf"(?:Invalid|Illegal) user {_ANY}{_FROM}", "ssh-invalid-user", "failure"),
    _pattern(
        rf"(?:error: )?maximum authentication attempts exceeded for (?:invalid user )?{_ANY}{_FROM}",
        "ssh-too-many-attempts",
        "failure",
    ),
    _pattern(
        rf"(?:Disconnected from|Connection (?:closed|reset) by|Disconnecting)"
        rf" (?:authenticating|invalid) user {_ANY}{_AT}",
        "ssh-disconnected",
        "failure",
    ),
    _pattern(rf"User {_ANY} from (?P<ip>\S+) not allowed because", "ssh-not-allowed", "failure"),
    _pattern(
        r"(?:fatal: )?Timeout before authentication for (?:connection from )?(?P<ip>[^\s,]+)"
        r"(?: port (?P<port>\d{1,5}))?",
        "ssh-timeout",
        "failure",
    ),
    _pattern(
        r"ssh_dispatch_run_fatal: Connection from (?P<ip>\S+) port (?P<port>\d{1,5}): "
        r"message authentication code incorrect",
        "ssh-broken-packet",
        "failure",
        "other",
        "network",
        "denied",
    ),
    _pattern(
        r"(?P<user>[^\s:]+): The value for (?:the SHELL variable was not found the /etc/shells file"
        r"|environment variable \S+ contains suspicious content)",
        "pkexec-environment",
        None,
        "other",
    ),
    _pattern(rf"Disconnected from user {_ANY}{_AT}", "ssh-logout", None, type_="end"),
    _pattern(
        r"(?:Received disconnect from|Connection (?:closed|reset) by|Disconnected from|Connection from"
        r"|Unable to negotiate with|Did not receive identification string from"
        r"|error: Protocol major versions differ for|banner exchange: Connection from"
        r"|ssh_dispatch_run_fatal: Connection from)"
        r" (?P<ip>[^\s:]\S*?):? ?(?:port (?P<port>\d{1,5}))?(?:[\s:]|$)",
        "ssh-connection",
        None,
        "other",
    ),
    _pattern(
        r"(?:error: )?Bad protocol version identification .* from (?P<ip>\S+)(?: port (?P<port>\d{1,5}))?",
        "ssh-connection",
        None,
        "other",
    ),
    _pattern(
        r"(?:pam_\w+\(\S+\): |PAM \d+ more )?authentication failures?;.*?\brhost=(?P<ip>\S*)"
        r"(?:\s+user=(?P<user>\S+))?",
        "pam-authentication",
        "failure",
    ),
    _pattern(r"pam_\w+\(\S+\): session opened for user (?P<user>[^\s(]+)", "session-opened", "success"),
    _pattern(
        r"pam_\w+\(\S+\): session closed for user (?P<user>[^\s(]+)", "session-closed", None, type_="end"
    ),
    _pattern(rf"login failure for user {_ANY}{_FROM}(?: via (?P<via>\S+))?", "device-login", "failure"),
    _pattern(rf"user {_ANY} logged in{_FROM}(?: via (?P<via>\S+))?", "device-login", "success"),
    _pattern(r"FAILED (?:SU|su) (?:\(to |for )(?P<target>[^\s)]+)\)? (?:by )?(?P<user>\S+)", "su", "failure"),
    _pattern(r"Successful su for (?P<target>\S+) by (?P<user>\S+)", "su", "success"),
    _pattern(r"\(to (?P<target>[^\s)]+)\) (?P<user>\S+) on ", "su", "success"),
    _pattern(
        r"new user: name=(?P<user>[^,]+)(?:, UID=(?P<uid>\d+))?",
        "user-added",
        "success",
        category="iam",
        type_="creation",
    ),
    _pattern(
        r"change user '(?P<user>[^']+)' UID from '\d+' to '(?P<uid>\d+)'",
        "user-changed",
        "success",
        category="iam",
        type_="change",
    ),
    _pattern(
        r"(?:user|member) (?P<user>\S+) (?:was )?added by \S+ to group (?P<group>\S+)",
        "group-member-added",
        "success",
        category="iam",
        type_="change",
    ),
    _pattern(r"delete user '(?P<user>[^']+)'", "user-deleted", "success", category="iam", type_="deletion"),
    _pattern(
        r"add '(?P<user>[^']+)' to (?:shadow )?group '(?P<group>[^']+)'",
        "group-member-added",
        "success",
        category="iam",
        type_="change",
    ),
    _pattern(
        r"(?:pam_unix\(\S+\): )?password changed for (?P<user>\S+)",
        "password-changed",
        "success",
        category="iam",
        type_="change",
    ),
)
_SUDO = re.compile(r"\s*(?P<user>\S+) : (?P<rest>.*)", re.DOTALL)
_REFUSED = ("incorrect password", "NOT in sudoers", "not allowed", "a password is required", "authentication")


def said(app: str, message: str) -> Said | None:
    """What a program's message means, None where it is none of these."""
    if app == "sudo":
        found = _SUDO.match(message)
        if found and "COMMAND=" in message:
            return _sudo(found["user"], found["rest"])
    for pattern in PATTERNS:
        match = pattern.form.match(message)
        if match:
            return _told(pattern, match.groupdict())
    return None


def _told(pattern: Pattern, groups: dict[str, str | None]) -> Said:
    known = {name: groups.pop(name, None) or None for name in ("user", "ip", "port", "method")}
    place = known["ip"]
    ip = parsed_address(place) if place else None
    port = int(known["port"] or 0)
    extra: dict[str, Json] = {name: text for name, text in groups.items() if text}
    return Said(
        kind=pattern.kind,
        action=pattern.action,
        outcome=pattern.outcome,
        user=known["user"],
        ip=ip,
        port=port if ip and 0 < port <= 65535 else None,
        domain=place if place and not ip else None,
        method=known["method"],
        category=pattern.category,
        type=pattern.type,
        extra=extra or None,
    )


def _sudo(user: str, rest: str) -> Said:
    """`user : [why not ;] TTY=… ; PWD=… ; USER=… ; COMMAND=…`."""
    before, _, command = rest.partition("COMMAND=")
    extra: dict[str, Json] = {"COMMAND": command}
    for item in before.split(" ; "):
        name, mark, value = item.strip(" ;").partition("=")
        if mark:
            extra[name] = value
    refused = any(words in before for words in _REFUSED)
    return Said("logon", "sudo", "failure" if refused else "success", user, extra=extra)
