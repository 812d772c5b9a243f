"""One record of the audit log taken apart: `type=… msg=audit(time:serial): key=value …`.

What a program could choose (names, arguments) is in hexadecimal where it is not plain; it is decoded here.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from sensors.auditd.names import call_name, type_name
from sensors.lines import Damaged, shown
from sensors.values import since_epoch

_HEAD = re.compile(
    r"(?:node=(?P<node>\S+) )?type=(?P<type>[A-Z0-9_]+(?:\[\d+\])?) (?:msg=)?"
    r"audit\((?P<time>\d{1,11}\.\d{1,6}):(?P<serial>\d{1,20})\)\s*:\s*(?P<rest>.*)",
    re.DOTALL,
)
#: Where a record may begin in its line: behind a syslog frame, `audispd:`, `kernel: audit:`.
_BEGIN = re.compile(r"(?:^|\s)((?:node=\S+ )?type=[A-Z0-9_\[\]]+ (?:msg=)?audit\(\d)")
#: What auditd adds in the ENRICHED format, behind \x1d; where that was lost on the way, without any gap.
_ENRICHED = r"(?:ARCH|SYSCALL|AUID|UID|GID|EUID|SUID|FSUID|EGID|SGID|FSGID|OUID|OGID|SADDR|ID)="
_PAIR = re.compile(
    r"(?P<key>[A-Za-z_][\w\[\]-]*)="
    rf"""(?P<value>"[^"]*"|'[^']*'|\{{[^}}]*\}}|(?:(?!(?<![A-Z]){_ENRICHED})[^\s\x1d"'])*)"""
)
#: Fields that hold what somebody chose: unquoted, they are hexadecimal.
# fmt: off
_CHOSEN = frozenset({
    "proctitle", "comm", "ocomm", "exe", "name", "cwd", "key", "acct", "data", "path", "dir", "cmd", "watch",
    "device", "new-disk", "old-disk", "sw",
})
# fmt: on
_HEX = re.compile(r"(?:[0-9A-Fa-f]{2})+")
_ARGUMENT = re.compile(r"a(\d{1,6})(?:\[(\d{1,6})\])?")
_PARAMETER = re.compile(r"a\d{1,6}(?:\[\d{1,6}\])?")
_NOTHING = ("(null)", "?", "(none)")


@dataclass(frozen=True)
class Record:
    """One record. `fields` by their own names, decoded; `arguments`: of EXECVE, in order."""

    type: str
    time: datetime
    #: What records of one event share.
    serial: str
    node: str
    fields: Mapping[str, str]
    arguments: tuple[str, ...] = ()
    raw: str = field(default="", compare=False)

    def get(self, name: str) -> str | None:
        """The field's value, None where it has none."""
        value = self.fields.get(name)
        return None if value in (None, "", *_NOTHING) else value


def begins(text: str) -> bool:
    """Whether a record of the audit log stands in a line."""
    return _BEGIN.search(text, 0, 512) is not None


def read_record(text: str) -> Record:
    """Raises Damaged where the line holds no record."""
    begin = _BEGIN.search(text)
    found = _HEAD.match(text, begin.start(1)) if begin else None
    if found is None:
        raise Damaged("no audit record (type=… msg=audit(time:serial): …)")
    return made(type_name(found["type"]), found["time"], found["serial"], found["node"], found["rest"], text)


def made(kind: str, time: str, serial: str, node: str | None, rest: str, raw: str) -> Record:
    """A record from its parts; `rest` are its fields as text."""
    pairs: dict[str, str] = {}
    for key, value in _pairs(rest):
        pairs.setdefault(key, value)
    return completed(kind, time, serial, node, pairs, raw)


def completed(
    kind: str, time: str, serial: str, node: str | None, pairs: Mapping[str, str], raw: str
) -> Record:
    """A record of fields as they are written: decoded, with the name of its system call."""
    fields = {key: _decoded(kind, key, value) for key, value in pairs.items()}
    arguments: tuple[str, ...] = ()
    if kind == "EXECVE":
        arguments, fields = _arguments(fields)
    if kind == "SYSCALL" and "SYSCALL" not in fields:
        name = call_name(fields.get("arch", ""), fields.get("syscall", ""))
        fields["SYSCALL"] = name or fields.get("syscall", "")
    return Record(kind, since_epoch(float(time)), f"{time}:{serial}", node or "", fields, arguments, raw)


def _pairs(text: str) -> Iterator[tuple[str, str]]:
    """Every field; words without `=` behind an unquoted value belong to it (`op=adding user`)."""
    key, value, at = "text", "", 0
    for found in _PAIR.finditer(text):
        loose = text[at : found.start()].strip("\x1d \t,:")
        if loose:
            value = f"{value} {loose}".strip()
        if value or key != "text":
            yield from _told(key, value)
        key, value, at = found["key"], found["value"], found.end()
    loose = text[at:].strip("\x1d \t,:'")
    value = f"{value} {loose}".strip() if loose else value
    if value or key != "text":
        yield from _told(key, value)


def _told(key: str, value: str) -> Iterator[tuple[str, str]]:
    """`msg='…'` of a program holds fields of its own."""
    if key == "msg" and value.startswith("'"):
        yield from _pairs(value[1:].removesuffix("'"))
    else:
        yield key, value


def _decoded(kind: str, key: str, value: str) -> str:
    if value.startswith('"'):
        return value.strip('"')
    if value.startswith("'"):
        return value.strip("'")
    chosen = key in _CHOSEN or (kind == "EXECVE" and _PARAMETER.fullmatch(key) is not None)
    if not chosen or not _HEX.fullmatch(value):
        return value
    text = shown(bytes.fromhex(value))
    if key == "key":
        return text.replace("\x01", ",")
    plain = text.replace("\0", " ").rstrip()
    return plain if plain else value


def _arguments(fields: Mapping[str, str]) -> tuple[tuple[str, ...], dict[str, str]]:
    """The arguments in order, long ones put together from their pieces; and the fields with them whole."""
    pieces: dict[int, list[tuple[int, str]]] = {}
    rest: dict[str, str] = {}
    for key, value in fields.items():
        found = _ARGUMENT.fullmatch(key)
        if found:
            pieces.setdefault(int(found[1]), []).append((int(found[2] or 0), value))
        else:
            rest[key] = value
    whole = {at: "".join(text for _, text in sorted(parts)) for at, parts in sorted(pieces.items())}
    return tuple(whole.values()), {**rest, **{f"a{at}": text for at, text in whole.items()}}
