"""Kerberoasting and AS-REP roasting: tickets asked for to guess passwords from, not to be used.

Every account may ask for a ticket to any service; its ciphertext is made with the service account's
password, and with RC4 it can be guessed fast. Machines have had AES keys since 2008, so an RC4 ticket in an
AES domain is one for an account that a person made. A service that is old in truth is asked for by many
clients and is only a risk; a thief asks alone, for several, or offers RC4 alone though the ticket it shows
is AES. Sources: RFC 4120 3.3, RFC 4757 6; ATT&CK T1558.003, T1558.004.
"""

from collections.abc import Iterator

import msgspec

from detections.hits import Evidences, Finding, hit
from detections.networks import Networks
from detections.sequences.recent import Recent
from taishi.core.ecs import Kind
from taishi.core.event import Batch, Event
from taishi.core.records import Hit
from taishi.core.text import Text

#: Clients of one service from which it is an old service, not a theft.
COMMON = 3
#: Services asked for by one client from which nobody doubts.
MANY = 3
#: Services of one client, clients of one service that are kept.
_NAMES = 200
_GUESSED = ("rc4", "des-")
#: Service classes that stand for the machine's own account (MS-ADTS 3.1.1.5.1.3 and sPNMappings).
_MACHINE = frozenset(
    {
        "krbtgt",
        "kadmin",
        "host",
        "cifs",
        "ldap",
        "gc",
        "dns",
        "rpcss",
        "restrictedkrbhost",
        "termsrv",
        "wsman",
        "nfs",
    }
)

ROAST = Finding(
    "taishi.sequence.kerberoasting",
    Text(
        "骗取服务票据以破解口令（Kerberoasting）", "Service tickets taken to guess passwords (Kerberoasting)"
    ),
    "compromised",
    "medium",
    ("T1558.003",),
    Text(
        "查明该主机上以谁的账号请求了票据；修改相关服务账号的口令（25 位以上或改用托管账号），停用 RC4。",
        "Find out who on that host asked for the tickets; change the service accounts' passwords "
        "(25 letters or a managed account), disable RC4.",
    ),
)
OLD = Finding(
    "taishi.sequence.kerberos-weak-cipher",
    Text("服务账号使用可被破解的 RC4 票据", "A service account uses RC4 tickets"),
    "risk",
    "low",
    ("T1558.003",),
    Text(
        "为该服务账号启用 AES 并更换口令，随后在域内停用 RC4。",
        "Enable AES for the account, change its password, disable RC4.",
    ),
)
AS_REP = Finding(
    "taishi.sequence.asrep-roasting",
    Text(
        "骗取免预认证账号的口令密文（AS-REP Roasting）",
        "Replies without pre-authentication taken (AS-REP roasting)",
    ),
    "compromised",
    "medium",
    ("T1558.004",),
    Text(
        "为涉及的账号启用 Kerberos 预认证并更换口令；核查来源主机。",
        "Require pre-authentication for the accounts, change their passwords; check the source host.",
    ),
)


class _Taken(msgspec.Struct, forbid_unknown_fields=True):
    names: set[str] = msgspec.field(default_factory=set)
    forced: bool = False
    evidence: Evidences = msgspec.field(default_factory=Evidences)


class _Service(msgspec.Struct, forbid_unknown_fields=True):
    clients: set[str] = msgspec.field(default_factory=set)
    evidence: Evidences = msgspec.field(default_factory=Evidences)


class TicketTheft:
    """Watches tickets that were given."""

    id = ROAST.rule
    kinds: frozenset[Kind] = frozenset({"kerberos"})

    def __init__(self, networks: Networks) -> None:
        self._networks = networks
        self._tickets = Recent(str, _Taken)
        self._replies = Recent(str, _Taken)
        self._services = Recent(str, _Service)

    def observe(self, batch: Batch) -> None:
        for event in batch.events():
            if event.text("event.outcome") != "success":
                continue
            if event.text("taishi.kerberos.request") == "TGS":
                self._ticket(event)
            elif event.fields.get("taishi.kerberos.preauthenticated") is False:
                self._reply(event)

    def _ticket(self, event: Event) -> None:
        service = event.text("taishi.kerberos.service")
        if not _is_weak(event.text("taishi.kerberos.cipher")) or _is_machine(service):
            return
        shown = event.text("taishi.kerberos.tgt_cipher")
        if not shown.startswith("aes"):
            return
        source = event.text("source.ip")
        taken = self._tickets[source]
        _keep(taken.names, service)
        taken.forced = taken.forced or _offers_weak_only(event)
        taken.evidence.add(event, side="source")
        asked = self._services[service]
        _keep(asked.clients, source)
        asked.evidence.add(event, side="destination")

    def _reply(self, event: Event) -> None:
        if _is_weak(event.text("taishi.kerberos.reply_cipher")) and _offers_weak_only(event):
            taken = self._replies[event.text("source.ip")]
            _keep(taken.names, event.text("user.name"))
            taken.evidence.add(event, side="source")

    def hits(self) -> Iterator[Hit]:
        for source, taken in self._tickets.items():
            rare = {name for name in taken.names if not self._is_common(name)}
            yield _theft(ROAST, source, taken, rare or taken.names, withdrawn=not (rare or taken.forced))
        for service, asked in self._services.items():
            if len(asked.clients) >= COMMON:
                yield _old(service, asked.clients, asked.evidence)
        for source, taken in self._replies.items():
            yield _theft(AS_REP, source, taken, taken.names)

    def _is_common(self, service: str) -> bool:
        asked = self._services.get(service)
        return asked is not None and len(asked.clients) >= COMMON


def _keep(names: set[str], name: str) -> None:
    if len(names) < _NAMES:
        names.add(name)


def _is_weak(cipher: str) -> bool:
    return cipher.startswith(_GUESSED)


def _is_machine(service: str) -> bool:
    return not service or service.endswith("$") or service.split("/")[0].lower() in _MACHINE


def _offers_weak_only(event: Event) -> bool:
    offered = event.fields.get("taishi.kerberos.offered")
    return isinstance(offered, list) and bool(offered) and all(map(_is_weak, offered))


def _theft(finding: Finding, source: str, taken: _Taken, names: set[str], *, withdrawn: bool = False) -> Hit:
    sure = taken.forced or len(names) >= MANY
    listed = ", ".join(sorted(names)[:5])
    return hit(
        finding,
        taken.evidence,
        key="tickets",
        subject=source,
        subject_kind="ip",
        withdrawn=withdrawn,
        level="high" if sure else "medium",
        summary=Text(
            f"{source} 取得 {len(names)} 个可离线破解的 Kerberos 票据：{listed}",
            f"{source} took {len(names)} Kerberos tickets whose passwords can be guessed: {listed}",
        ),
    )


def _old(service: str, clients: set[str], evidence: Evidences) -> Hit:
    return hit(
        OLD,
        evidence,
        key=service,
        subject=service,
        subject_kind="account",
        peers=clients,
        summary=Text(
            f"{len(clients)} 台主机以 RC4 票据访问 {service}",
            f"{len(clients)} hosts use {service} with RC4 tickets",
        ),
    )


SEQUENCE = TicketTheft
