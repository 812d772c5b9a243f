"""Own fields of Windows events alone: the usual layout by its types, others the long way."""

from collections.abc import Callable
from typing import Annotated

import msgspec
import orjson
from msgspec import UNSET, UnsetType

from sensors.flat_intake import Fields
from sensors.windows import SCALARS, WindowsRecord, event_data, is_flat, own_fields
from taishi.core.event import Json

#: What both JSON readers take for the same whole number: msgspec goes on beyond, orjson makes it a float.
_Whole = Annotated[int, msgspec.Meta(ge=-(2**63), le=2**63 - 1)]
_Scalar = str | _Whole | float | bool | None
#: How many names of fields are remembered as being plain ones.
_NAMES = 100_000


_NULL = msgspec.Raw(b"null")


class _Strict(msgspec.Struct, gc=False, forbid_unknown_fields=True):
    """Every value is read and typed: what is skipped is not checked, and damage in it would not be seen."""


class _ProviderAttributes(_Strict):
    Name: str
    Guid: str | None = None
    EventSourceName: str | None = None


class _Provider(_Strict):
    attributes: _ProviderAttributes = msgspec.field(name="#attributes")


class _TimeAttributes(_Strict):
    SystemTime: str


class _Time(_Strict):
    attributes: _TimeAttributes = msgspec.field(name="#attributes")


class _Element(_Strict):
    text: _Whole = msgspec.field(name="#text")
    attributes: dict[str, _Scalar] | None = msgspec.field(name="#attributes", default=None)


class _Attributes(_Strict):
    attributes: dict[str, _Scalar] | None = msgspec.field(name="#attributes", default=None)


class _System(_Strict):
    Provider: _Provider
    EventID: _Whole | _Element
    TimeCreated: _Time
    Channel: str | None = None
    Computer: str | None = None
    Version: _Scalar | UnsetType = UNSET
    Level: _Scalar | UnsetType = UNSET
    Task: _Scalar | UnsetType = UNSET
    Opcode: _Scalar | UnsetType = UNSET
    Keywords: _Scalar | UnsetType = UNSET
    EventRecordID: _Scalar | UnsetType = UNSET
    Correlation: _Attributes | None = None
    Execution: _Attributes | None = None
    Security: _Attributes | None = None


class _Usual(_Strict):
    """An event with named fields only, each a scalar."""

    System: _System
    EventData: dict[str, _Scalar] | None = None
    UserData: None = None
    attributes: dict[str, _Scalar] | None = msgspec.field(name="#attributes", default=None)


class _Nested(_Strict):
    """An event whose data are left to `event_data`; the JSON reader of the long way must read them too."""

    System: _System
    EventData: msgspec.Raw = _NULL
    UserData: msgspec.Raw = _NULL
    attributes: dict[str, _Scalar] | None = msgspec.field(name="#attributes", default=None)


class _UsualDocument(_Strict):
    Event: _Usual


class _NestedDocument(_Strict):
    Event: _Nested


_usual = msgspec.json.Decoder(_UsualDocument).decode
_nested = msgspec.json.Decoder(_NestedDocument).decode
_UNREADABLE = (msgspec.DecodeError, orjson.JSONDecodeError, UnicodeDecodeError, RecursionError)


def record_fields(record: WindowsRecord) -> Fields:
    """Raises Damaged."""
    return own_fields(record), record.time


def plain_code(value: Json) -> int | None:
    """An EventID as most carriers write it, None for any other way."""
    if type(value) is str and len(value) < 10 and value.isascii() and value.isdecimal():
        return int(value)
    return value if type(value) is int and 0 <= value < 1 << 32 else None


class TreeFields:
    """Fields of `{"Event": {"System": …, "EventData": …}}`, as evtx_dump and the evtx library write it.

    `otherwise` reads what stands in another layout or is damaged.
    """

    def __init__(self, otherwise: Callable[[bytes], WindowsRecord]) -> None:
        self._otherwise = otherwise
        self._names: set[str] = set()

    def __call__(self, raw: bytes) -> Fields:
        """Raises Damaged."""
        try:
            event = _usual(raw).Event
        except _UNREADABLE:
            return self._nested_fields(raw)
        row: dict[str, Json] = event.EventData or {}  # type: ignore[assignment]  # dicts are invariant
        if not (row.keys() <= self._names or self._are_plain(row)):
            return record_fields(self._otherwise(raw))
        _add(row, event.System)
        return row, event.System.TimeCreated.attributes.SystemTime

    def _nested_fields(self, raw: bytes) -> Fields:
        try:
            event = _nested(raw).Event
            data, user_data = orjson.loads(bytes(event.EventData)), orjson.loads(bytes(event.UserData))
        except _UNREADABLE:
            return record_fields(self._otherwise(raw))
        row = dict(event_data(data, user_data))
        if not SCALARS.issuperset(map(type, row.values())):
            return record_fields(self._otherwise(raw))
        _add(row, event.System)
        return row, event.System.TimeCreated.attributes.SystemTime

    def _are_plain(self, row: dict[str, Json]) -> bool:
        if not is_flat(row):
            return False
        if len(self._names) < _NAMES:
            self._names.update(row)
        return True


def _add(row: dict[str, Json], system: _System) -> None:
    """Puts the fields of System into a row of EventData, in the precedence of `own_fields`."""
    if system.Version is not UNSET:
        row.setdefault("Version", system.Version)
    if system.Level is not UNSET:
        row.setdefault("Level", system.Level)
    if system.Task is not UNSET:
        row.setdefault("Task", system.Task)
    if system.Opcode is not UNSET:
        row.setdefault("Opcode", system.Opcode)
    if system.Keywords is not UNSET:
        row.setdefault("Keywords", system.Keywords)
    if system.EventRecordID is not UNSET:
        row.setdefault("EventRecordID", system.EventRecordID)
    code = system.EventID
    row["EventID"] = code.text if isinstance(code, _Element) else code
    row["Channel"] = system.Channel or None
    row["Provider_Name"] = system.Provider.attributes.Name or None
    row["Computer"] = system.Computer or None
