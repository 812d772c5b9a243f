"""One shape for Windows events, whoever carried them: EVTX, evtx_dump JSON, Winlogbeat, NXLog.

`taishi.extra` is the flat mapping that Sigma rules for Windows are written against: `EventID`, `Channel`,
`Provider_Name`, `Computer` and every field of EventData or UserData under its own name, verbatim.
"""

from collections.abc import Mapping

import msgspec

from sensors.lines import TOO_DEEP, Damaged, Seen
from sensors.values import filled, moment, number, parsed_address, part, word
from taishi.core.event import Json, Value

#: Keywords bits of the Security log: winmeta.h, WINEVENT_KEYWORD_AUDIT_FAILURE and _SUCCESS.
_AUDIT_FAILURE, _AUDIT_SUCCESS = 1 << 52, 1 << 53
#: Where events tell who acted: the account that was meant, the one that did it, Sysmon's `User`.
_USERS = (
    ("TargetUserName", "TargetDomainName"),
    ("SubjectUserName", "SubjectDomainName"),
    ("User", ""),
)
_SOURCES = (("IpAddress", "IpPort"), ("SourceIp", "SourcePort"), ("SourceAddress", "SourcePort"))
_DESTINATIONS = (("DestinationIp", "DestinationPort"), ("DestAddress", "DestPort"))
#: IANA protocol numbers as the filtering platform (5156) writes them.
_TRANSPORTS = {"1": "icmp", "6": "tcp", "17": "udp", "58": "ipv6-icmp"}
#: ECS columns whose value stands in a Windows event's own fields, and under which name.
ANSWERED = {
    "event.code": "EventID",
    "event.provider": "Provider_Name",
    "host.name": "Computer",
    "message": "Message",
    "winlog.channel": "Channel",
    "winlog.provider_name": "Provider_Name",
    "winlog.computer_name": "Computer",
}
#: What the time is called in rejections.
TIME = "TimeCreated"
#: Children of System that rules ask for under their own names.
SYSTEM_FIELDS = frozenset({"Level", "Task", "Opcode", "Keywords", "Version", "EventRecordID"})
#: What fields of EventData hold in most events.
SCALARS = frozenset({str, int, float, bool, type(None)})
#: No event nests deeper; what does would break whoever writes or reads it later on.
_DEEPEST = 128


class WindowsRecord(msgspec.Struct, frozen=True):
    """What every carrier of a Windows event knows."""

    time: Json
    event_id: Json
    provider: str | None
    channel: str | None
    computer: str | None
    record_id: str | None
    data: Mapping[str, Json]
    keywords: Json = None
    system: Mapping[str, Json] = {}
    message: str | None = None


def windows_event(record: WindowsRecord, original: str) -> Seen:
    """Raises Damaged where time or EventID are missing or wrong."""
    fields = own_fields(record)
    row: dict[str, Value] = {
        "@timestamp": moment(record.time, TIME),
        "event.kind": "event",
        "event.module": "windows",
        "event.dataset": f"windows.{record.channel}" if record.channel else "windows",
        "event.code": str(fields["EventID"]),
        "event.provider": record.provider,
        "event.outcome": _outcome(record.keywords),
        "message": record.message,
        "host.name": record.computer,
        "winlog.channel": record.channel,
        "winlog.provider_name": record.provider,
        "winlog.computer_name": record.computer,
        "winlog.record_id": record.record_id,
        **_user(record.data),
        **_ends(record.data),
    }
    return Seen("windows", filled(row), fields, original)


def own_fields(record: WindowsRecord) -> dict[str, Json]:
    """What rules for Windows are written against. Raises Damaged where EventID is missing or wrong."""
    code = number(record.event_id, "EventID")
    if code is None:
        raise Damaged("EventID is missing")
    fields = {
        **record.system,
        **record.data,
        "EventID": code,
        "Channel": record.channel,
        "Provider_Name": record.provider,
        "Computer": record.computer,
    }
    if _is_deep(record.data) or _is_deep(record.system):
        raise Damaged(TOO_DEEP)
    return fields


def _is_deep(fields: Mapping[str, Json]) -> bool:
    values: list[Json] = [*fields.values()]
    for _ in range(_DEEPEST):
        if SCALARS.issuperset(map(type, values)):
            return False
        nested = [one for one in values if isinstance(one, (dict, list))]
        values = [value for one in nested for value in (one.values() if isinstance(one, dict) else one)]
    return True


