"""What a line or a record of a service means, where it is of a known form."""

import re
from collections.abc import Mapping

import orjson

from sensors.auth_messages import Said
from sensors.services.catalogue import messages, records
from sensors.services.form import Form, Outcome
from sensors.values import parsed_address
from taishi.core.event import Json

_PAIR = re.compile(r'([\w.@-]+)=("(?:[^"\\]|\\.)*"|[^\s,]*)')
#: An address with what services put around it: `ip:`, `ipv4:`, `IPV4/UDP/`, brackets, a port.
_ADDRESS = re.compile(
    r"(?:[A-Za-z]\w*[:/]){0,3}(?:\[([0-9A-Fa-f:.]+)\](?::(\d{1,5}))?|(\d+(?:\.\d+){3})(?:[:/](\d{1,5}))?|([0-9A-Fa-f:.]+))"
)
#: Programs whose own messages are read by `sensors.auth_messages`; the rest of theirs quotes strangers.
_READ_ELSEWHERE = frozenset({"sshd", "sshd-session", "sshd-auth", "sudo", "su", "kernel"})
_KINDS: dict[Outcome, tuple[str, str]] = {
    "failure": ("authentication", "start"),
    "success": ("authentication", "start"),
    "denied": ("network", "denied"),
    "alert": ("intrusion_detection", "indicator"),
}


def told(text: str, program: str = "") -> Said | None:
    """What a line's words mean; `program` is whom syslog names. None where no form fits."""
    for form in messages().that_may_fit(text):
        if _may_say(form, program):
            found = form.pattern.match(text)
            if found:
                return _said(form, found.groupdict())
    if "{" in text or '="' in text:
        return _told_within(text)
    return None


def _may_say(form: Form, program: str) -> bool:
    """Whether that program writes such messages; not asked where none is named."""
    return not program or program in form.programs or not (form.programs or program in _READ_ELSEWHERE)


def _told_within(text: str) -> Said | None:
    """JSON after some words, or `key=value` pairs."""
    forms = list(records().that_may_fit(text))
    if not forms:
        return None
    start = text.find("{")
    record = _object(text[start:]) if start >= 0 else None
    return _fitting(forms, record if record is not None else pairs(text))


def told_record(record: Mapping[str, Json], text: str) -> Said | None:
    """What an object means; `text` is its raw text."""
    forms = list(records().that_may_fit(text))
    return _fitting(forms, record) if forms else None


def pairs(text: str) -> dict[str, Json]:
    """`key=value key="a value"`; of a key written twice the first counts."""
    found: dict[str, Json] = {}
    for name, value in _PAIR.findall(text):
        found.setdefault(name, value[1:-1] if value.startswith('"') else value)
    return found


def _object(text: str) -> dict[str, Json] | None:
    """The object a text begins with, whatever follows its last brace."""
    end = text.rfind("}") + 1
    try:
        made: object = orjson.loads(text[:end])
    except orjson.JSONDecodeError:
        return None
    return made if isinstance(made, dict) else None


def _fitting(forms: list[Form], record: Mapping[str, Json]) -> Said | None:
    for form in forms:
        if all(_scalar(record, name) in values for name, values in form.where.items()):
            groups = {name: _first(record, places) for name, places in form.fields.items()}
            return _said(form, groups)
    return None


def _first(record: Mapping[str, Json], places: str) -> str | None:
    """The first of several fields (`a.b c`) that has a value."""
    for place in places.split():
        value = _value(record, place)
        if isinstance(value, (str, int)) and str(value):
            return str(value)
    return None


def _scalar(record: Mapping[str, Json], name: str) -> str:
    value = _value(record, name)
    return "" if value is None else str(value).lower()


def _value(record: Mapping[str, Json], name: str) -> Json:
    """A field by its own name, else by its path."""
    if name in record:
        return record[name]
    head, dot, rest = name.partition(".")
    inner = record.get(head) if dot else None
    return _value(inner, rest) if isinstance(inner, dict) else None


def _said(form: Form, groups: Mapping[str, str | None]) -> Said | None:
    ip, port, domain = _place(groups.get("ip") or groups.get("client") or "")
    port = int(groups.get("port") or 0) or port
    category, type_ = _KINDS[form.outcome]
    extra: dict[str, Json] = {name: text for name, text in groups.items() if text and name not in _OWN}
    logon = form.outcome in ("failure", "success")
    return Said(
        kind="logon" if logon else "other",
        action=form.action,
        outcome=form.outcome if logon else "failure",
        user=(groups.get("user") or "").strip() or None,
        ip=ip,
        port=port if ip and 0 < port <= 65535 else None,
        domain=domain,
        method=groups.get("method"),
        category=category,
        type=type_,
        extra=extra or None,
        service=form.service,
    )


_OWN = frozenset({"user", "ip", "client", "port", "method"})


def _place(text: str) -> tuple[str | None, int, str | None]:
    """Address and port of what a service wrote, else the name it wrote."""
    if ip := parsed_address(text):
        return ip, 0, None
    found = _ADDRESS.fullmatch(text)
    if found:
        ip = parsed_address(found[1] or found[3] or found[5])
        if ip:
            return ip, int(found[2] or found[4] or 0), None
    return None, 0, text or None
