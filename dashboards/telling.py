"""Sentences a person would say, made from records and events."""

from datetime import datetime, timedelta

from detections.incident import plain
from taishi.app.posture import OWNERLESS
from taishi.core.clock import ZONE
from taishi.core.event import Event
from taishi.core.incidents import INCIDENTS, Incident
from taishi.core.records import Alert, Threat, Verdict
from taishi.core.text import Language, Text
from taishi.kit.countries import country_name

#: After this long without a new sighting we no longer say that it goes on.
_STILL = timedelta(days=1)
_MINUTE, _HOUR, _DAY = 60, 3600, 86400

_SUFFERS: dict[Threat, Text] = {
    "compromised": Text("疑似已被控制", "appears to be taken over"),
    "attempted": Text("遭到攻击，未见成功", "is under attack, no success seen"),
    "risk": Text("存在安全隐患", "has a weakness"),
}

#: What tells one event of a kind from another, in the order people read it.
_FACTS: dict[str, tuple[str, ...]] = {
    "flow": ("network.transport", "network.protocol", "taishi.flow.state", "network.bytes"),
    "dns": ("dns.question.type", "dns.question.name", "dns.response_code", "dns.resolved_ip"),
    "http": ("http.request.method", "url.original", "http.response.status_code", "user_agent.original"),
    "tls": ("tls.version", "tls.client.server_name", "tls.server.subject"),
    "smb": ("taishi.smb.dialect", "taishi.smb.shares", "taishi.smb.pipes", "taishi.smb.marks"),
    "rpc": ("taishi.rpc.interface", "taishi.rpc.operation", "taishi.rpc.result", "taishi.rpc.argument"),
    "kerberos": ("taishi.kerberos.request", "user.name", "taishi.kerberos.service", "taishi.kerberos.cipher"),
    "ldap": ("taishi.ldap.base", "taishi.ldap.filter", "taishi.ldap.entries"),
    "logon": ("user.name", "event.outcome", "taishi.logon.method", "process.name"),
    "process": ("user.name", "process.executable", "process.command_line"),
    "file": ("file.name", "file.mime_type", "file.size", "file.hash.sha256"),
    "windows": ("winlog.channel", "event.code", "event.action", "user.name"),
    "alert": ("rule.name", "rule.category"),
}


def owner(unit: str | None) -> Text:
    """The unit's name, or that nobody has registered the address."""
    return Text(unit, unit) if unit and unit != OWNERLESS else Text("未登记", "Unregistered")


def title(alert: Alert, now: datetime) -> Text:
    """One sentence: whose, what, since when."""
    verdict = alert.verdict
    whose, suffers = owner(verdict.unit), _SUFFERS[verdict.threat]
    lasted = verdict.last_seen - verdict.first_seen
    still = now - verdict.last_seen < _STILL
    zh = f"{whose.zh}的 {verdict.subject} {suffers.zh}"
    en = f"{verdict.subject} of {whose.en} {suffers.en}"
    if verdict.unit is None:
        en = f"{verdict.subject} (unregistered) {suffers.en}"
    if lasted.total_seconds() >= _MINUTE:
        span = duration(lasted)
        zh += f"，{'已' if still else '历时'} {span.zh}"
        en += f", {'for' if still else 'over'} {span.en}"
    return Text(zh, en)


def duration(span: timedelta) -> Text:
    """In the largest unit that gives at least one: `3 天`, `2 小时`, `5 分钟`."""
    seconds = int(span.total_seconds())
    for size, zh, en in ((_DAY, "天", "day"), (_HOUR, "小时", "hour"), (_MINUTE, "分钟", "minute")):
        if seconds >= size:
            n = seconds // size
            return Text(f"{n} {zh}", f"{n} {en}{'' if n == 1 else 's'}")
    return Text(f"{seconds} 秒", f"{seconds} s")


def lasting(seconds: int) -> Text:
    return duration(timedelta(seconds=seconds))


def ago(at: datetime, now: datetime, language: Language) -> str:
    """How long ago, or in how long."""
    past = now >= at
    span = (now - at) if past else (at - now)
    if span.total_seconds() < _MINUTE:
        return Text("刚刚", "just now").to(language)
    length = duration(span)
    if past:
        return Text(f"{length.zh}前", f"{length.en} ago").to(language)
    return Text(f"{length.zh}后", f"in {length.en}").to(language)


def moment(at: datetime) -> str:
    """Date and time in Asia/Shanghai."""
    return at.astimezone(ZONE).strftime("%Y-%m-%d %H:%M:%S")


def short(at: datetime) -> str:
    """Month, day and time in Asia/Shanghai."""
    return at.astimezone(ZONE).strftime("%m-%d %H:%M:%S")


def last_day(end: datetime) -> str:
    """The last day of a span that ends just before that moment."""
    return day(end - timedelta(microseconds=1))


def day(at: datetime) -> str:
    return at.astimezone(ZONE).strftime("%Y-%m-%d")


def iso(at: datetime) -> str:
    """RFC 3339 in Asia/Shanghai, for `<time datetime>`."""
    return at.astimezone(ZONE).isoformat(timespec="seconds")


def number(value: float) -> str:
    return f"{value:,}"


def endpoints(event: Event) -> str:
    """`source:port → destination:port`, as far as the event has them, else its host."""
    source = _endpoint(event, "source")
    destination = _endpoint(event, "destination")
    if source and destination:
        return f"{source} → {destination}"
    return source or destination or event.text("host.name")


def places(event: Event) -> Text | None:
    """The countries of both sides as they were stamped; None where neither is known."""
    codes = [event.text(f"{side}.geo.country_iso_code") for side in ("source", "destination")]
    names = [country_name(code) for code in codes if code]
    if not names:
        return None
    return Text(" → ".join(name.zh for name in names), " → ".join(name.en for name in names))


def facts(event: Event) -> str:
    """The event's own facts on one line; its message where the kind has none."""
    named = [_value(event, name) for name in _FACTS.get(event.kind, ())]
    told = " · ".join(value for value in named if value)
    return told or event.text("message") or event.text("event.action")


def _value(event: Event, name: str) -> str:
    value = event.fields.get(name)
    if name == "network.bytes" and isinstance(value, int):
        return size(value)
    return ", ".join(value) if isinstance(value, list) else event.text(name)


def size(count: int) -> str:
    """Bytes in the largest decimal unit that gives at least one."""
    for unit, factor in (("GB", 10**9), ("MB", 10**6), ("kB", 10**3)):
        if count >= factor:
            return f"{count / factor:.1f} {unit}"
    return f"{count} B"


def _endpoint(event: Event, side: str) -> str:
    address = event.text(f"{side}.ip") or event.text(f"{side}.domain")
    port = event.text(f"{side}.port")
    if not address or not port:
        return address
    return f"[{address}]:{port}" if ":" in address else f"{address}:{port}"


def incident(verdict: Verdict) -> Incident:
    """Its kind by GB/T 20986; by its class alone where the verdict is older than the kinds."""
    return INCIDENTS[verdict.incident or plain(verdict.threat)]
