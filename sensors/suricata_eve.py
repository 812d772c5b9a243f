"""Suricata's EVE JSON lines. Source: Suricata user guide, "Eve JSON Format" (dns versions 1 to 3)."""

from collections.abc import Callable, Iterator, Mapping

from sensors.json_records import first_object, read_objects
from sensors.lines import Seen
from sensors.values import (
    Table,
    address,
    columns,
    count,
    filled,
    left,
    moment,
    number,
    parsed_address,
    part,
    port,
    total,
    word,
)
from sensors.web import host_columns, masked_headers, url_columns
from taishi.core.ecs import Kind
from taishi.core.event import Batch, Json, Value
from taishi.core.source import Reject, Source

Record = Mapping[str, Json]
#: An event type's kind, its columns, and the top-level keys that are wholly in them.
Mapped = tuple[Kind, Mapping[str, Value], tuple[str, ...]]

_ENDS: Table = {
    "src_ip": ("source.ip", address),
    "src_port": ("source.port", port),
    "dest_ip": ("destination.ip", address),
    "dest_port": ("destination.port", port),
    "community_id": ("network.community_id", word),
}


class SuricataEve:
    """One event a line; alerts, flows, dns, http, tls and fileinfo have their kind, the rest is `other`."""

    name = "suricata_eve"

    def recognizes(self, source: Source) -> int:
        record = first_object(source)
        if not isinstance(record.get("event_type"), str) or "timestamp" not in record:
            return 0
        return 95 if record.keys() & {"flow_id", "src_ip", "stats", "pcap_cnt", "in_iface"} else 0

    def read(self, source: Source, reject: Reject) -> Iterator[Batch]:
        return read_objects(self.name, source, reject, lambda record, raw: [_seen(record, raw)])


def _seen(record: Record, original: str) -> Seen:
    what = word(record.get("event_type"), "event_type") or "unknown"
    kind, row, used = _MAPPERS.get(what, _other)(record)
    transport = word(record.get("proto"), "proto")
    common: dict[str, Value] = {
        "@timestamp": moment(record.get("timestamp"), "timestamp"),
        "event.kind": "event",
        "event.module": "suricata",
        "event.dataset": f"suricata.{what}",
        "network.transport": transport.lower() if transport else None,
        "network.protocol": _protocol(record),
        **columns(record, _ENDS),
    }
    gone = {"timestamp", "event_type", "proto", *_ENDS, *used}
    return Seen(kind, filled({**common, **row}), left(record, gone), original)


def _protocol(record: Record) -> str | None:
    found = word(record.get("app_proto"), "app_proto")
    return None if found in ("failed", "unknown") else found


def _alert(record: Record) -> Mapped:
    alert, request = part(record, "alert"), part(record, "http")
    query = part(record, "dns").get("query")
    asked = query[0] if isinstance(query, list) and query and isinstance(query[0], dict) else {}
    url = word(request.get("url"), "http.url")
    row: dict[str, Value] = {
        "event.kind": "alert",
        "event.category": "intrusion_detection",
        "event.action": word(alert.get("action"), "alert.action"),
        "event.severity": number(alert.get("severity"), "alert.severity"),
        "message": word(alert.get("signature"), "alert.signature"),
        "rule.id": word(alert.get("signature_id"), "alert.signature_id"),
        "rule.name": word(alert.get("signature"), "alert.signature"),
        "rule.category": word(alert.get("category"), "alert.category"),
        "rule.ruleset": "suricata",
        "url.original": url,
        "dns.question.name": word(asked.get("rrname"), "dns.query.rrname"),
    }
    return "alert", row, ()


def _flow(record: Record) -> Mapped:
    flow = part(record, "flow")
    sent, answered = (count(flow.get(f"bytes_to{end}"), f"bytes_to{end}") for end in ("server", "client"))
    out, back = (count(flow.get(f"pkts_to{end}"), f"pkts_to{end}") for end in ("server", "client"))
    start = moment(flow.get("start", record.get("timestamp")), "flow.start")
    end = moment(flow.get("end", flow.get("start", record.get("timestamp"))), "flow.end")
    row: dict[str, Value] = {
        "@timestamp": start,
        "event.category": "network",
        "event.type": "connection",
        "event.start": start,
        "event.end": end,
        "event.duration": max(0, round((end - start).total_seconds() * 1e9)),
        "network.type": "ipv6" if ":" in str(record.get("src_ip", "")) else "ipv4",
        "network.bytes": total(sent, answered),
        "network.packets": total(out, back),
        "source.bytes": sent,
        "source.packets": out,
        "destination.bytes": answered,
        "destination.packets": back,
        "taishi.flow.state": _state(record, back or 0),
    }
    return "flow", row, ()


def _state(record: Record, back: int) -> str:
    """Zeek's word for how the connection went, from TCP flags and from who sent anything."""
    tcp = part(record, "tcp")
    if not tcp:
        return "SF" if back else "S0"
    if not back:
        return "S0" if tcp.get("syn") else "OTH"
    to_client = _hexadecimal(tcp.get("tcp_flags_tc"))
    to_server = _hexadecimal(tcp.get("tcp_flags_ts"))
    answered = bool(to_client & _SYN)
    if not answered:
        return "REJ" if to_client & _RST else "OTH"
    if (to_client | to_server) & _RST:
        return "RSTO" if to_server & _RST else "RSTR"
    return "SF" if to_client & to_server & _FIN else "S1"


#: TCP flag bits, RFC 9293 3.1.
_FIN, _SYN, _RST = 0x01, 0x02, 0x04


