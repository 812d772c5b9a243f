"""Text with long numbers is handed on for the search; everything else stays as short as ever."""

import struct

from hypothesis import given
from hypothesis import strategies as st

from sensors.pcap.carried import SEARCHED, printable, searched_text

ROW = "张三,340521198001010013,13912345678\n"


def body_of(session, talk, body):
    head = f"HTTP/1.1 200 OK\r\nContent-Length: {len(body)}\r\n\r\n".encode()
    said = session(80).opened().asks(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n").answers(head + body)
    return talk(said.closed()).only("http").text("http.response.body.content")


def test_a_body_with_numbers_is_kept_longer(session, talk):
    assert len(body_of(session, talk, (ROW * 400).encode())) > 10_000
    assert len(body_of(session, talk, b"plain words " * 4000)) == 2048


def test_text_without_a_protocol(session, talk):
    event = talk(session(50_021).opened().answers((ROW * 20).encode("gb18030")).closed()).only("other")
    assert event.text("event.action") == "text-transfer"
    assert event.text("source.ip") == "198.51.100.20"
    assert event.extra["content"].startswith("张三,")


def test_what_a_database_answers(session, talk):
    def packet(number, payload):
        return struct.pack("<I", len(payload))[:3] + bytes([number]) + payload

    def text(value):
        return bytes([len(value.encode())]) + value.encode()

    greeting = packet(0, b"\x0a8.0.36\0" + bytes(60))
    logon = packet(1, struct.pack("<IIB", 0x0200, 1 << 24, 45) + bytes(23) + b"reader\0" + bytes(20))
    row = text("张三") + text("340521198001010013") + text("13912345678")
    rows = b"".join(packet(n % 250, row) for n in range(1, 30))
    said = session(3306).opened().answers(greeting).asks(logon).answers(packet(2, b"\0\0\0\2\0\0\0"))
    heard = talk(said.asks(packet(0, b"\x03SELECT * FROM people")).answers(rows).closed())
    (reply,) = [one for one in heard.of("other") if one.text("event.action") == "database-reply"]
    assert reply.text("user.name") == "reader"
    assert "\n340521198001010013\n" in reply.extra["content"]


@given(st.binary(max_size=300))
def test_any_bytes_may_be_carried(data):
    for one in (data, data + b" 340521198001010013 ", printable(data)):
        assert len(searched_text(one) or "") <= SEARCHED