def tree_record(event: Mapping[str, Json]) -> WindowsRecord:
    """The tree of `Event` as evtx_dump and the evtx library write it (`#attributes`, `#text`)."""
    system = part(event, "System")
    if not system:
        raise Damaged("Event.System is missing")
    return WindowsRecord(
        time=_attribute(system.get("TimeCreated"), "SystemTime"),
        event_id=_text(system.get("EventID")),
        provider=word(_attribute(system.get("Provider"), "Name"), "Provider.Name"),
        channel=word(_text(system.get("Channel")), "Channel"),
        computer=word(_text(system.get("Computer")), "Computer"),
        record_id=word(_text(system.get("EventRecordID")), "EventRecordID"),
        data=event_data(event.get("EventData"), event.get("UserData")),
        keywords=_text(system.get("Keywords")),
        system={name: _text(value) for name, value in system.items() if name in SYSTEM_FIELDS},
    )


def event_data(data: Json, user_data: Json = None) -> dict[str, Json]:
    """EventData and UserData flat: each field by its own name; fields without a name as `Data`, joined."""
    fields, more = _fields(data), _fields(user_data)
    return fields | more if more else fields


def _fields(tree: Json) -> dict[str, Json]:
    if tree is None:
        return {}
    if isinstance(tree, dict) and is_flat(tree):
        return tree
    flat: dict[str, Json] = {}
    if isinstance(tree, dict):
        _flatten(tree, flat, 0)
    elif isinstance(tree, (str, list)):
        _flatten({"Data": tree}, flat, 0)
    return flat


def is_flat(tree: Mapping[str, Json]) -> bool:
    """Whether there is nothing in EventData that `event_data` would change; when in doubt, no."""
    names = "\n".join(tree)
    return (
        "#attributes" not in names and "@xmlns" not in names and SCALARS.issuperset(map(type, tree.values()))
    )


def _flatten(tree: Mapping[str, Json], flat: dict[str, Json], depth: int) -> None:
    for name, value in tree.items():
        if name.startswith(("#attributes", "@xmlns")):
            continue
        if name == "Data":
            _unnamed(value, flat)
        elif isinstance(value, dict) and "#text" in value:
            flat.setdefault(name, _joined(value["#text"]))
        elif isinstance(value, dict) and depth < 8:
            _flatten(value, flat, depth + 1)
        else:
            flat.setdefault(name, value)


def _unnamed(value: Json, flat: dict[str, Json]) -> None:
    """`Data`: a text, a list of texts, or `{Name, #text}` pairs as XML converters write them."""
    texts: list[Json] = []
    for item in value if isinstance(value, list) else [value]:
        name = _attribute(item, "Name")
        if isinstance(name, str):
            flat.setdefault(name, _text(item))
        else:
            texts.append(_joined(_text(item)))
    if texts:
        flat.setdefault("Data", texts[0] if len(texts) == 1 else _joined(texts))


def _joined(value: Json) -> Json:
    if not isinstance(value, list):
        return value
    return "\n".join("" if item is None else str(item) for item in value)


def _text(value: Json) -> Json:
    """The text of an element, with or without attributes."""
    return value.get("#text") if isinstance(value, dict) else value


def _attribute(element: Json, name: str) -> Json:
    """An attribute of an element, in any of the spellings of XML-to-JSON converters."""
    if not isinstance(element, dict):
        return None
    nested = part(element, "#attributes") or element
    return nested.get(name, nested.get(f"@{name}"))


def _outcome(keywords: Json) -> str | None:
    if isinstance(keywords, list):
        words = {str(item).lower() for item in keywords}
        return "failure" if "audit failure" in words else "success" if "audit success" in words else None
    try:
        bits = int(str(keywords), 0)
    except ValueError:
        return None
    bits &= 2**64 - 1
    return "failure" if bits & _AUDIT_FAILURE else "success" if bits & _AUDIT_SUCCESS else None


def _user(data: Mapping[str, Json]) -> dict[str, Value]:
    for name_field, domain_field in _USERS:
        name, domain = data.get(name_field), data.get(domain_field)
        if isinstance(name, str) and name.strip() not in ("", "-"):
            before, slash, after = name.partition("\\")
            if slash:
                return {"user.name": after, "user.domain": before}
            known = isinstance(domain, str) and domain not in ("", "-")
            return {"user.name": name, "user.domain": str(domain) if known else None}
    return {}


def _ends(data: Mapping[str, Json]) -> dict[str, Value]:
    row: dict[str, Value] = {}
    for side, names in (("source", _SOURCES), ("destination", _DESTINATIONS)):
        for ip_field, port_field in names:
            given = data.get(ip_field)
            ip = parsed_address(str(given)) if given else None
            if ip:
                row |= {f"{side}.ip": ip, f"{side}.port": _port(data.get(port_field))}
                break
    transport = data.get("Protocol")
    if row and isinstance(transport, (str, int)):
        text = str(transport).lower()
        row["network.transport"] = _TRANSPORTS.get(text, text if text.isalpha() else None)
    return row


def _port(value: Json) -> int | None:
    """Windows writes `-` or 0 where there is no port."""
    try:
        found = number(value, "port")
    except Damaged:
        return None
    return found if found and 0 < found <= 65535 else None
