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


class Tls:
    name = "tls"
    wants = 1 << 16

    def recognises(self, client: bytes, server: bytes, flow: Flow) -> bool:
        if flow.transport != 6:
            return False
        if _START.match(client):
            return client[5] == hello.CLIENT_HELLO
        return bool(_START.match(server)) and server[5] == hello.SERVER_HELLO

    def events(self, talk: Conversation) -> Iterator[Found]:
        side = talk.client if talk.client.data else talk.server
        time, record = side.moment(0)
        asked = dict(reversed([*hello.handshakes(talk.client.data)]))
        told = dict(reversed([*hello.handshakes(talk.server.data)]))
        row: dict[str, Value] = {"tls.established": _is_established(talk)}
        extra: dict[str, Json] = {}
        client = _client(asked.get(hello.CLIENT_HELLO))
        if client is not None:
            row |= _client_columns(client, extra)
        server = _server(told.get(hello.SERVER_HELLO))
        if server is not None:
            row |= _server_columns(server, told.get(hello.KEY_EXCHANGE), extra)
        if hello.CERTIFICATE in told:
            row |= _certificate_columns(told[hello.CERTIFICATE], time, extra)
        for name, alerted in (("client", talk.client), ("server", talk.server)):
            if (code := _alert(alerted)) is not None:
                extra[f"tls.{name}.alert"] = code
        yield Found("tls", time, record, row, extra)


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


def _client_columns(said: Hello, extra: dict[str, Json]) -> dict[str, Value]:
    extra["tls.client.versions"] = [version(number)[1] for number in said.versions or [said.version]]
    extra["tls.client.supported_ciphers"] = [cipher(number) for number in said.ciphers]
    extra["tls.client.alpn"] = [*said.alpn]
    return {"tls.client.server_name": said.server_name, "tls.client.ja3": said.ja3()}


def _server_columns(said: Hello, exchange: bytes | None, extra: dict[str, Json]) -> dict[str, Value]:
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
    own = certificate.read(chain[0]) if chain else None
    if own is None:
        return {}
    extra["tls.server.names"] = [*own.names[:64]]
    extra["tls.server.serial"] = own.serial
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


def _alert(side: Side) -> int | None:
    """The description of a fatal alert that went unencrypted (RFC 8446, 6.2)."""
    for kind, _, fragment in hello.records(side.data):
        if kind in (hello.CHANGE_CIPHER, hello.DATA):
            return None
        if kind == hello.ALERT and len(fragment) == 2 and fragment[0] == 2:
            return fragment[1]
    return None


DISSECTOR = Tls()