def _hexadecimal(value: Json) -> int:
    try:
        return int(str(value), 16)
    except ValueError:
        return 0


def _dns(record: Record) -> Mapped:
    dns = part(record, "dns")
    question = _objects(dns.get("queries")) or _objects(dns.get("query")) or [dns]
    answers = _objects(dns.get("answers")) or ([dns] if "rdata" in dns else [])
    data = [text for one in answers if (text := word(one.get("rdata"), "dns.rdata"))]
    what = "query" if dns.get("type") in ("query", "request") else "answer"
    ips: list[str] = [ip for text in data if (ip := parsed_address(text))]
    types = [word(one.get("rrtype"), "dns.rrtype") or "" for one in answers]
    row: dict[str, Value] = {
        "event.category": "network",
        "event.type": "protocol",
        "network.protocol": "dns",
        "dns.id": word(dns.get("id"), "dns.id"),
        "dns.type": what,
        "dns.question.name": word(question[0].get("rrname"), "dns.rrname"),
        "dns.question.type": word(question[0].get("rrtype"), "dns.rrtype"),
        "dns.response_code": word(dns.get("rcode"), "dns.rcode"),
        "dns.answers.data": list(data) or None,
        "dns.answers.type": list(types) or None,
        "dns.resolved_ip": list(ips) or None,
    }
    return "dns", row, ()


def _http(record: Record) -> Mapped:
    http = part(record, "http")
    host, url = word(http.get("hostname"), "http.hostname"), word(http.get("url"), "http.url")
    protocol = word(http.get("protocol"), "http.protocol") or ""
    row: dict[str, Value] = {
        "event.category": "web",
        "event.type": "access",
        "network.protocol": "http",
        "http.version": protocol.removeprefix("HTTP/") or None,
        "http.request.method": word(http.get("http_method"), "http.http_method"),
        "http.request.referrer": word(http.get("http_refer"), "http.http_refer"),
        "http.request.body.content": word(http.get("http_request_body_printable"), "http.request_body"),
        "http.response.status_code": number(http.get("status"), "http.status"),
        "http.response.body.bytes": count(http.get("length"), "http.length"),
        "http.response.body.content": word(http.get("http_response_body_printable"), "http.response_body"),
        "http.response.mime_type": word(http.get("http_content_type"), "http.http_content_type"),
        "user_agent.original": word(http.get("http_user_agent"), "http.http_user_agent"),
        "taishi.http.headers": _headers(http),
        **(url_columns(url, host) if url else host_columns(host) if host else {}),
    }
    if (http_port := port(http.get("http_port"), "http.http_port")) is not None:
        row["url.port"] = http_port
    return "http", row, ()


def _headers(http: Record) -> str | None:
    found = _objects(http.get("request_headers"))
    return masked_headers((str(one.get("name", "")), str(one.get("value", ""))) for one in found)


def _tls(record: Record) -> Mapped:
    tls = part(record, "tls")
    version = word(tls.get("version"), "tls.version")
    protocol, _, release = (version or "").partition(" ")
    subject, issuer = word(tls.get("subject"), "tls.subject"), word(tls.get("issuerdn"), "tls.issuerdn")
    ends = moment(tls["notafter"], "tls.notafter") if tls.get("notafter") else None
    sha1 = word(tls.get("fingerprint"), "tls.fingerprint")
    row: dict[str, Value] = {
        "event.category": "network",
        "event.type": "protocol",
        "network.protocol": "tls",
        "tls.version": release or None,
        "tls.version_protocol": ("ssl" if protocol.startswith("SSL") else "tls") if release else None,
        "tls.client.server_name": word(tls.get("sni"), "tls.sni"),
        "tls.client.ja3": word(part(tls, "ja3").get("hash"), "tls.ja3.hash"),
        "tls.server.ja3s": word(part(tls, "ja3s").get("hash"), "tls.ja3s.hash"),
        "tls.server.subject": subject,
        "tls.server.issuer": issuer,
        "tls.server.not_before": moment(tls["notbefore"], "tls.notbefore") if tls.get("notbefore") else None,
        "tls.server.not_after": ends,
        "tls.server.hash.sha1": sha1.replace(":", "").lower() if sha1 else None,
        "taishi.tls.self_signed": subject == issuer if subject else None,
        "taishi.tls.expired": ends < moment(record.get("timestamp"), "timestamp") if ends else None,
    }
    return "tls", row, ()


def _file(record: Record) -> Mapped:
    info = part(record, "fileinfo")
    path = word(info.get("filename"), "fileinfo.filename")
    row: dict[str, Value] = {
        "event.category": "file",
        "event.type": "info",
        "file.path": path,
        "file.name": path.rpartition("/")[2] or None if path else None,
        "file.mime_type": word(info.get("magic"), "fileinfo.magic"),
        "file.size": count(info.get("size"), "fileinfo.size"),
        **{
            f"file.hash.{kind}": word(info.get(kind), f"fileinfo.{kind}")
            for kind in ("md5", "sha1", "sha256")
        },
    }
    return "file", row, ()


def _other(record: Record) -> Mapped:
    anomaly = word(part(record, "anomaly").get("event"), "anomaly.event")
    return "other", {"event.category": "network", "message": anomaly}, ()


def _objects(value: Json) -> list[dict[str, Json]]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


_MAPPERS: dict[str, Callable[[Record], Mapped]] = {
    "alert": _alert,
    "flow": _flow,
    "dns": _dns,
    "http": _http,
    "tls": _tls,
    "fileinfo": _file,
}

SENSOR = SuricataEve()
