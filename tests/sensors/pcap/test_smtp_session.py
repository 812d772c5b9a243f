"""What an SMTP session was about."""

from hypothesis import given
from hypothesis import strategies as st

from sensors.pcap.dialogue import Line
from sensors.pcap.smtp_session import session


def said(*lines):
    """Lines that begin with > are the client's."""
    return [Line(text.lstrip(">"), text.startswith(">"), 0, number) for number, text in enumerate(lines)]


def test_names_and_refusals_are_counted():
    told = session(
        said(
            "220 mx", ">EHLO pc-7", "250 mx", ">MAIL FROM:<a@One.example>", "250 ok",
            ">RCPT TO:<b@two.example>",
            "550 no", ">MAIL FROM:<c@three.example>", "554 listed", ">QUIT", "221 bye",
        )
    )  # fmt: skip
    assert told is not None
    assert told[1] == {
        "smtp.helo": "pc-7",
        "smtp.senders": ["one.example", "three.example"],
        "smtp.recipients": 1,
        "smtp.refused": 2,
        "smtp.command_in_address": False,
    }


def test_a_command_in_an_address_is_told():
    told = session(said(">HELO x", ">RCPT TO:<${run{/bin/sh -c id}}@localhost>"))
    assert told is not None
    assert told[1]["smtp.command_in_address"] is True


def test_without_a_greeting_there_is_nothing():
    assert session(said("220 mx", ">QUIT")) is None


@given(st.lists(st.text(max_size=60)))
def test_whatever_is_said_raises_nothing(texts):
    told = session(said(*texts))
    assert told is None or told[1]["smtp.recipients"] >= 0
