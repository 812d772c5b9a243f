"""QUIC: the hello in Initial packets is read, whatever the version, and damage is survived."""

import hmac
from hashlib import sha256

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from hypothesis import given, settings
from hypothesis import strategies as st

from sensors.pcap import quic_packets

DCID = bytes.fromhex("8394c8f03e515708")
SALTS = {
    1: "38762cf7f55934b34d179ae6a4c80cadccbb7f0a",
    0x6B3343CF: "0dede3def700a6db819381be6e269dcbf9bd2ed9",
}


def vector(size, data):
    return len(data).to_bytes(size, "big") + data


def extension(kind, data):
    return kind.to_bytes(2, "big") + vector(2, data)


def client_hello(name):
    named = extension(0, vector(2, b"\0" + vector(2, name))) if name else b""
    extensions = named + extension(16, vector(2, vector(1, b"h3"))) + extension(43, vector(1, b"\3\4"))
    extensions += extension(57, b"\1\2\x67\x10")
    body = b"\3\3" + bytes(32) + b"\0" + vector(2, b"\x13\1\x13\2\x13\3") + b"\1\0" + vector(2, extensions)
    return b"\1" + vector(3, body)


def expand(secret, label, size):
    full = b"tls13 " + label
    return hmac.digest(secret, size.to_bytes(2, "big") + vector(1, full) + b"\0\1", sha256)[:size]


def initial(frames, version=1, number=0, dcid=DCID):
    """One Initial of a client, made as RFC 9001 says."""
    prefix = b"quicv2 " if version != 1 else b"quic "
    secret = expand(hmac.digest(bytes.fromhex(SALTS[version]), dcid, sha256), b"client in", 32)
    key, iv, hp = (
        expand(secret, prefix + what, size) for what, size in ((b"key", 16), (b"iv", 12), (b"hp", 16))
    )
    frames = frames.ljust(1162, b"\0")
    first = (0xD0 if version != 1 else 0xC0) | 1
    length = (0x4000 | (2 + len(frames) + 16)).to_bytes(2, "big")
    header = bytes([first]) + version.to_bytes(4, "big") + vector(1, dcid) + b"\0" + b"\0" + length
    packed = number.to_bytes(2, "big")
    nonce = (int.from_bytes(iv, "big") ^ number).to_bytes(12, "big")
    sealed = AESGCM(key).encrypt(nonce, frames, header + packed)
    mask = Cipher(algorithms.AES(hp), modes.ECB()).encryptor().update(sealed[2:18])  # noqa: S305
    hidden = bytes(a ^ b for a, b in zip(packed, mask[1:3], strict=True))
    return bytes([first ^ (mask[0] & 15)]) + header[1:] + hidden + sealed


def crypto(offset, data):
    return b"\6" + (0x4000 | offset).to_bytes(2, "big") + (0x4000 | len(data)).to_bytes(2, "big") + data


def test_keys_are_those_of_the_standard():
    """RFC 9001, appendix A.1."""
    key, iv, hp = quic_packets._keys(1, DCID, of_client=True)
    assert key.hex() == "1f369613dd76d5467730efcbe3b1a22d"
    assert iv.hex() == "fa044b2f42a3fd3b46fb255c"
    assert hp.hex() == "9f50449e04a0e810283a1e9933adedd2"


@pytest.mark.parametrize("version", SALTS)
def test_a_name_is_read_from_the_first_packet(version, frames, hear):
    hello = client_hello(b"portal.example")
    heard = hear(frames.capture([(0, frames.datagram(initial(crypto(0, hello), version), dport=443))]))
    event = heard.only("tls")
    assert event.text("tls.client.server_name") == "portal.example"
    assert event.text("network.protocol") == "quic"
    assert event.extra["tls.client.alpn"] == ["h3"]
    assert str(event.extra["tls.client.ja4"]).startswith("q13d0304h3_55b375c5d22e_")
    assert heard.only("flow").text("network.protocol") == "quic"


def test_a_hello_over_two_packets_in_the_wrong_order(frames, hear):
    hello = client_hello(b"portal.example")
    parts = [initial(crypto(60, hello[60:])), initial(b"\1" + crypto(0, hello[:60]), number=1)]
    heard = hear(
        frames.capture([(at / 9, frames.datagram(part, dport=443)) for at, part in enumerate(parts)])
    )
    assert heard.only("tls").text("tls.client.server_name") == "portal.example"


def test_google_s_hello_needs_no_key(frames, hear):
    tags, values = b"", b""
    for tag, value in ((b"SNI\0", b"www.example"), (b"UAID", b"Chrome/49")):
        values += value
        tags += tag + len(values).to_bytes(4, "little")
    chlo = b"CHLO\2\0\0\0" + tags + values
    heard = hear(
        frames.capture([(0, frames.datagram(b"\x0d" + bytes(8) + b"Q025\1" + bytes(13) + chlo, dport=443))])
    )
    assert heard.only("tls").text("tls.client.server_name") == "www.example"


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_damage_is_survived(frames, hear, data):
    packet = bytearray(initial(crypto(0, client_hello(b"portal.example"))))
    for _ in range(data.draw(st.integers(1, 6))):
        packet[data.draw(st.integers(0, len(packet) - 1))] = data.draw(st.integers(0, 255))
    cut = data.draw(st.integers(0, len(packet)))
    heard = hear(frames.capture([(0, frames.datagram(bytes(packet[:cut]), dport=443))]))
    assert len(heard.of("flow")) == 1
