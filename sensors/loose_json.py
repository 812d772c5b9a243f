"""JSON lines of any make whose keys say enough: renamed to ECS, then read as ECS."""

import re
from collections.abc import Iterator, Mapping

from sensors.access_log import forwarded, log_time, request_columns
from sensors.ecs_rows import ecs_event, flat
from sensors.json_records import first_object, read_objects
from sensors.lines import Damaged
from sensors.values import parsed_address, word
from sensors.web import host_columns, url_columns
from taishi.core.event import Batch, Json
from taishi.core.source import Reject, Source
from taishi.kit.attacks import is_attack

_TIMES = (
    "@timestamp ts time timestamp eventtime datetime date startutc timeiso8601 starttime timelocal msec t "
    "accesstime attacktime alerttime occurtime logtime "
    "时间 发生时间 记录时间 日志时间 告警时间 开始时间"
)
#: ECS name ← the ways it is written, compared without case, `_`, `-`, `.` and spaces.
_WRITTEN = {
    "@timestamp": _TIMES,
    "source.ip": "srcip src sourceip sourceipaddress clientip client ipaddress ip remoteaddr remoteip "
    "clientaddr clienthost saddr addrremote requestremoteip visitorip origh srcaddr sourceaddress rhost "
    "sip attackip attackerip realclientip attacker 攻击源 攻击者 源ip 源地址 "
    "源ip地址 客户端ip 攻击ip 攻击源ip",
    "source.port": "srcport sport sourceport clientport spt 源端口",
    "destination.ip": "dstip dst destip destinationip serverip daddr dstaddr destinationaddress resph "
    "dip victimip victim targetip 受害者 目标地址 目的ip 目的地址 目的ip地址 目标ip 服务器ip 受害ip",
    "destination.port": "dstport dport destport destinationport serverport dpt 目的端口 目标端口",
    "network.transport": "transport l4proto ipproto",
    "network.protocol": "appproto application service",
    "source.bytes": "bytesout srcbytes bytessent sentbyte origbytes",
    "destination.bytes": "bytesin dstbytes bytesreceived rcvdbyte respbytes",
    "dns.question.name": "dnsquery query qname queryname rrname",
    "dns.question.type": "dnstype qtype querytype qtypename rrtype",
    "dns.response_code": "rcode rcodename",
    "dns.answers.data": "answers dnsanswers",
    "http.request.method": "method httpmethod requestmethod verb",
    "http.response.status_code": "status statuscode httpstatus responsestatus downstreamstatus "
    "originstatus responsecode",
    "http.response.body.bytes": "bodybytessent responsesize downstreamcontentsize contentlength",
    "http.request.referrer": "referer referrer httpreferer",
    "user_agent.original": "useragent httpuseragent ua requestuseragent requestheadersuseragent",
    "url.original": "url uri requesturi requestpath path httppath requesturl 网址",
    "url.domain": "httphost requesthost vhost servername hostname",
    "user.name": "user username account login clientusername remoteuser principalname usr 用户 用户名 账号",
    "host.name": "computer device agenthostname",
    "tls.client.server_name": "sni tlssni",
    "tls.client.ja3": "ja3 ja3hash",
    "process.command_line": "cmdline commandline",
    "process.executable": "exe executable image",
    "rule.name": "signature rulename alertname 规则名称 攻击名称 威胁名称",
    "message": "message msg log 描述",
    "event.action": "action event eventname 动作",
}
_SYNONYMS = {name: field for field, names in _WRITTEN.items() for name in names.split(" ")}
#: One of these beside a time makes a record worth reading.
ENOUGH = frozenset({"source.ip", "destination.ip", "dns.question.name", "url.original"})
#: Keys by which devices name what they saw.
_ATTACKS_WRITTEN = (
    "attacktype attackname attackcategory threattype threatname threatcategory alarmtype alarmname alerttype "
    "alertname signature signaturename virusname virustype vulnname vulntype 攻击类型 攻击名称 威胁类型 "
    "威胁名称 告警类型 告警名称 病毒名称 漏洞名称"
)
_ATTACKS = frozenset(_ATTACKS_WRITTEN.split(" "))
_TRANSPORTS = frozenset({"tcp", "udp", "icmp", "icmp6", "sctp", "ipv6-icmp"})
#: RFC 9110 9.3, RFC 5789, and WebDAV's most common.
_METHODS = frozenset(
    ("GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH", "PROPFIND", "MKCOL")
)
_COMMON_TIME = re.compile(r"\[?\d\d/[A-Z][a-z]{2}/\d{4}:\d\d:\d\d:\d\d [+-]\d{4}\]?")
_ROLES_OF_HOST = ("url.original", "http.request.method")


class LooseJson:
    """The last resort for JSON: asks for a time and for an address, a name asked for, or a URL."""

    name = "loose_json"

    def recognizes(self, source: Source) -> int:
        try:
            fields = renamed(first_object(source))
        except Damaged:
            return 0
        return 50 if "@timestamp" in fields and ENOUGH & fields.keys() else 0

    def read(self, source: Source, reject: Reject) -> Iterator[Batch]:
        return read_objects(self.name, source, reject, lambda record, raw: [ecs_event(renamed(record), raw)])


