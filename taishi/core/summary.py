"""One line about an event, for evidence lists."""

from taishi.core.event import Event


def summarize(event: Event) -> str:
    """What an analyst reads first: who, to whom, what; at most 240 characters."""
    return " ".join(part for part in (_ends(event), _what(event)) if part)[:240]


def _ends(event: Event) -> str:
    source = _end(event, "source")
    destination = _end(event, "destination")
    if source and destination:
        return f"{source} → {destination}"
    return source or destination or event.text("host.name")


def _end(event: Event, side: str) -> str:
    address, port = event.text(f"{side}.ip"), event.text(f"{side}.port")
    return f"[{address}]:{port}" if ":" in address and port else f"{address}:{port}" if port else address


def _what(event: Event) -> str:
    fields = _FIELDS.get(event.kind, ("message",))
    said = [_said(event, name) for name in fields]
    line = " ".join(word for word in said if word)
    return line or event.text("message") or event.text("event.original")[:200]


def _said(event: Event, name: str) -> str:
    value = event.fields.get(name)
    return ",".join(value) if isinstance(value, list) else event.text(name)


_FIELDS: dict[str, tuple[str, ...]] = {
    "flow": (
        "network.transport",
        "network.protocol",
        "taishi.flow.state",
        "source.bytes",
        "destination.bytes",
    ),
    "dns": ("dns.question.type", "dns.question.name", "dns.response_code"),
    "http": (
        "http.request.method",
        "url.domain",
        "url.original",
        "http.response.status_code",
        "user_agent.original",
    ),
    "tls": ("tls.version", "tls.client.server_name", "tls.server.subject"),
    "smb": ("taishi.smb.dialect", "taishi.smb.shares", "taishi.smb.pipes", "taishi.smb.marks"),
    "rpc": ("taishi.rpc.interface", "taishi.rpc.operation", "taishi.rpc.result", "taishi.rpc.argument"),
    "kerberos": (
        "taishi.kerberos.request",
        "user.name",
        "taishi.kerberos.service",
        "taishi.kerberos.cipher",
        "taishi.kerberos.error",
    ),
    "ldap": ("taishi.ldap.base", "taishi.ldap.filter"),
    "logon": ("process.name", "network.protocol", "event.outcome", "user.name", "taishi.logon.method"),
    "windows": ("event.provider", "event.code", "user.name"),
    "alert": ("rule.name",),
    "process": ("process.executable", "process.command_line"),
    "file": ("file.path", "file.name"),
}
