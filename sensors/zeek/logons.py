"""ssh, ftp, kerberos, ntlm, rdp, radius: who logged in where, as far as the wire shows."""

from collections.abc import Mapping

from sensors.values import flag, number, word
from sensors.zeek.mapped import Mapped
from taishi.core.event import Json, Value

#: Kerberos answers that are a step of a normal logon, not a refusal (RFC 4120 3.1.3).
_STEPS = frozenset({"KDC_ERR_PREAUTH_REQUIRED", "KDC_ERR_MORE_PREAUTH_DATA_REQUIRED"})


def ssh(record: Mapping[str, Json]) -> Mapped:
    """Zeek guesses success from sizes; without a guess the outcome stays open."""
    return _logon("ssh", None, _outcome(record, "auth_success"), used=("auth_success",))


def ftp(record: Mapping[str, Json]) -> Mapped:
    """A command of a session; the user's password crossed the wire before it."""
    user = word(record.get("user"), "user")
    if user is None or user in ("<unknown>", "anonymous"):
        return Mapped("other", {"user.name": user, "network.protocol": "ftp"}, ("user",))
    code = number(record.get("reply_code"), "reply_code")
    outcome = None if code is None else "failure" if code == 530 else "success" if code < 400 else None
    return _logon("ftp", user, outcome, "password", cleartext=True, used=("user",))


def kerberos(record: Mapping[str, Json]) -> Mapped:
    """AS exchanges are logons; tickets for services are not."""
    client = word(record.get("client"), "client")
    if client is None or record.get("request_type", "AS") != "AS":
        return _ticket(record, client or "")
    user, _, realm = client.partition("/")
    outcome = None if record.get("error_msg") in _STEPS else _outcome(record, "success")
    return _logon("kerberos", user, outcome, "kerberos", domain=realm, used=("success",))


def _ticket(record: Mapping[str, Json], client: str) -> Mapped:
    """A ticket for a service; Zeek's `cipher` is that of the ticket."""
    user, _, realm = client.partition("/")
    asked = word(record.get("request_type"), "request_type")
    row: dict[str, Value] = {
        "event.category": "network",
        "event.action": f"kerberos-{asked.lower()}" if asked else None,
        "event.outcome": _outcome(record, "success"),
        "network.protocol": "kerberos",
        "user.name": user or None,
        "user.domain": realm or None,
        "taishi.kerberos.request": asked,
        "taishi.kerberos.service": word(record.get("service"), "service"),
        "taishi.kerberos.error": word(record.get("error_msg"), "error_msg"),
        "taishi.kerberos.cipher": word(record.get("cipher"), "cipher"),
    }
    return Mapped("kerberos", row, ("success",))


def ntlm(record: Mapping[str, Json]) -> Mapped:
    user = word(record.get("username"), "username")
    domain = word(record.get("domainname"), "domainname")
    used = ("success", "username", "domainname")
    return _logon("ntlm", user, _outcome(record, "success"), "ntlm", domain=domain, used=used)


def rdp(record: Mapping[str, Json]) -> Mapped:
    """The cookie names the user before anything is proven: the outcome stays open."""
    user = word(record.get("cookie"), "cookie")
    if user is None:
        return Mapped("other", {"network.protocol": "rdp", "network.transport": "tcp"}, ())
    return _logon("rdp", user, None, used=("cookie",))


def radius(record: Mapping[str, Json]) -> Mapped:
    user = word(record.get("username"), "username")
    result = record.get("result")
    outcome = {"success": "success", "failed": "failure"}.get(result) if isinstance(result, str) else None
    return _logon("radius", user, outcome, used=("username",))


def _logon(
    protocol: str,
    user: str | None,
    outcome: str | None,
    method: str | None = None,
    *,
    domain: str | None = None,
    cleartext: bool | None = None,
    used: tuple[str, ...] = (),
) -> Mapped:
    row: dict[str, Value] = {
        "event.category": "authentication",
        "event.type": "start",
        "event.action": f"{protocol}-logon",
        "event.outcome": outcome,
        "network.protocol": protocol,
        "user.name": user,
        "user.domain": domain or None,
        "taishi.logon.method": method,
        "taishi.logon.cleartext": cleartext,
    }
    return Mapped("logon", row, used)


def _outcome(record: Mapping[str, Json], field: str) -> str | None:
    success = flag(record.get(field), field)
    return None if success is None else "success" if success else "failure"
