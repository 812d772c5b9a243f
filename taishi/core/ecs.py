"""The columns events travel in: Elastic Common Schema names, one Arrow schema a kind of event.

Names and types follow ECS (https://www.elastic.co/guide/en/ecs/current); a test compares every one of
them with the published field list of the pinned version. What ECS has no name for is ours and stands
under `taishi.`. A source's own fields are kept verbatim, as JSON, in `taishi.extra`.
"""

from functools import cache
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:  # commands that make no rows start without Arrow
    import pyarrow as pa

#: The ECS release the names below were checked against.
ECS_VERSION = "9.5.0-dev"

Kind = Literal[
    "flow",
    "dns",
    "http",
    "tls",
    "smb",
    "rpc",
    "kerberos",
    "ldap",
    "logon",
    "process",
    "file",
    "windows",
    "alert",
    "other",
]

#: What the values of a column are; `_arrow` has Arrow's types for them.
Sort = Literal["word", "words", "count", "time", "flag"]
_WORD: Sort = "word"
_WORDS: Sort = "words"
_COUNT: Sort = "count"
_TIME: Sort = "time"
_FLAG: Sort = "flag"
#: Personal data that stood in the event, as `id_card:3`; the values themselves are masked (decision 0020).
_PERSONAL: dict[str, Sort] = {"taishi.personal": _WORDS}
#: The warninglist of exits (VPN, proxy, cloud) that has the source of a logon, by its slug.
_EXIT: dict[str, Sort] = {"taishi.source.exit": _WORD}

#: Columns every kind has.
COMMON: dict[str, Sort] = {
    "@timestamp": _TIME,
    "event.id": _WORD,
    "event.kind": _WORD,
    "event.category": _WORD,
    "event.type": _WORD,
    "event.action": _WORD,
    "event.outcome": _WORD,
    "event.code": _WORD,
    "event.dataset": _WORD,
    "event.module": _WORD,
    "event.provider": _WORD,
    "event.severity": _COUNT,
    "message": _WORD,
    "log.file.path": _WORD,
    "host.name": _WORD,
    "host.ip": _WORDS,
    "source.ip": _WORD,
    "source.port": _COUNT,
    "source.domain": _WORD,
    "source.geo.country_iso_code": _WORD,
    "source.as.number": _COUNT,
    "source.as.organization.name": _WORD,
    "destination.ip": _WORD,
    "destination.port": _COUNT,
    "destination.domain": _WORD,
    "destination.geo.country_iso_code": _WORD,
    "destination.as.number": _COUNT,
    "destination.as.organization.name": _WORD,
    "network.transport": _WORD,
    "network.protocol": _WORD,
    "network.community_id": _WORD,
    "user.name": _WORD,
    "user.domain": _WORD,
    "rule.id": _WORD,
    "rule.name": _WORD,
    "rule.category": _WORD,
    "taishi.sensor": _WORD,
    "taishi.record": _COUNT,
    # The address that an event came from over a network: a relay's, or the host's own.
    "taishi.sender": _WORD,
    "taishi.source.unit": _WORD,
    "taishi.source.asset": _WORD,
    "taishi.destination.unit": _WORD,
    "taishi.destination.asset": _WORD,
    "taishi.host.unit": _WORD,
    "taishi.host.asset": _WORD,
}

