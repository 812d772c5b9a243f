"""conn, dns, http, ssl, files, smb_files and notice: Zeek manual, "Logs"."""

from collections.abc import Mapping
from datetime import timedelta

from sensors.lines import Damaged
from sensors.values import (
    Table,
    address,
    count,
    flag,
    moment,
    nanoseconds,
    parsed_address,
    total,
    word,
    words,
)
from sensors.web import host_columns, url_columns
from sensors.zeek.mapped import Mapped, by_table
from taishi.core.event import Json, Value

_CONN: Table = {
    "service": ("network.protocol", word),
    "conn_state": ("taishi.flow.state", word),
    "history": ("taishi.flow.history", word),
    "orig_bytes": ("taishi.flow.source_payload", count),
    "resp_bytes": ("taishi.flow.destination_payload", count),
    "orig_pkts": ("source.packets", count),
    "resp_pkts": ("destination.packets", count),
    "orig_ip_bytes": ("source.bytes", count),
    "resp_ip_bytes": ("destination.bytes", count),
    "orig_l2_addr": ("source.mac", word),
    "resp_l2_addr": ("destination.mac", word),
    "vlan": ("network.vlan.id", word),
    "community_id": ("network.community_id", word),
    "duration": ("event.duration", nanoseconds),
}
#: (local_orig, local_resp) in the words of ECS `network.direction`.
_DIRECTIONS = {
    (True, True): "internal",
    (True, False): "outbound",
    (False, True): "inbound",
    (False, False): "external",
}


def conn(record: Mapping[str, Json]) -> Mapped:
    """One connection: bytes are with IP headers where counted, else payload."""
    mapped = by_table("flow", record, _CONN, {}, ("local_orig", "local_resp"))
    row: dict[str, Value] = {"event.category": "network", "event.type": "connection", **mapped.row}
    sent = count(record.get("orig_ip_bytes", record.get("orig_bytes")), "orig_bytes")
    answered = count(record.get("resp_ip_bytes", record.get("resp_bytes")), "resp_bytes")
    start = moment(record.get("ts"), "ts")
    try:
        end = start + timedelta(microseconds=(nanoseconds(record.get("duration"), "duration") or 0) / 1000)
    except OverflowError:
        raise Damaged("duration is longer than time") from None
    row |= {
        "source.bytes": sent,
        "destination.bytes": answered,
        "network.bytes": total(sent, answered),
        "network.packets": total(
            count(record.get("orig_pkts"), "orig_pkts"), count(record.get("resp_pkts"), "resp_pkts")
        ),
        "network.type": "ipv6" if ":" in str(record.get("id.orig_h", "")) else "ipv4",
        "network.direction": _direction(record),
        "event.start": start,
        "event.end": end,
    }
    if record.get("proto") != "icmp":
        return Mapped("flow", row, mapped.used)
    # For ICMP Zeek writes type and code where ports stand: no ports of ours.
    row |= {"source.port": None, "destination.port": None}
    return Mapped("flow", row, mapped.used, ("id.orig_p", "id.resp_p"))


def _direction(record: Mapping[str, Json]) -> str | None:
    ends = (flag(record.get("local_orig"), "local_orig"), flag(record.get("local_resp"), "local_resp"))
    return None if ends[0] is None or ends[1] is None else _DIRECTIONS[ends[0], ends[1]]


_DNS: Table = {
    "trans_id": ("dns.id", word),
    "query": ("dns.question.name", word),
    "qtype_name": ("dns.question.type", word),
    "qclass_name": ("dns.question.class", word),
    "rcode_name": ("dns.response_code", word),
    "answers": ("dns.answers.data", words),
}


def dns(record: Mapping[str, Json]) -> Mapped:
    answers = words(record.get("answers"), "answers") or []
    ips = [ip for ip in map(parsed_address, answers) if ip]
    answered = "rcode_name" in record or "rcode" in record or bool(answers)
    more: dict[str, Value] = {
        "event.category": "network",
        "event.type": "protocol",
        "network.protocol": "dns",
        "dns.type": "answer" if answered else "query",
        "dns.resolved_ip": list(ips) or None,
    }
    return by_table("dns", record, _DNS, more)


_HTTP: Table = {
    "version": ("http.version", word),
    "method": ("http.request.method", word),
    "referrer": ("http.request.referrer", word),
    "request_body_len": ("http.request.body.bytes", count),
    "response_body_len": ("http.response.body.bytes", count),
    "status_code": ("http.response.status_code", count),
    "user_agent": ("user_agent.original", word),
    "username": ("user.name", word),
}


