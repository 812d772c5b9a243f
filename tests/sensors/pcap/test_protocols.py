"""Protocols are named by their first bytes, on whatever port."""

import pytest

TCP = {
    "ssh": (b"SSH-2.0-client\r\n", b"SSH-2.0-server\r\n"),
    "smb1": (b"\0\0\0\x55\xffSMBr" + bytes(40), b""),
    "smb2": (b"\0\0\0\x55\xfeSMB@" + bytes(40), b""),
    "rdp": (
        b"\3\0\0\x13\x0e\xe0\0\0\0\0\0\1\0\x08\0\3\0\0\0",
        b"\3\0\0\x13\x0e\xd0\0\0\0\0\0\2\0\x08\0\1\0\0\0",
    ),
    "vnc": (b"RFB 003.008\n", b"RFB 003.008\n"),
    "redis": (b"*1\r\n$4\r\nINFO\r\n", b"$5\r\nredis\r\n"),
    "mysql": (b"", b"\x4a\0\0\0\x0a8.0.36\0" + bytes(60)),
    "postgresql": (b"\0\0\0\x20\0\3\0\0user\0postgres\0\0", b"R"),
    "stratum": (b'{"id":1,"method":"mining.subscribe","params":["miner"]}\n', b""),
    "bittorrent": (b"\x13BitTorrent protocol" + bytes(48), b""),
    "socks": (b"\5\1\0", b"\5\0"),
    "mqtt": (b"\x10\x10\0\4MQTT\4\2\0\x3c\0\4dev1", b" \2\0\0"),
    "sip": (b"OPTIONS sip:a@example SIP/2.0\r\n", b""),
}


@pytest.mark.parametrize("protocol", TCP)
def test_tcp_protocols(protocol, session, talk):
    asked, answered = TCP[protocol]
    both = session(45678).opened()
    if asked:
        both.asks(asked)
    if answered:
        both.answers(answered)
    assert talk(both).only("flow").text("network.protocol") == protocol


@pytest.mark.parametrize(
    ("protocol", "port", "payload"),
    [
        ("ntp", 123, b"\x23" + bytes(47)),
        ("syslog", 5140, b"<34>Oct 11 22:14:15 host su: no"),
        ("snmp", 161, bytes.fromhex("302602010104067075626c6963")),
        ("quic", 443, b"\xc3\0\0\0\1\x08" + bytes(1200)),
        ("dhcp", 67, b"\1\1\6\0" + bytes(232) + b"\x63\x82\x53\x63\x35\1\1"),
    ],
)
def test_udp_protocols(protocol, port, payload, frames, hear):
    flow = hear(frames.capture([(0, frames.datagram(payload, dport=port))])).only("flow")
    assert flow.text("network.protocol") == protocol


@pytest.mark.parametrize("payload", [b"hello\n", bytes(64), bytes(range(64)), b"\xde\xad\xbe\xef" * 16])
def test_unknown_bytes_have_no_name(payload, session, talk):
    assert talk(session(45678).opened().asks(payload)).only("flow").text("network.protocol") == ""