def renamed(record: Mapping[str, Json]) -> dict[str, Json]:
    """The record in ECS names; keys that say nothing keep theirs, and so does a second one for a field."""
    fields: dict[str, Json] = _attack(record)
    for name, value in flat(record).items():
        field = _SYNONYMS.get(_plain(name))
        if field is None or field in fields or not _fits(field, value):
            fields[name] = value
        else:
            fields[field] = value
    for step in (_time, _request_line, _forwarded, _address_with_port, _transport, _host, _target, _outcome):
        step(fields)
    return fields


def _plain(name: str) -> str:
    return "".join(character for character in name.lower() if character.isalnum() or character == "@")


def _fits(field: str, value: Json) -> bool:
    """A synonym counts only where the value can be what the field says."""
    if value == "-":
        return False
    if field in ("source.ip", "destination.ip"):
        return isinstance(value, str) and value not in ("", "-")
    if field == "http.response.status_code":
        return str(value).isdigit() and 100 <= int(str(value)[:4]) <= 599
    if field == "http.request.method":
        return isinstance(value, str) and value.upper() in _METHODS
    if field in ("dns.question.name", "user.name", "event.action"):
        return isinstance(value, str)
    return not isinstance(value, dict)


def _time(fields: dict[str, Json]) -> None:
    """`01/Mar/2026:08:00:00 +0800`, as access logs have it."""
    text = fields.get("@timestamp")
    if isinstance(text, str) and _COMMON_TIME.fullmatch(text):
        fields["@timestamp"] = log_time(text.strip("[]")).isoformat()


def _request_line(fields: dict[str, Json]) -> None:
    """`request` of an access log is method, target and version."""
    line = fields.get("request")
    if isinstance(line, str) and "url.original" not in fields:
        columns = request_columns(line, word(fields.get("url.domain"), "host"))
        if "http.request.method" in columns or line.startswith("/"):
            del fields["request"]
            target = columns.get("url.original")
            found = {name: value for name, value in columns.items() if isinstance(value, (str, int))}
            fields.update({**found, "url.original": str(target)})


def _forwarded(fields: dict[str, Json]) -> None:
    """Whom proxies name stands apart from who connected."""
    for name in [name for name in fields if _plain(name).endswith("xforwardedfor")]:
        value = fields[name][0] if isinstance(fields[name], list) and fields[name] else fields[name]  # type: ignore[index]
        if isinstance(value, str):
            fields.update({key: found for key, found in forwarded(value).items() if key not in fields})


def _address_with_port(fields: dict[str, Json]) -> None:
    """`192.0.2.1:4071` is an address and a port."""
    for side in ("source", "destination"):
        text = fields.get(f"{side}.ip")
        if isinstance(text, str) and parsed_address(text) is None:
            host, colon, place = text.rpartition(":")
            if colon and place.isdigit() and parsed_address(host):
                fields[f"{side}.ip"] = host
                fields.setdefault(f"{side}.port", place)


def _transport(fields: dict[str, Json]) -> None:
    """`proto` and `protocol` name either layer."""
    for name in ("proto", "protocol", "Proto", "Protocol"):
        value = fields.get(name)
        if isinstance(value, str) and value:
            layer = "network.transport" if value.lower() in _TRANSPORTS else "network.protocol"
            fields.setdefault(layer, value.lower())
            del fields[name]


def _host(fields: dict[str, Json]) -> None:
    """`host` is the site that was asked for where there is a request, else the machine."""
    value = fields.get("host")
    if not isinstance(value, str) or not value:
        return
    if any(name in fields for name in _ROLES_OF_HOST):
        fields.update(
            {name: text for name, text in host_columns(value).items() if isinstance(text, (str, int))}
        )
        del fields["host"]
    elif "host.name" not in fields:
        fields["host.name"] = fields.pop("host")


def _target(fields: dict[str, Json]) -> None:
    """The parts of a URL; `query` beside a method is the URL's, not one for a name."""
    target, method = fields.get("url.original"), fields.get("http.request.method")
    if isinstance(target, str) and isinstance(method, str) and "dns.question.name" in fields:
        query = str(fields.pop("dns.question.name")).removeprefix("?")
        if query and "?" not in target:
            target = fields["url.original"] = f"{target}?{query}"
    if isinstance(target, str) and target:
        site = word(fields.get("url.domain"), "host")
        for name, value in url_columns(target, site).items():
            if isinstance(value, (str, int)):
                fields[name] = value


def _attack(record: Mapping[str, Json]) -> dict[str, Json]:
    """A device's own name for an attack makes an alert."""
    told = [
        value for name, value in flat(record).items() if _plain(name) in _ATTACKS and isinstance(value, str)
    ]
    named = next(filter(is_attack, told), None)
    return {} if named is None else {"event.kind": "alert", "rule.name": named}


def _outcome(fields: dict[str, Json]) -> None:
    """A user with a success told makes a logon."""
    success = fields.get("success")
    if isinstance(success, bool) and "user.name" in fields:
        fields["event.outcome"] = "success" if success else "failure"
        fields.setdefault("event.category", "authentication")


SENSOR = LooseJson()