def http(record: Mapping[str, Json]) -> Mapped:
    host = word(record.get("host"), "host")
    target = word(record.get("uri"), "uri")
    url = url_columns(target, host) if target else host_columns(host) if host else {}
    more: dict[str, Value] = {
        "event.category": "web",
        "event.type": "access",
        "network.protocol": "http",
        "network.transport": "tcp",
        "http.request.mime_type": _first(record, "orig_mime_types"),
        "http.response.mime_type": _first(record, "resp_mime_types"),
        **url,
    }
    return by_table("http", record, _HTTP, more, ("uri", "host"))


_SSL: Table = {
    "cipher": ("tls.cipher", word),
    "curve": ("tls.curve", word),
    "established": ("tls.established", flag),
    "next_protocol": ("tls.next_protocol", word),
    "server_name": ("tls.client.server_name", word),
    "ja3": ("tls.client.ja3", word),
    "ja3s": ("tls.server.ja3s", word),
    "subject": ("tls.server.subject", word),
    "issuer": ("tls.server.issuer", word),
    "resp_certificate_sha1": ("tls.server.hash.sha1", word),
    "not_valid_before": ("tls.server.not_before", moment),
    "not_valid_after": ("tls.server.not_after", moment),
}


def ssl(record: Mapping[str, Json]) -> Mapped:
    version = word(record.get("version"), "version") or ""
    status = (word(record.get("validation_status"), "validation_status") or "").lower()
    subject, issuer = record.get("subject"), record.get("issuer")
    known = bool(status or subject)
    signed_by_itself = status.startswith(("self signed", "self-signed")) or (
        bool(subject) and subject == issuer
    )
    more: dict[str, Value] = {
        "event.category": "network",
        "event.type": "protocol",
        "network.protocol": "tls",
        "network.transport": "udp" if version.startswith("DTLS") else "tcp",
        "tls.version": _VERSIONS.get(version),
        "tls.version_protocol": "ssl" if version.startswith("SSL") else "tls" if version else None,
        "tls.server.hash.sha256": _first(record, "cert_chain_fps"),
        "taishi.tls.self_signed": signed_by_itself if known else None,
        "taishi.tls.expired": ("expired" in status) if status else None,
    }
    mapped = by_table("tls", record, _SSL, more)
    return Mapped(mapped.kind, mapped.row, {*mapped.used, "version"} if version in _VERSIONS else mapped.used)


#: base/protocols/ssl/consts.zeek `version_strings`.
_VERSIONS = {
    "SSLv2": "2.0",
    "SSLv3": "3.0",
    "TLSv10": "1.0",
    "TLSv11": "1.1",
    "TLSv12": "1.2",
    "TLSv13": "1.3",
    "DTLSv10": "1.0",
    "DTLSv12": "1.2",
    "DTLSv13": "1.3",
}

_FILES: Table = {
    "filename": ("file.name", word),
    "mime_type": ("file.mime_type", word),
    "md5": ("file.hash.md5", word),
    "sha1": ("file.hash.sha1", word),
    "sha256": ("file.hash.sha256", word),
    "source": ("network.protocol", word),
}


def files(record: Mapping[str, Json]) -> Mapped:
    """A file on the wire: source is who sent it."""
    more: dict[str, Value] = {
        "event.category": "file",
        "event.type": "info",
        "file.size": count(record.get("total_bytes", record.get("seen_bytes")), "total_bytes"),
    }
    for field, column in (("tx_hosts", "source.ip"), ("rx_hosts", "destination.ip")):
        if record.get(field):
            more[column] = address(_first(record, field), field)
    return by_table("file", record, _FILES, more)


def smb_files(record: Mapping[str, Json]) -> Mapped:
    path, name = word(record.get("path"), "path"), word(record.get("name"), "name")
    row: dict[str, Value] = {
        "event.category": "file",
        "event.action": word(record.get("action"), "action"),
        "network.protocol": "smb",
        "network.transport": "tcp",
        "file.path": "\\".join(part for part in (path, name) if part) or None,
        "file.name": name.rpartition("\\")[2] if name else None,
        "file.size": count(record.get("size"), "size"),
    }
    return Mapped("file", row, ("action", "size"))


_NOTICE: Table = {
    "note": ("rule.name", word),
    "msg": ("message", word),
    "src": ("source.ip", address),
    "dst": ("destination.ip", address),
    "p": ("destination.port", count),
}


def notice(record: Mapping[str, Json]) -> Mapped:
    note = word(record.get("note"), "note")
    more: dict[str, Value] = {
        "event.kind": "alert",
        "event.category": "intrusion_detection",
        "rule.id": note,
        "rule.category": note.partition("::")[0] if note else None,
        "rule.ruleset": "zeek",
    }
    return by_table("alert", record, _NOTICE, more)


def _first(record: Mapping[str, Json], field: str) -> str | None:
    found = words(record.get(field), field)
    return found[0] if found else None
