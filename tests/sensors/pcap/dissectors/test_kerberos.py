"""Kerberos: tickets, logons, errors; and tickets that are taken to guess passwords."""

import struct

import pytest

AES, RC4 = 18, 23


def tlv(tag, *parts):
    body = b"".join(parts)
    size = len(body)
    long = bytes((size,)) if size < 128 else b"\x82" + struct.pack("!H", size)
    return bytes((tag,)) + long + body


def whole(number):
    return tlv(
        0x02, number.to_bytes(2, "big", signed=True).lstrip(b"\0") if number > 255 else bytes((number,))
    )


def text(words):
    return tlv(0x1B, words.encode())


def name(*parts):
    return tlv(0x30, tlv(0xA0, whole(2)), tlv(0xA1, tlv(0x30, *map(text, parts))))


def ticket(cipher, *service):
    sealed = tlv(0x30, tlv(0xA0, whole(cipher)), tlv(0xA2, tlv(0x04, bytes(180))))
    inside = (
        tlv(0xA0, whole(5)),
        tlv(0xA1, text("EXAMPLE.ORG")),
        tlv(0xA2, name(*service)),
        tlv(0xA3, sealed),
    )
    return tlv(0x61, tlv(0x30, *inside))


def request(tag, service, offered, *, user="", shown=None, proof=False):
    padata = b""
    if shown is not None:
        show = tlv(
            0x6E,
            tlv(0x30, tlv(0xA0, whole(5)), tlv(0xA1, whole(14)), tlv(0xA3, ticket(shown, "krbtgt", "X"))),
        )
        padata = tlv(0x30, tlv(0xA1, whole(1)), tlv(0xA2, tlv(0x04, show)))
    elif proof:
        padata = tlv(0x30, tlv(0xA1, whole(2)), tlv(0xA2, tlv(0x04, bytes(60))))
    client = tlv(0xA1, name(user)) if user else b""
    wanted = tlv(0xA3, name(*service.split("/"))), tlv(0xA8, tlv(0x30, *map(whole, offered)))
    body = (tlv(0xA0, tlv(0x03, bytes(5))), client, tlv(0xA2, text("EXAMPLE.ORG")), *wanted)
    kind = 10 if tag == 0x6A else 12
    given = tlv(0xA3, tlv(0x30, padata)) if padata else b""
    return tlv(
        tag, tlv(0x30, tlv(0xA1, whole(5)), tlv(0xA2, whole(kind)), given, tlv(0xA4, tlv(0x30, *body)))
    )


def reply(tag, service, cipher, own=AES, user="clerk"):
    sealed = tlv(0x30, tlv(0xA0, whole(own)), tlv(0xA2, tlv(0x04, bytes(90))))
    client = tlv(0xA3, text("EXAMPLE.ORG")), tlv(0xA4, name(user))
    given = tlv(0xA5, ticket(cipher, *service.split("/"))), tlv(0xA6, sealed)
    inside = (tlv(0xA0, whole(5)), tlv(0xA1, whole(tag - 0x60)), *client, *given)
    return tlv(tag, tlv(0x30, *inside))


def error(code):
    return tlv(0x7E, tlv(0x30, tlv(0xA0, whole(5)), tlv(0xA1, whole(30)), tlv(0xA6, whole(code))))


def framed(message):
    return struct.pack("!I", len(message)) + message


def exchanged(session, *pairs, client=40000):
    said = session(88, client_port=client).opened()
    for ask, answer in pairs:
        said.asks(framed(ask)).answers(framed(answer))
    return said.closed()


def roasted(session, service, offered=(AES, RC4), cipher=RC4, shown=AES):
    ask = request(0x6C, service, offered, shown=shown)
    return exchanged(session, (ask, reply(0x6D, service, cipher)))


def test_service_ticket(session, talk):
    event = talk(roasted(session, "MSSQLSvc/db.example.org:1433")).only("kerberos")
    assert event.text("taishi.kerberos.request") == "TGS"
    assert event.text("taishi.kerberos.service") == "MSSQLSvc/db.example.org:1433"
    assert event.text("taishi.kerberos.cipher") == "rc4-hmac"
    assert event.text("taishi.kerberos.tgt_cipher") == "aes256-cts-hmac-sha1-96"
    assert event.fields["taishi.kerberos.offered"] == ["aes256-cts-hmac-sha1-96", "rc4-hmac"]
    assert event.text("user.name") == "clerk"