#: Columns that only some kinds have.
SPECIFIC: dict[Kind, dict[str, Sort]] = {
    "flow": {
        "event.start": _TIME,
        "event.end": _TIME,
        "event.duration": _COUNT,  # nanoseconds
        "network.type": _WORD,
        "network.bytes": _COUNT,
        "network.packets": _COUNT,
        "network.direction": _WORD,
        "source.bytes": _COUNT,
        "source.packets": _COUNT,
        "source.mac": _WORD,
        "destination.bytes": _COUNT,
        "destination.packets": _COUNT,
        "destination.mac": _WORD,
        "network.vlan.id": _WORD,
        "taishi.flow.state": _WORD,  # Zeek's conn_state words: S0, SF, REJ, RSTO, RSTR, S1, OTH …
        "taishi.flow.history": _WORD,  # Zeek's history letters, where the source gives them
        "taishi.flow.source_payload": _COUNT,  # payload bytes, headers apart
        "taishi.flow.destination_payload": _COUNT,
    },
    "dns": {
        "dns.id": _WORD,
        "dns.type": _WORD,
        "dns.question.name": _WORD,
        "dns.question.type": _WORD,
        "dns.question.class": _WORD,
        "dns.question.registered_domain": _WORD,
        "dns.question.subdomain": _WORD,
        "dns.response_code": _WORD,
        "dns.resolved_ip": _WORDS,
        "dns.answers.data": _WORDS,
        "dns.answers.type": _WORDS,
    },
    "http": {
        **_PERSONAL,
        "http.version": _WORD,
        "http.request.method": _WORD,
        "http.request.bytes": _COUNT,
        "http.request.body.bytes": _COUNT,
        "http.request.body.content": _WORD,
        "http.request.referrer": _WORD,
        "http.request.mime_type": _WORD,
        "http.response.status_code": _COUNT,
        "http.response.bytes": _COUNT,
        "http.response.body.bytes": _COUNT,
        "http.response.body.content": _WORD,
        "http.response.mime_type": _WORD,
        "url.original": _WORD,
        "url.full": _WORD,
        "url.domain": _WORD,
        "url.port": _COUNT,
        "url.path": _WORD,
        "url.query": _WORD,
        "url.username": _WORD,
        "user_agent.original": _WORD,
        "taishi.http.headers": _WORD,  # request headers as sent, lines joined by \n, credentials masked
    },
    "tls": {
        "tls.version": _WORD,
        "tls.version_protocol": _WORD,
        "tls.cipher": _WORD,
        "tls.curve": _WORD,
        "tls.established": _FLAG,
        "tls.next_protocol": _WORD,
        "tls.client.server_name": _WORD,
        "tls.client.ja3": _WORD,
        "tls.server.ja3s": _WORD,
        "tls.server.subject": _WORD,
        "tls.server.issuer": _WORD,
        "tls.server.not_before": _TIME,
        "tls.server.not_after": _TIME,
        "tls.server.hash.sha1": _WORD,
        "tls.server.hash.sha256": _WORD,
        "taishi.tls.self_signed": _FLAG,
        "taishi.tls.expired": _FLAG,  # at the time of the event
        "taishi.tls.key_bits": _COUNT,
    },
    "smb": {  # one connection
        "taishi.smb.version": _WORD,  # 1, 2.0.2, 2.1, 3.0, 3.0.2, 3.1.1; 2 or 3 without a dialect
        "taishi.smb.dialect": _WORD,
        "taishi.smb.signing": _WORD,  # what the server offers: required, enabled, off
        "taishi.smb.signed": _FLAG,  # what it did
        "taishi.smb.encrypted": _FLAG,
        "taishi.smb.anonymous": _FLAG,  # a session without a name was granted
        "taishi.smb.guest": _FLAG,
        "taishi.smb.shares": _WORDS,
        "taishi.smb.pipes": _WORDS,
        "taishi.smb.refused": _WORDS,  # shares and pipes that were refused
        "taishi.smb.marks": _WORDS,  # what breaks the protocol's rules: sensors/pcap/smb1_transactions.py
        "taishi.smb.read": _COUNT,  # bytes of files
        "taishi.smb.written": _COUNT,
    },
    "rpc": {  # DCE/RPC calls of one operation with the same arguments and result
        "taishi.rpc.interface": _WORD,  # svcctl, samr, netlogon …, else the UUID
        "taishi.rpc.operation": _WORD,
        "taishi.rpc.opnum": _COUNT,
        "taishi.rpc.pipe": _WORD,  # None over TCP
        "taishi.rpc.result": _WORD,  # return value as 0x…, or fault:0x…
        "taishi.rpc.argument": _WORD,  # readable strings among the arguments
        "taishi.rpc.answered": _FLAG,
        "taishi.rpc.sealed": _FLAG,  # arguments and result are encrypted
        "taishi.rpc.weak_challenge": _FLAG,  # a Netlogon challenge or credential of constant bytes
        "taishi.rpc.calls": _COUNT,
    },
    "kerberos": {  # one request with its answer
        "taishi.kerberos.request": _WORD,  # AS, TGS
        "taishi.kerberos.service": _WORD,
        "taishi.kerberos.error": _WORD,
        "taishi.kerberos.cipher": _WORD,  # of the ticket that was given
        "taishi.kerberos.reply_cipher": _WORD,  # of the part that only the client can read
        "taishi.kerberos.tgt_cipher": _WORD,  # of the ticket that a TGS request shows
        "taishi.kerberos.offered": _WORDS,
        "taishi.kerberos.preauthenticated": _FLAG,
    },
    "ldap": {  # one search
        "taishi.ldap.base": _WORD,
        "taishi.ldap.scope": _WORD,
        "taishi.ldap.filter": _WORD,
        "taishi.ldap.attributes": _WORDS,
        "taishi.ldap.entries": _COUNT,
        "taishi.ldap.result": _COUNT,
    },
    "logon": {
        **_PERSONAL,
        "process.name": _WORD,
        "process.pid": _COUNT,
        "taishi.logon.method": _WORD,  # password, publickey …
        "taishi.logon.cleartext": _FLAG,  # the secret crossed the wire unprotected
        **_EXIT,
    },
    "process": {
        **_PERSONAL,
        "process.name": _WORD,
        "process.pid": _COUNT,
        "process.executable": _WORD,
        "process.command_line": _WORD,
        "process.parent.executable": _WORD,
        "process.parent.command_line": _WORD,
    },
    "file": {
        **_PERSONAL,
        "file.path": _WORD,
        "file.name": _WORD,
        "file.mime_type": _WORD,
        "file.size": _COUNT,
        "file.hash.md5": _WORD,
        "file.hash.sha1": _WORD,
        "file.hash.sha256": _WORD,
    },
    "windows": {
        **_PERSONAL,
        "winlog.channel": _WORD,
        "winlog.provider_name": _WORD,
        "winlog.computer_name": _WORD,
        "winlog.record_id": _WORD,
        **_EXIT,
    },
    "alert": {
        **_PERSONAL,
        "rule.reference": _WORD,
        "rule.ruleset": _WORD,
        "url.original": _WORD,
        "dns.question.name": _WORD,
    },
    "other": {**_PERSONAL},
}

