"""What a source wrote becomes what a column holds; `Damaged` with the field's name where it cannot."""

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime, timedelta, tzinfo
from functools import lru_cache
from ipaddress import IPv6Address, ip_address

import orjson

from sensors.lines import Damaged
from taishi.core.event import Json, Value

_INT64 = 2**63
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
#: An IPv4 address as most logs write it, which is its canonical form.
_PLAIN = re.compile(r"(?:(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)(?:\.(?!$)|$)){4}", re.ASCII)
#: What logs write where they have no value.
_NOTHING = ("", "-", "(empty)", "(null)")


def word(value: Json, field: str) -> str | None:
    """Text or a scalar as text; None where there is nothing."""
    if isinstance(value, str):
        return value or None
    if value is None:
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)):
        return str(value)
    raise Damaged(f"{field} is {_named(value)}, not text")


def words(value: Json, field: str) -> list[str] | None:
    """A list of texts; a single one counts as a list of one."""
    items = value if isinstance(value, list) else [value]
    found = [text for text in (word(item, field) for item in items) if text is not None]
    return found or None


def number(value: Json, field: str) -> int | None:
    """A whole number, also written as text or as a float without fraction lost; fits 64 bits."""
    if value is None or value in _NOTHING:
        return None
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        raise Damaged(f"{field} is {_named(value)}, not a number")
    try:
        whole = int(value)
    except (ValueError, OverflowError):
        try:
            whole = int(float(value))
        except (ValueError, OverflowError):
            raise Damaged(f"{field} is no number: {_short(value)}") from None
    if not -_INT64 <= whole < _INT64:
        raise Damaged(f"{field} does not fit 64 bits: {_short(value)}")
    return whole


def count(value: Json, field: str) -> int | None:
    """A number that is not negative."""
    found = number(value, field)
    if found is not None and found < 0:
        raise Damaged(f"{field} is negative: {found}")
    return found


def port(value: Json, field: str) -> int | None:
    """A transport port, 0 to 65535."""
    found = number(value, field)
    if found is not None and not 0 <= found <= 65535:
        raise Damaged(f"{field} is no port: {found}")
    return found


def flag(value: Json, field: str) -> bool | None:
    """True or false, also as T/F, true/false, 1/0."""
    if value is None or isinstance(value, bool):
        return value
    known = {"t": True, "true": True, "1": True, "f": False, "false": False, "0": False}
    text = str(value).lower()
    if text in known:
        return known[text]
    if text in _NOTHING:
        return None
    raise Damaged(f"{field} is neither true nor false: {_short(value)}")


@lru_cache(maxsize=65536)
def parsed_address(text: str) -> str | None:
    """The address in its canonical form (an IPv4-mapped one as IPv4, RFC 4291 2.5.5.2), None if none."""
    if _PLAIN.fullmatch(text):
        return text
    try:
        found = ip_address(text.strip("[]").partition("%")[0])
    except ValueError:
        return None
    mapped = found.ipv4_mapped if isinstance(found, IPv6Address) else None
    return str(mapped or found)


def address(value: Json, field: str) -> str | None:
    """An IP address; None where there is nothing."""
    if value is None or value in _NOTHING:
        return None
    found = parsed_address(value) if isinstance(value, str) else None
    if found is None:
        raise Damaged(f"{field} is no IP address: {_short(value)}")
    return found


def moment(value: Json, field: str, zone: tzinfo = UTC) -> datetime:
    """A moment in UTC from RFC 3339 or ISO 8601 text, or from seconds, milli-, micro- or nanoseconds
    since 1970 (told by their size). Text without an offset is taken in `zone`.
    """
    if value is None or value in _NOTHING:
        raise Damaged(f"{field} is missing: when it happened is not known")
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        raise Damaged(f"{field} is {_named(value)}, not a time")
    try:
        if isinstance(value, str) and not _numeric(value):
            return _written(value, zone)
        return since_epoch(float(value))
    except (ValueError, OverflowError):
        raise Damaged(f"{field} is no time: {_short(value)}") from None


@lru_cache(maxsize=4096)
def _written(text: str, zone: tzinfo) -> datetime:
    """A moment as ISO 8601 writes it; many lines are of the same second."""
    found = datetime.fromisoformat(text.strip().replace("/", "-"))
    return (found if found.tzinfo else found.replace(tzinfo=zone)).astimezone(UTC)


def since_epoch(amount: float) -> datetime:
    """Seconds since 1970, or finer units where the amount is too large for a date before the year 5138."""
    size = abs(amount)
    for bar, per_second in ((1e11, 1.0), (1e14, 1e3), (1e17, 1e6)):
        if size < bar:
            return _EPOCH + timedelta(seconds=amount / per_second)
    return _EPOCH + timedelta(seconds=amount / 1e9)


def nanoseconds(seconds: Json, field: str) -> int | None:
    """A span given in seconds, in ECS's unit of `event.duration`."""
    if seconds is None or seconds in _NOTHING:
        return None
    if isinstance(seconds, bool) or not isinstance(seconds, (int, float, str)):
        raise Damaged(f"{field} is {_named(seconds)}, not a span of seconds")
    try:
        return number(round(float(seconds) * 1e9), field)
    except (ValueError, OverflowError):
        raise Damaged(f"{field} is no span of seconds: {_short(seconds)}") from None


def total(*parts: int | None) -> int | None:
    """The sum of what is known, None where nothing is."""
    known = [part for part in parts if part is not None]
    return sum(known) if known else None


def json_object(raw: bytes) -> dict[str, Json]:
    """One JSON object from its text."""
    try:
        found: object = orjson.loads(raw)
    except orjson.JSONDecodeError as error:
        raise Damaged(f"no JSON: {error.msg} at character {error.pos}") from None
    if not isinstance(found, dict):
        raise Damaged(f"a JSON object is needed, this is {_named(found)}")
    return found


def part(record: Mapping[str, Json], name: str) -> dict[str, Json]:
    """A nested object, empty where it is absent or something else."""
    found = record.get(name)
    return found if isinstance(found, dict) else {}


def filled(row: Mapping[str, Value]) -> dict[str, Value]:
    """The columns that have a value."""
    return {name: value for name, value in row.items() if value is not None}


def left(record: Mapping[str, Json], used: Iterable[str]) -> dict[str, Json]:
    """The source's fields for which no column was found and that have a value."""
    skip = frozenset(used)
    return {name: value for name, value in record.items() if name not in skip and value is not None}


Convert = Callable[[Json, str], Value]
#: A source's field → the column that holds it and the way it gets there.
Table = Mapping[str, tuple[str, Convert]]


def columns(record: Mapping[str, Json], table: Table) -> dict[str, Value]:
    """The row that a table makes of a record; absent fields make no column."""
    row: dict[str, Value] = {}
    for name, (column, convert) in table.items():
        value = record.get(name)
        if value is not None:
            made = convert(value, name)
            if made is not None:
                row[column] = made
    return row


def _numeric(text: str) -> bool:
    return text.replace(".", "", 1).lstrip("-").isdigit()


def _named(value: object) -> str:
    names = {dict: "an object", list: "a list", bool: "true/false", str: "text", int: "a number"}
    return names.get(type(value), "a number" if isinstance(value, float) else "nothing")


def _short(value: object) -> str:
    return repr(value)[:60]
