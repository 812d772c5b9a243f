"""Application protocols by the first payload of each direction: a table of byte signatures.

Only a name for `network.protocol`: what a dissector reads in full needs no entry here.
"""

import re
from dataclasses import dataclass

from sensors.pcap.flow import Flow

_TCP, _UDP = 6, 17


@dataclass(frozen=True)
class Signature:
    """`client` and `server` are searched for at the beginning; None: anything, nothing too.

    `ports`: where the bytes alone say too little, one side must use one of these.
    """

    name: str
    transport: int
    client: re.Pattern[bytes] | None = None
    server: re.Pattern[bytes] | None = None
    ports: frozenset[int] = frozenset()

    def fits(self, flow: Flow) -> bool:
        if flow.transport != self.transport:
            return False
        if self.ports and not self.ports & {flow.source.port, flow.destination.port}:
            return False
        wanted = ((self.client, flow.source.head), (self.server, flow.destination.head))
        return all(pattern is None or pattern.match(head) for pattern, head in wanted)


def _bytes(pattern: bytes) -> re.Pattern[bytes]:
    return re.compile(pattern, re.DOTALL)


def _either(name: str, transport: int, pattern: bytes, *ports: int) -> tuple[Signature, Signature]:
    """Says it on whichever side it is seen first."""
    found = _bytes(pattern)
    return (
        Signature(name, transport, client=found, ports=frozenset(ports)),
        Signature(name, transport, server=found, ports=frozenset(ports)),
    )


def _client(name: str, transport: int, pattern: bytes, *ports: int) -> Signature:
    return Signature(name, transport, client=_bytes(pattern), ports=frozenset(ports))


def _server(name: str, transport: int, pattern: bytes, *ports: int) -> Signature:
    return Signature(name, transport, server=_bytes(pattern), ports=frozenset(ports))


#: JSON-RPC of mining pools: Stratum v1, its Ethereum variants, and the login of CryptoNote pools.
_STRATUM = (
    rb'\s*\{(?=.*"(?:method|jsonrpc|id)")(?=.*"(?:mining\.(?:subscribe|authorize|notify|configure|extranonce'
    rb'\.subscribe)|eth_(?:submitLogin|submitWork|getWork|login)|login|job)")(?=.*(?:mining\.|eth_|"agent"'
    rb'|"rigid"|"algo"|"job_id"|"pass"))'
)

