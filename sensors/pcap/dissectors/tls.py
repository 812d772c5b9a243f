"""TLS and SSL 3 on any port: one event a handshake."""

import re
from collections.abc import Iterator

from sensors.pcap import certificate, hello
from sensors.pcap.ciphers import CURVES, cipher, version
from sensors.pcap.conversation import Conversation, Found, moment
from sensors.pcap.flow import Flow
from sensors.pcap.hello import Hello
from sensors.pcap.stream import Side
from taishi.core.event import Json, Value

#: A handshake record that begins with ClientHello or ServerHello.
_START = re.compile(rb"\x16\x03[\x00-\x04]..[\x01\x02]\x00..\x03", re.DOTALL)
#: A prime field spelt out instead of a curve's name (RFC 5480, 2.1.1, forbids it; CVE-2020-0601 needs it).
_OWN_CURVE = bytes.fromhex("06072a8648ce3d0101")


class Tls:
    name = "tls"
    wants = 1 << 16

    def recognises(self, client: bytes, server: bytes, flow: Flow) -> bool:
        if flow.transport != 6:
            return False
        if _START.match(client):
            return client[5] == hello.CLIENT_HELLO
        if hello.is_old_client_hello(client):
            return not server or server[:1] in (b"\x16", b"\x15")
        return bool(_START.match(server)) and server[5] == hello.SERVER_HELLO

    def events(self, talk: Conversation) -> Iterator[Found]:
        side = talk.client if talk.client.data else talk.server
        time, record = side.moment(0)
        asked = dict(reversed([*hello.handshakes(talk.client.data)]))
        told = dict(reversed([*hello.handshakes(talk.server.data)]))
        row: dict[str, Value] = {"tls.established": _is_established(talk)}
        extra: dict[str, Json] = {}
        client = _client(asked.get(hello.CLIENT_HELLO))
        if client is None and (client := hello.old_client_hello(talk.client.data)) is not None:
            extra["tls.client.old_form"] = True
        if client is not None:
            row |= client_columns(client, extra)
        server = _server(told.get(hello.SERVER_HELLO))
        if server is not None:
            row |= server_columns(server, told.get(hello.KEY_EXCHANGE), extra)
        if hello.CERTIFICATE in told:
            row |= _certificate_columns(told[hello.CERTIFICATE], time, extra)
        asked_for, names = row.get("tls.client.server_name"), extra.get("tls.server.names")
        if isinstance(asked_for, str) and isinstance(names, list) and names:
            extra["tls.server.mismatch"] = not any(covers(str(name), asked_for) for name in names)
        for name, alerted in (("client", talk.client), ("server", talk.server)):
            if (code := _alert(alerted)) is not None:
                extra[f"tls.{name}.alert"] = code
        extra |= _heartbeat(talk)
        yield Found("tls", time, record, row, extra)


def covers(pattern: str, name: str) -> bool:
    """Whether a certificate's name is for this host; a star stands for one label (RFC 9525, 6.3)."""
    pattern, name = pattern.lower().rstrip("."), name.lower().rstrip(".")
    if pattern.startswith("*."):
        return name.partition(".")[2] == pattern[2:]
    return pattern == name


def _client(body: bytes | None) -> Hello | None:
    try:
        return None if body is None else hello.client_hello(body)
    except IndexError:
        return None


def _server(body: bytes | None) -> Hello | None:
    try:
        return None if body is None else hello.server_hello(body)
    except IndexError:
        return None


def client_columns(said: Hello, extra: dict[str, Json], transport: str = "t") -> dict[str, Value]:
    """What a ClientHello says; the longer lists go into `extra`. `transport`: as JA4 has it."""
    extra["tls.client.versions"] = [version(number)[1] for number in said.versions or [said.version]]
    extra["tls.client.supported_ciphers"] = [cipher(number) for number in said.ciphers]
    extra["tls.client.alpn"] = [*said.alpn]
    if said.extensions:
        extra["tls.client.ja4"] = said.ja4(transport)
    return {"tls.client.server_name": said.server_name, "tls.client.ja3": said.ja3()}


def server_columns(said: Hello, exchange: bytes | None, extra: dict[str, Json]) -> dict[str, Value]:
    """What a ServerHello says, with the ServerKeyExchange of TLS 1.2 and older."""
    protocol, number = version(said.versions[0] if said.versions else said.version)
    chosen = cipher(said.ciphers[0])
    curve = said.key_share
    if exchange is not None and "_ECDH" in chosen:
        curve = hello.named_curve(exchange)
    elif exchange is not None and "_DH" in chosen:
        extra["tls.server.dh_bits"] = hello.prime_bits(exchange)
    return {
        "tls.version": number,
        "tls.version_protocol": protocol,
        "tls.cipher": chosen,
        "tls.curve": None if curve is None else CURVES.get(curve, str(curve)),
        "tls.next_protocol": said.alpn[0] if said.alpn else None,
        "tls.server.ja3s": said.ja3s(),
    }


def _certificate_columns(body: bytes, time: int, extra: dict[str, Json]) -> dict[str, Value]:
    chain = hello.certificates(body)
    extra["tls.server.chain_length"] = len(chain)
    if chain and _OWN_CURVE in chain[0]:
        extra["tls.server.own_curve"] = True
    own = certificate.read(chain[0]) if chain else None
    if own is None:
        return {}
    extra["tls.server.names"] = [*own.names[:64]]
    extra["tls.server.serial"] = own.serial
    extra["tls.server.days"] = own.days
    extra["tls.server.signature"] = own.signature
    extra["tls.server.early"] = moment(time) < own.not_before
    return {
        "tls.server.subject": own.subject,
        "tls.server.issuer": own.issuer,
        "tls.server.not_before": own.not_before,
        "tls.server.not_after": own.not_after,
        "tls.server.hash.sha1": own.sha1,
        "tls.server.hash.sha256": own.sha256,
        "taishi.tls.self_signed": own.self_signed,
        "taishi.tls.expired": own.expired(moment(time)),
        "taishi.tls.key_bits": own.key_bits,
    }


def _is_established(talk: Conversation) -> bool:
    """Both sides have gone on to encrypted records; the client's Finished or data are among them."""
    client = {kind for kind, _, _ in hello.records(talk.client.data)}
    server = {kind for kind, _, _ in hello.records(talk.server.data)}
    ready = {hello.CHANGE_CIPHER, hello.DATA}
    return bool(client & ready) and bool(server & ready)


def _heartbeat(talk: Conversation) -> dict[str, Json]:
    """Heartbeats before encryption (RFC 6520): what was asked beyond what was sent, and what came back."""
    over = back = 0
    for kind, _, fragment in hello.records(talk.client.data):
        if kind == hello.CHANGE_CIPHER:
            break
        if kind == hello.HEARTBEAT and fragment[:1] == b"\1":
            over = max(over, int.from_bytes(fragment[1:3], "big") - max(len(fragment) - 3, 0))
    if over > 0:
        back = sum(
            len(fragment) for kind, _, fragment in hello.records(talk.server.data) if kind == hello.HEARTBEAT
        )
    return {"tls.heartbeat.overrun": over, "tls.heartbeat.returned": back} if over > 0 else {}


def _alert(side: Side) -> int | None:
    """The description of a fatal alert that went unencrypted (RFC 8446, 6.2)."""
    for kind, _, fragment in hello.records(side.data):
        if kind in (hello.CHANGE_CIPHER, hello.DATA):
            return None
        if kind == hello.ALERT and len(fragment) == 2 and fragment[0] == 2:
            return fragment[1]
    return None


DISSECTOR = Tls()