def test_logon_with_its_step_before(session, talk):
    first = request(0x6A, "krbtgt/EXAMPLE.ORG", (AES,), user="clerk")
    second = request(0x6A, "krbtgt/EXAMPLE.ORG", (AES,), user="clerk", proof=True)
    heard = talk(exchanged(session, (first, error(25)), (second, reply(0x6B, "krbtgt/EXAMPLE.ORG", AES))))
    assert [event.text("taishi.kerberos.error") for event in heard.of("kerberos")] == [
        "KDC_ERR_PREAUTH_REQUIRED",
        "",
    ]
    assert [(event.text("user.name"), event.text("event.outcome")) for event in heard.of("logon")] == [
        ("clerk", "success")
    ]


@pytest.mark.parametrize(("code", "logons"), [(24, 1), (6, 1), (18, 1), (37, 0), (25, 0)])
def test_wrong_passwords_are_failed_logons(session, talk, code, logons):
    ask = request(0x6A, "krbtgt/EXAMPLE.ORG", (AES,), user="clerk", proof=True)
    failed = talk(exchanged(session, (ask, error(code)))).of("logon")
    assert [event.text("event.outcome") for event in failed] == ["failure"] * logons


def test_over_udp(frames, hear):
    ask = request(0x6A, "krbtgt/EXAMPLE.ORG", (AES,), user="clerk", proof=True)
    capture = [
        (0.0, frames.datagram(ask, 40000, 88)),
        (0.1, frames.datagram(error(24), 40000, 88, back=True)),
    ]
    heard = hear(frames.capture(capture))
    assert heard.only("kerberos").text("taishi.kerberos.error") == "KDC_ERR_PREAUTH_FAILED"
    assert heard.only("flow").text("network.protocol") == "kerberos"


@pytest.mark.parametrize(
    ("service", "offered", "cipher", "shown", "levels"),
    [
        ("HTTP/portal.example.org", (AES, RC4), RC4, AES, ["medium"]),
        ("MSSQLSvc/db.example.org", (RC4,), RC4, AES, ["high"]),
        ("HTTP/portal.example.org", (AES, RC4), AES, AES, []),
        # A domain without AES, and a machine's own account: old, not stolen.
        ("HTTP/portal.example.org", (RC4,), RC4, RC4, []),
        ("cifs/nas.example.org", (AES, RC4), RC4, AES, []),
        ("krbtgt/OTHER.ORG", (AES, RC4), RC4, AES, []),
    ],
)
def test_tickets_that_can_be_guessed(session, talk, judged, service, offered, cipher, shown, levels):
    hits = judged(talk(roasted(session, service, offered, cipher, shown)))
    assert [hit.level for hit in hits] == levels
    assert {(hit.threat, hit.subject) for hit in hits} <= {("compromised", "192.0.2.10")}


def test_many_tickets_leave_no_doubt(session, talk, judged):
    services = ("HTTP/a.example.org", "MSSQLSvc/b.example.org", "backup/c.example.org")
    (hit,) = judged(*(talk(roasted(session, service)) for service in services))
    assert (hit.threat, hit.level) == ("compromised", "high")


def test_a_service_that_many_use_is_an_old_service(session, talk, judged):
    said = []
    for number in range(1, 5):
        one = roasted(session, "HTTP/portal.example.org")
        old, new = bytes((192, 0, 2, 10)), bytes((192, 0, 2, 100 + number))
        one.frames = [
            (moment, frame[:26] + frame[26:34].replace(old, new) + frame[34:]) for moment, frame in one.frames
        ]
        said.append(talk(one))
    (hit,) = judged(*said)
    assert (hit.threat, hit.level, hit.subject) == ("risk", "low", "HTTP/portal.example.org")


@pytest.mark.parametrize(
    ("offered", "own", "proof", "found"),
    [((RC4,), RC4, False, 1), ((AES, RC4), AES, False, 0), ((RC4,), RC4, True, 0)],
)
def test_replies_without_proof_of_the_password(session, talk, judged, offered, own, proof, found):
    ask = request(0x6A, "krbtgt/EXAMPLE.ORG", offered, user="clerk", proof=proof)
    hits = judged(talk(exchanged(session, (ask, reply(0x6B, "krbtgt/EXAMPLE.ORG", AES, own)))))
    assert [hit.rule for hit in hits] == ["taishi.sequence.asrep-roasting"] * found


def test_damaged_messages_do_no_harm(session, talk):
    ask = request(0x6C, "HTTP/a", (AES, RC4), shown=AES)
    for place in range(5, len(ask), 7):
        broken = ask[:place] + b"\x84" + ask[place + 1 :]
        assert talk(exchanged(session, (broken, error(60)))).rejects == []
