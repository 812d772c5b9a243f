"""Zeek's tab-separated form: `#` lines say how the rows below them read.

Source: Zeek manual, "Zeek Log Formats"; base/frameworks/logging/writers/ascii.zeek.
"""

import re

from sensors.lines import Damaged, shown
from taishi.core.event import Json

_ESCAPED = re.compile(rb"(?:\\x[0-9a-fA-F]{2})+")
_WHOLE = frozenset({"count", "int", "port"})
_REAL = frozenset({"double", "time", "interval"})
_HEADERS = (b"#separator", b"#set_separator", b"#fields", b"#path")


def is_header(line: bytes) -> bool:
    """Whether a line is one that only Zeek begins a log with."""
    return line.lstrip().startswith(_HEADERS)


class Tables:
    """Reads rows by the header lines before them; logs that follow each other each bring their own."""

    def __init__(self) -> None:
        self.path: str | None = None
        self._separator = b"\t"
        self._set_separator = b","
        self._empty = b"(empty)"
        self._unset = b"-"
        self._fields: list[str] = []
        self._types: list[str] = []

    def feed(self, line: bytes) -> dict[str, Json] | None:
        """The fields of a row that are set, typed; None for a header line. Raises Damaged."""
        if line.lstrip().startswith(b"#"):
            self._header(line.strip())
            return None
        if not self._fields:
            raise Damaged("a row before any #fields line")
        values = line.split(self._separator)
        if len(values) != len(self._fields):
            raise Damaged(f"{len(values)} values for {len(self._fields)} fields")
        row: dict[str, Json] = {}
        for name, kind, value in zip(self._fields, self._types, values, strict=True):
            if value != self._unset:
                row[name] = self._typed(name, kind, value)
        return row

    def _header(self, line: bytes) -> None:
        if line.startswith(b"#separator"):
            self._separator = _unescaped(line.split(None, 1)[-1]) or b"\t"
            return
        name, *values = line.split(self._separator)
        value = values[0] if values else b""
        if name == b"#fields":
            self._fields = [shown(field) for field in values]
            self._types = ["string"] * len(values)
        elif name == b"#types" and len(values) == len(self._fields):
            self._types = [shown(kind) for kind in values]
        elif name == b"#path":
            self.path = shown(value) or None
        elif name == b"#set_separator" and value:
            self._set_separator = value
        elif name == b"#empty_field":
            self._empty = value
        elif name == b"#unset_field":
            self._unset = value

    def _typed(self, name: str, kind: str, value: bytes) -> Json:
        if kind.startswith(("set[", "vector[")):
            inner = kind[kind.index("[") + 1 : -1]
            items = [] if value == self._empty else value.split(self._set_separator)
            return [_scalar(name, inner, item) for item in items if item != self._unset]
        return "" if value == self._empty else _scalar(name, kind, value)


def _scalar(name: str, kind: str, value: bytes) -> Json:
    try:
        if kind in _WHOLE:
            return int(value)
        if kind in _REAL:
            return float(value)
    except ValueError:
        raise Damaged(f"{name} is no {kind}: {value[:40]!r}") from None
    if kind == "bool":
        return value == b"T"
    return shown(_unescaped(value))


def _unescaped(value: bytes) -> bytes:
    r"""Bytes that Zeek wrote as \xNN, back as bytes."""
    if b"\\x" not in value:
        return value
    return _ESCAPED.sub(lambda found: bytes.fromhex(found[0].replace(b"\\x", b"").decode()), value)
