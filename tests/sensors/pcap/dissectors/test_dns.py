"""DNS: one event a transaction."""

import struct

import dns.message
import dns.rrset
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sensors.pcap.dissectors.dns import split_domain


def question(name, kind="A", number=7):
    query = dns.message.make_query(name, kind, id=number)
    return query, query.to_wire()


def answer(query, *records):
    response = dns.message.make_response(query)
    response.answer = [dns.rrset.from_text(*record) for record in records]
    return response.to_wire()


def test_query_and_answer_are_one_event(frames, hear):
    query, asked = question("www.dsj.example.gov.cn")
    told = answer(query, ("www.dsj.example.gov.cn.", 60, "IN", "A", "203.0.113.5"))
    event = hear(
        frames.capture([(0, frames.datagram(asked)), (0.01, frames.datagram(told, back=True))])
    ).only("dns")
    assert event.text("dns.question.registered_domain") == "example.gov.cn"
    assert event.text("dns.question.subdomain") == "www.dsj"
    assert event.fields["dns.resolved_ip"] == ["203.0.113.5"]
    assert (event.text("dns.type"), event.text("dns.response_code")) == ("answer", "NOERROR")
    assert event.text("source.ip") == frames.client


def test_a_query_nobody_answers_is_an_event_too(frames, hear):
    heard = hear(frames.capture([(0, frames.datagram(question("a.example", number=n)[1])) for n in (1, 2)]))
    assert [event.text("dns.type") for event in heard.of("dns")] == ["query", "query"]
    assert heard.only("flow").text("network.protocol") == "dns"


def test_dns_is_known_on_another_port_and_over_tcp(frames, hear, session, talk):
    query, asked = question("c2.example", "TXT")
    told = answer(query, ("c2.example.", 1, "IN", "TXT", '"cmd"'))
    other = hear(
        frames.capture(
            [(0, frames.datagram(asked, dport=5335)), (1, frames.datagram(told, dport=5335, back=True))]
        )
    )
    assert other.only("dns").text("dns.question.type") == "TXT"
    over = session(53).opened().asks(struct.pack("!H", len(asked)) + asked)
    over.answers(struct.pack("!H", len(told)) + told).closed()
    assert talk(over).only("dns").fields["dns.answers.data"] == ['"cmd"']


@pytest.mark.parametrize(("port", "protocol"), [(5353, "mdns"), (5355, "llmnr")])
def test_local_names_have_their_own_protocol(port, protocol, frames, hear):
    heard = hear(frames.capture([(0, frames.datagram(question("printer.local")[1], dport=port))]))
    assert heard.only("dns").text("network.protocol") == protocol
    assert heard.only("flow").text("network.protocol") == protocol


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("a.b.example.com", ("example.com", "a.b")),
        ("example.com", ("example.com", None)),
        ("x.example.com.cn", ("example.com.cn", "x")),
        ("x.county.ah.cn", ("county.ah.cn", "x")),
        ("com.cn", (None, None)),
        ("localhost", (None, None)),
    ],
)
def test_registered_domain(name, expected):
    assert split_domain(name) == expected


@settings(max_examples=100, deadline=None)
@given(payload=st.binary(min_size=12, max_size=120))
def test_anything_on_port_53_is_survived(payload, frames, hear):
    heard = hear(frames.capture([(0, frames.datagram(payload)), (1, frames.datagram(payload, back=True))]))
    assert heard.only("flow").number("network.packets") == 2
    assert not heard.rejects
