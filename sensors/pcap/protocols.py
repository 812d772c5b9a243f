"""Application protocols by the first payload of each direction: a table of byte signatures.

Only a name for `network.protocol`: what a dissector reads in full needs no entry here.
"""

import re
from collections.abc import Iterable
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

    def fits(self, transport: int, ports: tuple[int, int], client: bytes, server: bytes) -> bool:
        """Whether these first payloads between these ports (source's, destination's) are of this protocol."""
        if transport != self.transport or (self.ports and self.ports.isdisjoint(ports)):
            return False
        return (self.client is None or self.client.match(client) is not None) and (
            self.server is None or self.server.match(server) is not None
        )


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
    # A server that answers a question in SMB 1 with SMB 2 goes on in that (MS-SMB2 3.3.5.3.1).
    _server("smb2", _TCP, rb"\x00.{3}\xfeSMB"),
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
    # NAT traversal of SoftEther: the letter A asks, the server tells the caller's address (its source code).
    _server("softether", _UDP, rb"IP=\d{1,3}(?:\.\d{1,3}){3},PORT=\d"),
    *_either("softether", _UDP, rb"\x00{3}[\x01-\x20]\x00{3}.{1,40}?(?:opcode|machine_key|host_name)\x00"),
    # Control messages with the magic cookie of PPTP (RFC 2637, 1.4); of L2TP with fixed bits (RFC 2661, 3.1).
    *_either("pptp", _TCP, rb"\x00[\x10-\xff]\x00\x01\x1a\x2b\x3c\x4d"),
    *_either("l2tp", _UDP, rb"[\xc8\xca\xcb]\x02\x00[\x0c-\xff]", 1701),
    *_either("ike", _UDP, rb"(?:\x00{4})?.{16}[\x00-\x60][\x10\x20][\x02-\x25]", 500, 4500),
    # The first message of a peer of Bitcoin and its kin (main network's magic).
    *_either("bitcoin", _TCP, rb"\xf9\xbe\xb4\xd9(?:version|verack|ping|inv)\x00"),
    _client("cassandra", _TCP, rb"[\x03-\x05][\x00-\x10].{2}[\x01\x05]\x00\x00", 9042),
    # The preamble of .NET message framing with its target (MC-NMF, 2.2.3).
    _client("net.tcp", _TCP, rb"\x00\x01\x00\x01\x02\x02.net\.tcp://"),
    # Peers of Tailscale looking for each other: its discovery magic.
    *_either("tailscale", _UDP, rb"TS\xf0\x9f\x92\xac"),
    *_either("gnutella", _TCP, rb"GNUTELLA(?: CONNECT)?/0\.\d"),
    _client("edonkey", _TCP, rb"[\xe3\xc5\xd4].[\x00-\x04]\x00\x00[\x01\x4c\x10]", *range(4661, 4673)),
    # rlogin (RFC 1282): NUL, user here, NUL, user there, NUL, terminal/speed, NUL.
    _client("rlogin", _TCP, rb"\x00[\w.-]{1,32}\x00[\w.-]{1,32}\x00[\w-]{1,20}/\d{1,6}\x00"),
    # SSL 2: length, hello, version 0.2; the answer is type 4.
    Signature("ssl2", _TCP, _bytes(rb"[\x80-\xbf].\x01\x00\x02"), _bytes(rb"[\x80-\xbf].\x04")),
    # rsh and rexec (RFC 1282's kin): the port for errors, then names and the command, each ended by NUL.
    _client("rsh", _TCP, rb"\d{0,5}\x00(?:$|[\w.-]{1,32}\x00[\w.-]{1,32}\x00)", 514),
    _client("rexec", _TCP, rb"\d{0,5}\x00[\w.-]{1,32}\x00[^\x00]{1,64}\x00", 512),
    # Radmin: a mark, the length, a checksum, then the command.
    Signature(
        "radmin",
        _TCP,
        _bytes(rb"\x01\x00\x00\x00\x01.{3}.\x08?"),
        _bytes(rb"\x01\x00\x00\x00"),
        frozenset({4899}),
    ),
    # Direct Connect (NMDC): the hub's challenge; Soulseek: length, code 1, name.
    _server("direct-connect", _TCP, rb"\$Lock [\x21-\x7e]+ Pk=|\$HubName "),
    _client("direct-connect", _TCP, rb"\$(?:MyNick|Supports|ValidateNick) |H(?:SUP|INF) AD"),
    _client(
        "soulseek",
        _TCP,
        rb"[\x20-\xff]\x00\x00\x00\x01\x00\x00\x00[\x01-\x40]\x00\x00\x00[\x20-\x7e]",
        2240,
        2242,
        2416,
    ),
    *_either("anydesk", _TCP, rb"\x16\x03[\x00-\x03].{0,200}AnyNet Relay", 7070, 6568, 80, 443),
    *_either("rustdesk", _TCP, rb".{1,4}(?:\x3a|\x42|\x4a|\x5a).{0,60}RustDesk", 21115, 21116, 21117, 21118),
    Signature("socks", _TCP, _bytes(rb"\x05[\x01-\x09][\x00-\x09]{1,9}$"), _bytes(rb"\x05[\x00-\x09\xff]")),
    Signature("socks", _TCP, _bytes(rb"\x04[\x01\x02].{6}[^\x00]*\x00"), _bytes(rb"\x00[\x5a-\x5d]")),
    # Long header of QUIC version 1 or 2, the drafts, Google's, and version negotiation.
    *_either("quic", _UDP, rb"[\xc0-\xff](?:\x00\x00\x00\x01|\x6b\x33\x43\xcf|\xff\x00\x00.|[QT]0\d\d)"),
    *_either("quic", _UDP, rb"[\x08-\x0f\x40-\x7f]?.{8}Q0\d\d", 443, 80),
    *_either("dtls", _UDP, rb"[\x14-\x17]\xfe[\xff\xfd\xfc].{8}"),
    # Private mode (7) asking for the list of clients: nobody's clock needs it (CVE-2013-5211).
    _client("ntp-monlist", _UDP, rb"[\x17\x1f\x27].\x03[\x2a\x14]", 123),
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
    ports = flow.source.port, flow.destination.port
    return name_of(table, flow.transport, ports, flow.source.head, flow.destination.head)


def name_of(
    table: Iterable[Signature], transport: int, ports: tuple[int, int], client: bytes, server: bytes
) -> str | None:
    """The first signature that fits."""
    return next((one.name for one in table if one.fits(transport, ports, client, server)), None)
