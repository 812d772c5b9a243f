"""TLS: hellos, fingerprints, certificates."""

import datetime
import struct
from hashlib import md5

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from hypothesis import given, settings
from hypothesis import strategies as st

from sensors.pcap.dissectors.tls import covers


def md5_of(text):
    return md5(text, usedforsecurity=False).hexdigest()


def vector(size, data):
    return len(data).to_bytes(size, "big") + data


def extension(kind, data):
    return struct.pack("!H", kind) + vector(2, data)


def record(kind, data):
    return bytes((kind, 3, 3)) + vector(2, data)


def handshake(kind, body):
    return bytes((kind,)) + vector(3, body)


def client_hello(name=b"portal.example"):
    extensions = (
        extension(0x0A0A, b"")
        + extension(0, vector(2, b"\0" + vector(2, name)))
        + extension(10, vector(2, struct.pack("!HHH", 0x1A1A, 29, 23)))
        + extension(11, vector(1, b"\0"))
        + extension(16, vector(2, vector(1, b"h2")))
        + extension(43, vector(1, struct.pack("!HH", 0x0304, 0x0303)))
    )
    ciphers = struct.pack("!HHH", 0x2A2A, 0x1301, 0xC02F)
    return handshake(
        1, b"\3\3" + bytes(32) + vector(1, b"") + vector(2, ciphers) + b"\1\0" + vector(2, extensions)
    )


def server_hello(cipher, extensions=b"", version=0x0303):
    body = struct.pack("!H", version) + bytes(32) + vector(1, b"") + struct.pack("!H", cipher) + b"\0"
    return handshake(2, body + (vector(2, extensions) if extensions else b""))


@pytest.fixture(scope="module")
def certificate():
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "portal.example")])
    day = datetime.datetime(2020, 1, 1, tzinfo=datetime.UTC)
    built = x509.CertificateBuilder(name, name, key.public_key(), 5, day, day + datetime.timedelta(days=365))
    return built.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.DER)


READY = record(20, b"\1") + record(23, bytes(40))


def test_a_tls_1_2_handshake_with_an_expired_self_signed_certificate(certificate, session, talk):
    chain = handshake(11, vector(3, vector(3, certificate)))
    exchange = handshake(12, b"\3\0\x17" + bytes(70))
    told = record(22, server_hello(0xC02F) + chain + exchange)
    both = (
        session(8443)
        .opened()
        .asks(record(22, client_hello()))
        .answers(told)
        .asks(READY)
        .answers(READY)
        .closed()
    )
    event = talk(both).only("tls")
    assert event.text("tls.client.server_name") == "portal.example"
    assert (event.text("tls.version"), event.text("tls.curve")) == ("1.2", "secp256r1")
    assert event.text("tls.cipher") == "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"
    assert event.text("tls.client.ja3") == md5_of(b"771,4865-49199,0-10-11-16-43,29-23,0")
    assert event.text("tls.server.ja3s") == md5_of(b"771,49199,")
    assert event.fields["taishi.tls.self_signed"] is True
    assert event.fields["taishi.tls.expired"] is True
    assert event.number("taishi.tls.key_bits") == 256
    assert event.fields["tls.established"] is True


def test_tls_1_3_says_its_version_in_an_extension(session, talk):
    extensions = extension(43, b"\3\4") + extension(51, struct.pack("!H", 29) + vector(2, bytes(32)))
    told = record(22, server_hello(0x1301, extensions))
    event = talk(
        session(443).opened().asks(record(22, client_hello())).answers(told + READY).asks(READY)
    ).only("tls")
    assert (event.text("tls.version"), event.text("tls.curve")) == ("1.3", "x25519")


def test_a_refused_handshake_is_not_established(session, talk):
    said = session(443).opened().asks(record(22, client_hello())).answers(record(21, b"\2\x28"))
    event = talk(said).only("tls")
    assert event.fields["tls.established"] is False
    assert event.extra["tls.server.alert"] == 40


@settings(max_examples=80, deadline=None)
@given(data=st.data())
def test_damaged_handshakes_are_survived(data, certificate, frames, hear):
    told = bytearray(record(22, server_hello(0xC02F) + handshake(11, vector(3, vector(3, certificate)))))
    for _ in range(data.draw(st.integers(0, 10))):
        told[data.draw(st.integers(12, len(told) - 1))] = data.draw(st.integers(0, 255))
    segment = frames.tcp(bytes(told), 443, 999, 1, 16)
    heard = hear(
        frames.capture([(0, frames.ethernet(frames.ipv4(segment, 6, frames.server, frames.client)))])
    )
    assert heard.of("tls")
    assert not heard.rejects


def test_a_heartbeat_that_asks_for_more_than_it_sent(session, talk):
    asked = record(22, client_hello()) + record(24, b"\1\x40\0")
    both = (
        session(443)
        .opened()
        .asks(asked)
        .answers(record(22, server_hello(0xC02F)) + record(24, b"\2\x40\0" + bytes(900)))
    )
    extra = talk(both).only("tls").extra
    assert (extra["tls.heartbeat.overrun"], extra["tls.heartbeat.returned"]) == (0x4000, 903)


def test_an_honest_heartbeat_is_not_told(session, talk):
    asked = record(22, client_hello()) + record(24, b"\1\0\4ping" + bytes(16))
    assert "tls.heartbeat.overrun" not in talk(session(443).opened().asks(asked)).only("tls").extra


def test_a_hello_in_the_old_form_is_read(session, talk):
    ciphers = bytes.fromhex("000039000035010080")
    old = b"\x80\x22\1\3\1" + struct.pack("!HHH", len(ciphers), 0, 16) + ciphers + bytes(16)
    event = talk(
        session(443).opened().asks(old).answers(record(22, server_hello(0x0035, version=0x0301)))
    ).only("tls")
    assert event.extra["tls.client.old_form"] is True
    assert event.extra["tls.client.supported_ciphers"] == [
        "TLS_DHE_RSA_WITH_AES_256_CBC_SHA", "TLS_RSA_WITH_AES_256_CBC_SHA",
    ]  # fmt: skip


def test_ja4_of_a_hello(session, talk):
    extra = talk(session(443).opened().asks(record(22, client_hello()))).only("tls").extra
    assert str(extra["tls.client.ja4"]).startswith("t13d0205h2_")


@pytest.mark.parametrize(
    ("pattern", "name", "fits"),
    [
        ("portal.example", "Portal.Example.", True),
        ("*.example", "portal.example", True),
        ("*.example", "a.portal.example", False),
        ("*.example", "example", False),
        ("other.example", "portal.example", False),
    ],
)
def test_names_that_a_certificate_covers(pattern, name, fits):
    assert covers(pattern, name) is fits
