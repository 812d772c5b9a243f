"""Messages as bytes: what a reader of the protocol finds in them."""

from datetime import UTC, datetime
from random import Random

import dns.message
import dns.rcode
import dns.rdatatype
from cryptography import x509
from hypothesis import given
from hypothesis import strategies as st

from taishi.sample.conversation import Noise, Repeat, size_of
from taishi.sample.wire.certificate import certificate
from taishi.sample.wire.dns import generic, lookup
from taishi.sample.wire.http import request, response
from taishi.sample.wire.ntp import poll
from taishi.sample.wire.smb1 import Visit, smb1_session
from taishi.sample.wire.tls import BROWSER, RECORD, Turn, client_hello, sealed, tls_session

AT = datetime(2026, 11, 16, 1, tzinfo=UTC)
CLIENT, SERVER = "192.0.2.1", "192.0.2.53"


def payload(say: object) -> bytes:
    return b"".join(part for part in say.parts if isinstance(part, bytes))


def test_a_hello_names_its_server_only_where_there_is_a_name() -> None:
    assert b"www.example.com" in client_hello(Random(1), BROWSER, "www.example.com", bytes(32))
    bare = client_hello(Random(1), BROWSER, None, bytes(32))
    assert int.from_bytes(bare[3:5], "big") == len(bare) - 5
    assert bare[5] == 1


@given(st.integers(1, 70_000))
def test_ciphertext_comes_in_records_that_say_their_length(size: int) -> None:
    parts = sealed(Random(1), size)
    heads, bodies = parts[::2], parts[1::2]
    assert sum(body.size for body in bodies if isinstance(body, Noise)) == size
    for head, body in zip(heads, bodies, strict=True):
        assert head[:3] == b"\x17\x03\x03"
        assert int.from_bytes(head[3:], "big") == body.size <= RECORD


def test_tls_1_2_shows_its_certificate() -> None:
    der = certificate("oa.county.example", AT)
    says = tls_session(Random(1), "oa.county.example", [Turn(100, 200)], chain=[der])
    assert der in payload(says[1])
    assert der not in b"".join(map(payload, tls_session(Random(1), "oa.county.example", [Turn(100, 200)])))


def test_certificates_are_valid_around_their_time_and_repeat() -> None:
    der = certificate("oa.county.example", AT)
    read = x509.load_der_x509_certificate(der)
    assert read.not_valid_before_utc < AT < read.not_valid_after_utc
    assert read.issuer != read.subject
    assert certificate("oa.county.example", AT) == der


def test_lookups_carry_answers_nothing_or_no_such_name() -> None:
    dice = Random(1)
    found = lookup(AT, CLIENT, SERVER, dice, "www.example.com", data=("192.0.2.10",))
    query, reply = (dns.message.from_wire(payload(say)) for say in found.says)
    assert query.id == reply.id
    assert reply.answer[0].to_text() == "www.example.com. 300 IN A 192.0.2.10"
    odd = lookup(AT, CLIENT, SERVER, dice, "www.example.com", kind="NULL", data=(generic(b"\x01\x02"),))
    assert dns.message.from_wire(payload(odd.says[1])).answer[0].rdtype == dns.rdatatype.NULL
    none = lookup(AT, CLIENT, SERVER, dice, "www.example.com", exists=False)
    assert dns.message.from_wire(payload(none.says[1])).rcode() == dns.rcode.NXDOMAIN


def test_http_says_the_length_of_its_body() -> None:
    assert request("POST", "/", {"Host": "a.example"}, b"body").endswith(b"Content-Length: 4\r\n\r\nbody")
    parts = response(200, {}, b"<p>", Noise(1, 40), b"</p>")
    assert b"Content-Length: 47\r\n" in parts[0]
    assert size_of(parts[1:]) == 47
    assert b"Content-Length" not in response(304, {})[0]


def test_time_is_asked_and_told_in_48_bytes() -> None:
    question, reply = (payload(say) for say in poll(AT, CLIENT, SERVER, Random(1)).says)
    assert len(question) == len(reply) == 48
    assert (question[0] & 7, reply[0] & 7) == (3, 4)
    # 1900 to 1970 is 2,208,988,800 s (RFC 5905, A.4).
    assert int.from_bytes(reply[40:44], "big") == int(AT.timestamp()) + 2_208_988_800


@given(st.integers(1, 70_000))
def test_smb_1_messages_say_their_length_and_carry_the_whole_file(size: int) -> None:
    visit = Visit("reader", "WORKGROUP", SERVER, "plans", "\\平面图.dxf", Repeat(b"plan", size), AT)
    says = smb1_session(Random(1), visit)
    for say in says:
        assert int.from_bytes(say.parts[0][:4], "big") == size_of(say.parts) - 4
    read = [part for say in says if not say.from_client for part in say.parts if isinstance(part, Repeat)]
    assert size_of(tuple(read)) == size
    asked, answered = ([say for say in says if say.from_client is side] for side in (True, False))
    for question, reply in zip(asked, answered, strict=True):
        assert payload(question)[8] == payload(reply)[8], "the same command"
        assert payload(question)[34:36] == payload(reply)[34:36], "the same message"