TABLE: tuple[Signature, ...] = (
    # Records of a session whose handshake was not seen.
    *_either("tls", _TCP, rb"[\x14-\x17]\x03[\x00-\x04][\x00-\x48]."),
    *_either("ssh", _TCP, rb"SSH-[12]\.\d+-"),
    *_either("smb1", _TCP, rb"\x00.{3}\xffSMB"),
    *_either("smb2", _TCP, rb"\x00.{3}[\xfe\xfd]SMB"),
    _client("netbios-ssn", _TCP, rb"\x81\x00\x00.", 139),
    # TPKT (RFC 1006) with an X.224 connection request or confirm; S7 and other ISO-on-TCP use 102.
    _client("s7comm", _TCP, rb"\x03\x00..[\x11-\x40]\xe0", 102),
    *_either("rdp", _TCP, rb"\x03\x00\x00.[\x06-\xff][\xe0\xd0]"),
    *_either("vnc", _TCP, rb"RFB \d{3}\.\d{3}\n"),
    *_either("stratum", _TCP, _STRATUM),
    _client(
        "redis",
        _TCP,
        rb"\*\d{1,4}\r\n\$\d{1,5}\r\n|(?:PING|INFO|KEYS|CONFIG|AUTH|SET|GET)\b[^\r\n]*\r\n",
        6379,
    ),
    Signature("redis", _TCP, _bytes(rb"\*\d{1,4}\r\n\$\d{1,5}\r\n"), _bytes(rb"[+\-:$*%~]|$")),
    # Length, request, response-to, opcode (OP_QUERY 2004, OP_COMPRESSED 2012, OP_MSG 2013), little endian.
    *_either("mongodb", _TCP, rb".{2}[\x00-\x02]\x00.{8}(?:\xd4|\xdc|\xdd|\x01)(?:\x07|\x00)\x00\x00"),
    # Protocol 10 greeting with the server's version, or the error packet it sends instead.
    _server("mysql", _TCP, rb".{3}\x00(?:\x0a[\x20-\x7e]{3,64}\x00|\xff..)", 3306, 3307),
    _server("mysql", _TCP, rb".\x00\x00\x00\x0a\d{1,2}\.\d{1,2}\.\d[\x20-\x7e]*\x00"),
    # Startup 3.0, SSLRequest, GSSENCRequest, CancelRequest.
    _client("postgresql", _TCP, rb"\x00\x00..(?:\x00\x03\x00\x00user\x00|\x04\xd2\x16[\x2e\x2f\x30])"),
    _client("tds", _TCP, rb"[\x12\x10\x01]\x01\x00.\x00\x00.\x00", 1433),
    _client("oracle", _TCP, rb"\x00.\x00\x00\x01\x00", 1521),
    *_either("bittorrent", _TCP, rb"\x13BitTorrent protocol"),
    *_either("bittorrent", _UDP, rb"d1:[adelrqy][d1]?.*1:y1:[qre]|\x13BitTorrent protocol"),
    *_either("bittorrent", _UDP, rb"[\x01\x11\x21\x31\x41][\x00-\x02].{18}$"),
    _client("bittorrent", _UDP, rb"\x00\x00\x04\x17\x27\x10\x19\x80\x00\x00\x00\x00"),
    _client("openvpn", _UDP, rb"[\x38\x50].{8}(?:.{20,36}.{8})?\x00", 1194),
    Signature("openvpn", _UDP, _bytes(rb"[\x38\x50].{13,}"), _bytes(rb"[\x40].{21,}")),
    Signature(
        "openvpn", _TCP, _bytes(rb"\x00[\x0e-\x60][\x38\x50].{13,}"), _bytes(rb"\x00[\x0e-\x70]\x40.{21,}")
    ),
    Signature("socks", _TCP, _bytes(rb"\x05[\x01-\x09][\x00-\x09]{1,9}$"), _bytes(rb"\x05[\x00-\x09\xff]")),
    Signature("socks", _TCP, _bytes(rb"\x04[\x01\x02].{6}[^\x00]*\x00"), _bytes(rb"\x00[\x5a-\x5d]")),
    # Long header of QUIC version 1 or 2, the drafts, Google's, and version negotiation.
    *_either("quic", _UDP, rb"[\xc0-\xff](?:\x00\x00\x00\x01|\x6b\x33\x43\xcf|\xff\x00\x00.|[QT]0\d\d)"),
    *_either("quic", _UDP, rb"[\x08-\x0f\x40-\x7f]?.{8}Q0\d\d", 443, 80),
    *_either("dtls", _UDP, rb"[\x14-\x17]\xfe[\xff\xfd\xfc].{8}"),
    _client("ntp", _UDP, rb"[\x00-\xff][\x00-\x10].{46}", 123),
    *_either("dhcp", _UDP, rb"[\x01\x02]\x01\x06.{233}\x63\x82\x53\x63", 67, 68),
    *_either("dhcpv6", _UDP, rb"[\x01-\x0d].{3}\x00", 546, 547),
    *_either("netbios-ns", _UDP, rb".{2}[\x00-\xff]{2}\x00[\x00\x01].{6}\x20[A-P]{32}\x00", 137),
    *_either("netbios-dgm", _UDP, rb"[\x10-\x16]", 138),
    *_either("snmp", _UDP, rb"\x30(?:[\x00-\x7f]|\x81.|\x82..)\x02\x01[\x00\x01\x03]", 161, 162),
    *_either("syslog", _UDP, rb"<\d{1,3}>"),
    _client("syslog", _TCP, rb"(?:\d{1,5} )?<\d{1,3}>", 514, 601, 6514),
    *_either("sip", _UDP, rb"(?:[A-Z]{3,9} sips?:\S+ )?SIP/2\.0"),
    *_either("sip", _TCP, rb"(?:[A-Z]{3,9} sips?:\S+ )?SIP/2\.0"),
    *_either("stun", _UDP, rb"[\x00\x01].{3}\x21\x12\xa4\x42"),
    *_either("ssdp", _UDP, rb"(?:M-SEARCH|NOTIFY) \* HTTP/1\.1"),
    _client("tftp", _UDP, rb"\x00[\x01\x02][\x20-\x7e]+\x00(?:octet|netascii|mail)\x00"),
    *_either("radius", _UDP, rb"[\x01-\x0d].\x00.{17,}", 1812, 1813, 1645, 1646),
    # Transaction, protocol 0, length below 256, unit, function (Modbus Application Protocol 1.1b3).
    *_either("modbus", _TCP, rb".{2}\x00\x00\x00.[\x00-\xff][\x01-\x2b\x5a\x81-\xab\xda]", 502),
    *_either("dnp3", _TCP, rb"\x05\x64[\x05-\xff]"),
    *_either("bacnet", _UDP, rb"\x81[\x00-\x0c]\x00", 47808),
    _client("mqtt", _TCP, rb"\x10.{1,3}\x00(?:\x04MQTT|\x06MQIsdp)"),
    # AS-REQ, TGS-REQ, AP-REQ and their answers (RFC 4120), with a length before them on TCP.
    *_either("kerberos", _TCP, rb"\x00\x00..[\x6a-\x6f\x7e](?:[\x00-\x7f]|\x81.|\x82..)\x30"),
    *_either("kerberos", _UDP, rb"[\x6a-\x6f\x7e](?:[\x00-\x7f]|\x81.|\x82..)\x30", 88),
    # LDAPMessage with a bind or search request, or a bind response (RFC 4511).
    *_either(
        "ldap", _TCP, rb"\x30(?:[\x00-\x7f]|\x81.|\x82..|\x84.{4})\x02[\x01-\x04].{1,4}[\x60\x61\x63\x77\x78]"
    ),
    *_either(
        "ldap", _UDP, rb"\x30(?:[\x00-\x7f]|\x81.|\x82..|\x84.{4})\x02[\x01-\x04].{1,4}[\x63-\x65]", 389
    ),
    *_either("dcerpc", _TCP, rb"\x05\x00[\x00\x02\x03\x0b-\x10].[\x00\x10]\x00\x00\x00"),
    *_either("teamviewer", _TCP, rb"\x17\x24[\x0a-\x50]|\x11\x30[\x00-\xff]{2}", 5938, 443, 80),
    *_either("teamviewer", _UDP, rb"\x00.{9}\x00\x17\x24", 5938),
    *_either("rtsp", _TCP, rb"(?:[A-Z_]{3,13} rtsp://\S+ )?RTSP/1\.0"),
    *_either("xmpp", _TCP, rb"<\?xml[^>]*>\s*<stream:stream|<stream:stream"),
    *_either("wireguard", _UDP, rb"\x01\x00\x00\x00.{144}$|\x02\x00\x00\x00.{88}$"),
    *_either("memcached", _TCP, rb"(?:stats|get|set|version|flush_all)\b[^\r\n]*\r\n|VERSION ", 11211),
    *_either("memcached", _UDP, rb".{4}\x00.\x00\x00(?:stats|get|set|version)", 11211),
    *_either("x11", _TCP, rb"[Bl]\x00(?:\x00\x0b|\x0b\x00)", *range(6000, 6010)),
    *_either("rsync", _TCP, rb"@RSYNCD: "),
    *_either("amqp", _TCP, rb"AMQP[\x00-\x03]"),
    *_either("zookeeper", _TCP, rb"(?:ruok|stat|conf|envi|mntr)$", 2181),
    *_either("adb", _TCP, rb"CNXN\x00\x00\x00\x01"),
    *_either("socks", _TCP, rb"\x05\x01\x00$", 1080),
)


def recognise(flow: Flow, table: tuple[Signature, ...] = TABLE) -> str | None:
    """The first signature that fits the flow's first payloads, None where none does."""
    if not (flow.source.head or flow.destination.head):
        return None
    return next((signature.name for signature in table if signature.fits(flow)), None)