#: Kept last: the source's own fields as a JSON object, and the raw record.
TRAILING: dict[str, Sort] = {"taishi.extra": _WORD, "event.original": _WORD}

KINDS: tuple[Kind, ...] = tuple(SPECIFIC)


@cache
def _arrow() -> "dict[Sort, pa.DataType]":
    import pyarrow as pa

    return {
        _WORD: pa.string(),
        _WORDS: pa.list_(pa.string()),
        _COUNT: pa.int64(),
        _TIME: pa.timestamp("us", tz="UTC"),
        _FLAG: pa.bool_(),
    }


def schema(kind: Kind) -> "pa.Schema":
    """The Arrow schema of one kind of event: common columns, its own, then the raw record."""
    import pyarrow as pa

    return pa.schema(list(_typed(COMMON | SPECIFIC[kind] | TRAILING).items()))


def column_types() -> "dict[str, pa.DataType]":
    """Every column of every kind with its type: what a query may ask for by name."""
    merged = dict(COMMON)
    for columns in SPECIFIC.values():
        merged.update(columns)
    return _typed(merged | TRAILING)


def _typed(columns: dict[str, Sort]) -> "dict[str, pa.DataType]":
    arrow = _arrow()
    return {name: arrow[sort] for name, sort in columns.items()}
