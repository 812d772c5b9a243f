"""Fields by a product's own names become an event by its map."""

from collections.abc import Mapping
from datetime import UTC, datetime
from fnmatch import fnmatchcase

from sensors.ecs_rows import ecs_event
from sensors.fieldmaps.model import Log, Mapped, Target
from sensors.lines import Damaged, Seen
from sensors.stamped import is_stamped, stamped
from sensors.syslog_line import SyslogLine
from sensors.values import moment, parsed_address
from sensors.web import url_columns
from taishi.core.event import Json
from taishi.kit.attacks import is_attack

#: What the frame names as program, for `when`.
PROGRAM = "@program"
#: What products write where they have no value.
_NOTHING = frozenset({"", "-", "--", "N/A", "n/a", "NULL", "null", "None", "none", "无", "空", "未知"})
#: What a firewall did, as products call it; ECS has no list of words for `event.action`.
_ACTIONS = {
    word: action
    for action, words in {
        "allow": "allow allowed accept accepted permit permitted pass passed passthrough built start close "
        "允许 放行 通过 接受 转发 准许",
        "deny": "deny denied drop dropped block blocked reject rejected discard reset rst refuse "
        "teardown-deny clear_session server-rst client-rst "
        "拒绝 阻断 已阻断 已拦截 丢弃 拦截 禁止 封锁 封堵 阻止 重置",
        "alert": "alert alerted detect detected log monitor monitored 告警 检测 记录 仅记录 监控 报警",
    }.items()
    for word in words.split()
}
#: IANA protocol numbers that logs write instead of names.
_TRANSPORTS = {
    "1": "icmp",
    "6": "tcp",
    "17": "udp",
    "58": "ipv6-icmp",
    "47": "gre",
    "50": "esp",
    "132": "sctp",
}
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
    logs = [log for log in mapped.map.logs if _holds(log, own)][:1]
    named = (*(key for log in logs for key in log.attack), *mapped.map.attack)
    names = [str(own[key]) for key in named if own.get(key)]
    fields, used = _renamed(mapped, own, logs)
    fields["@timestamp"] = _time(mapped, own, frame, latest).isoformat()
    fields.setdefault("event.module", mapped.map.module)
    fields.setdefault("event.dataset", mapped.map.dataset or f"{mapped.map.module}.log")
    if frame is not None:
        fields.update({name: value for name, value in frame.frame.items() if name not in fields})
        if frame.host and frame.host != "localhost":
            fields.setdefault("host.name", frame.host)
    for fixed in (*(log.set for log in logs), mapped.map.set):
        for name, value in fixed.items():
            fields.setdefault(name, value)
    kind = next((log.kind for log in logs if log.kind), mapped.map.kind)
    if (attack := next(filter(is_attack, names), None)) is not None:
        kind = "alert"
        fields.setdefault("rule.name", attack)
    _complete(fields, kind)
    used.add(PROGRAM)
    rest = {name: value for name, value in own.items() if name not in used and value not in _NOTHING}
    return ecs_event({**rest, **fields}, original)


def _holds(log: Log, own: Mapping[str, Json]) -> bool:
    return all(
        key in own and (values == ("*",) or any(fnmatchcase(str(own[key]), value) for value in values))
        for key, values in log.when.items()
    )


def _renamed(mapped: Mapped, own: Mapping[str, Json], logs: list[Log]) -> tuple[dict[str, Json], set[str]]:
    """ECS fields, and which of the own ones need not be kept beside."""
    special = {key: to for log in logs for key, to in log.fields.items()}
    targets = {key: to for key, to in special.items() if key in own}
    targets |= {key: to for key, to in mapped.map.fields.items() if key in own and key not in special}
    fields: dict[str, Json] = {}
    used = {*mapped.map.time.keys}
    for key, given in targets.items():
        value = own.get(key)
        if value is None or (isinstance(value, str) and value.strip() in _NOTHING):
            continue
        target = Target(given) if isinstance(given, str) else given
        for name in target.names:
            made = _translated(target, name, value)
            if name in fields:
                continue
            _put(fields, name, made)
            if made == value:
                used.add(key)
    return fields, used


def _translated(target: Target, name: str, value: Json) -> Json:
    if isinstance(value, str):
        value = value.strip()
        if value in target.values:
            return target.values[value]
        if name == "event.action":
            return _ACTIONS.get(value.lower(), value)
        if name == "network.transport":
            return _TRANSPORTS.get(value, value.lower())
    if target.times != 1.0:
        try:
            return round(float(str(value)) * target.times)
        except (ValueError, OverflowError):
            raise Damaged(f"{name} is no number: {str(value)[:40]!r}") from None
    return value


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
            found = datetime.strptime(text, form)  # noqa: DTZ007 - the zone follows
            return (found if found.tzinfo else found.replace(tzinfo=mapped.zone)).astimezone(UTC)
        except (ValueError, OverflowError):
            raise Damaged(f"{keys} is no time by {form}: {text[:40]!r}") from None
    try:
        return moment(text, keys, mapped.zone)
    except Damaged:
        if is_stamped(text):
            return stamped(text, latest, mapped.zone).time
        raise
