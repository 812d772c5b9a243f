"""strongSwan's logons, which stand over several lines."""

from collections.abc import Callable

FRAME = "<30>1 2026-03-01T08:00:{:02}+08:00 gw charon 15894 - - {}\n"


def lines(*words: str) -> bytes:
    return "".join(FRAME.format(at, word) for at, word in enumerate(words)).encode()


def test_a_refused_logon_knows_whose_connection_it_is(read: Callable) -> None:
    found = read(
        lines(
            "06[NET] <vpn|83> received packet: from 198.51.100.7[28808] to 192.0.2.1[4500] (144 bytes)",
            "07[NET] <vpn|84> received packet: from 198.51.100.8[4500] to 192.0.2.1[4500] (144 bytes)",
            "06[IKE] <vpn|83> EAP-MS-CHAPv2 username: 'zhang'",
            "06[IKE] <vpn|83> EAP-MS-CHAPv2 verification failed, retry (1)",
            "07[IKE] <vpn|84> authentication of 'li' with EAP successful",
        )
    )
    refused, accepted = [event for event in found.events if event.kind == "logon"]
    assert (refused.text("source.ip"), refused.text("user.name")) == ("198.51.100.7", "zhang")
    assert (refused.text("event.outcome"), refused.text("host.name")) == ("failure", "gw")
    assert (accepted.text("source.ip"), accepted.text("user.name")) == ("198.51.100.8", "li")
    assert accepted.text("event.outcome") == "success"
    assert len(found.events) == 5


def test_the_name_in_the_line_itself_counts_first(read: Callable) -> None:
    found = read(
        lines(
            "11[NET] <9> sending packet: from 192.0.2.1[4500] to 2001:db8::7[28808] (92 bytes)",
            "11[IKE] <9> XAuth authentication of 'li' failed",
        )
    )
    assert found.events[1].text("source.ip") == "2001:db8::7"
    assert found.events[1].text("user.name") == "li"


def test_without_a_peer_it_stays_a_line(read: Callable) -> None:
    (event,) = read(lines("11[IKE] <9> XAuth authentication of 'li' failed")).events
    assert event.kind == "other"
