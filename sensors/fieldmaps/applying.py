"""Fields by a product's own names become an event by its map."""

from collections.abc import Mapping
from datetime import UTC, datetime, tzinfo
from functools import lru_cache

from sensors.ecs_rows import ecs_event
from sensors.fieldmaps.model import Mapped
from sensors.fieldmaps.plan import PROGRAM, Shape
from sensors.lines import Damaged, Seen
from sensors.stamped import is_stamped, stamped
from sensors.syslog_line import SyslogLine
from sensors.values import moment, parsed_address
from sensors.web import url_columns
from taishi.core.event import Json
from taishi.kit.attacks import is_attack

#: What products write where they have no value.
_NOTHING = frozenset({"", "-", "--", "N/A", "n/a", "NULL", "null", "None", "none", "无", "空", "未知"})
#: Columns whose value tells others.
_TAKEN_APART = frozenset({"source.ip", "destination.ip", "url.original"})
_CATEGORIES = {"flow": "network", "http": "web", "alert": "intrusion_detection", "logon": "authentication"}
_TYPES = {"allow": "allowed", "deny": "denied"}


def mapped_event(
    mapped: Mapped, own: Mapping[str, Json], frame: SyslogLine | None, original: str, latest: datetime
) -> Seen:
    """`latest`: when the file was last changed; a line without any time has that one.

    Raises Damaged where a value cannot be what the map says.
    """
    if frame is not None and frame.app and "=" not in frame.app:
        own = {**own, PROGRAM: frame.app}
    plan = mapped.plan
    part = next((one for one in plan.parts if one.holds(own)), plan.rest)
    shape = part.shape(tuple(own))
    fields, used = _renamed(shape, own)
    for told in (part.fixed, _framed(frame), part.set):
        for name, value in told.items():
            fields.setdefault(name, value)
    kind = part.kind
    if shape.attack:
        names = (str(named) for key in shape.attack if (named := own[key]))
        if (attack := next(filter(is_attack, names), None)) is not None:
            kind = "alert"
            fields.setdefault("rule.name", attack)
    _complete(fields, kind)
    rest = {name: value for name in shape.beside if name not in used and not _is_nothing(value := own[name])}
    seen = ecs_event({**rest, **fields} if rest else fields, original, _time(mapped, own, frame, latest))
    return seen.with_year_inferred() if frame is not None and frame.year_inferred else seen


def _is_nothing(value: Json) -> bool:
    return isinstance(value, str) and value in _NOTHING


def _framed(frame: SyslogLine | None) -> Mapping[str, Json]:
    """What the frame tells, too."""
    if frame is None:
        return {}
    host = frame.host if frame.host != "localhost" else ""
    return {**frame.frame, "host.name": host} if host else frame.frame


def _renamed(shape: Shape, own: Mapping[str, Json]) -> tuple[dict[str, Json], set[str]]:
    """ECS fields, and which of the own ones need not be kept beside."""
    fields: dict[str, Json] = {}
    used: set[str] = set()
    for key, steps in shape.steps:
        given = own[key]
        value = given.strip() if isinstance(given, str) else given
        if value is None or (isinstance(value, str) and value in _NOTHING):
            continue
        for name, make in steps:
            if name in fields:
                continue
            made = value if make is None else make(value)
            if name in _TAKEN_APART:
                _put(fields, name, made)
            else:
                fields[name] = made
            if made == given:
                used.add(key)
    return fields, used


def _put(fields: dict[str, Json], name: str, value: Json) -> None:
    """An address with a port is both; a URL has its parts."""
    if name in ("source.ip", "destination.ip") and isinstance(value, str) and parsed_address(value) is None:
        host, colon, port = value.rpartition(":")
        if colon and port.isdigit() and parsed_address(host):
            fields[name] = host
            fields.setdefault(name.replace(".ip", ".port"), port)
            return
    fields[name] = value
    if name == "url.original" and isinstance(value, str):
        site = fields.get("url.domain")
        parts = url_columns(value, site if isinstance(site, str) else None)
        for part, found in parts.items():
            if isinstance(found, (str, int)):
                fields.setdefault(part, found)


def _complete(fields: dict[str, Json], kind: str | None) -> None:
    """What follows from kind and action. A connection that a firewall denied is one that nobody answered."""
    if kind is not None:
        fields["taishi.kind"] = kind
    action = fields.get("event.action")
    if kind in _CATEGORIES:
        fields.setdefault("event.category", _CATEGORIES[kind])
    if kind == "flow":
        denied = action == "deny"
        fields.setdefault("event.type", _TYPES.get(str(action), "connection"))
        fields.setdefault("taishi.flow.state", "S0" if denied else "OTH")


def _time(mapped: Mapped, own: Mapping[str, Json], frame: SyslogLine | None, latest: datetime) -> datetime:
    for keys in mapped.map.time.keys:
        parts = [str(own.get(key.strip()) or "").strip() for key in keys.split("+")]
        if parts[0] and parts[0] not in _NOTHING:
            return _read_time(mapped, " ".join(part for part in parts if part), keys, latest)
    return latest if frame is None else frame.time


def _read_time(mapped: Mapped, text: str, keys: str, latest: datetime) -> datetime:
    form = mapped.map.time.format
    if form is not None:
        try:
            return _by_form(text, form, mapped.zone)
        except (ValueError, OverflowError):
            raise Damaged(f"{keys} is no time by {form}: {text[:40]!r}") from None
    try:
        return moment(text, keys, mapped.zone)
    except Damaged:
        if (found := _by_usual_forms(text, latest, mapped.zone)) is not None:
            return found
        raise


# Many lines are of the same second.
@lru_cache(maxsize=1024)
def _by_form(text: str, form: str, zone: tzinfo) -> datetime:
    found = datetime.strptime(text, form)  # noqa: DTZ007 - the zone follows
    return (found if found.tzinfo else found.replace(tzinfo=zone)).astimezone(UTC)


@lru_cache(maxsize=1024)
def _by_usual_forms(text: str, latest: datetime, zone: tzinfo) -> datetime | None:
    return stamped(text, latest, zone).time if is_stamped(text) else None
