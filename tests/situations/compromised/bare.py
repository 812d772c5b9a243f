"""Compromised: protocols of their own."""
# ruff: noqa: E501 (what is said stands on one line)

import struct
import zlib

from tests.situations.wire import OURS, PE, RANDOM, SERVER, STRANGER


def njrat(wire):
    m = b"ll|'|'|SGFjS2VkX0QwRTU4|'|'|WIN-PC|'|'|Admin|'|'|21-03-04|'|'||'|'|Win 7 Professional SP1 x64|'|'|No|'|'|0.7d|'|'|..|'|'|UHJvZ3JhbSBNYW5hZ2Vy|'|'|"
    wire.tcp(
        OURS,
        STRANGER,
        5552,
        [(">", str(len(m)).encode() + b"\0" + m), 2, ("<", b"0\0"), (">", b"0\0"), 10, ("<", b"0\0")],
        end=None,
    )


def gh0st(wire):
    z = zlib.compress(b"WIN7-PC\0Intel" + bytes(200))
    n = 5 + 8 + len(z)
    wire.tcp(
        OURS,
        STRANGER,
        8000,
        [
            (">", b"Gh0st" + struct.pack("<II", n, 213) + z),
            1,
            ("<", b"Gh0st" + struct.pack("<II", 13 + 9, 1) + zlib.compress(b"\0")),
        ],
        end=None,
    )


def mirai_c2(wire):
    wire.tcp(
        OURS,
        STRANGER,
        23,
        [
            (">", b"\0\0\0\1"),
            (">", b"\0"),
            60,
            (">", b"\0\0"),
            ("<", b"\0\0"),
            60,
            (">", b"\0\0"),
            ("<", b"\0\0"),
            60,
            (">", b"\0\0"),
            ("<", b"\0\0"),
        ],
        end=None,
    )


def meterpreter(wire):
    wire.tcp(
        OURS,
        STRANGER,
        4444,
        [("<", struct.pack("<I", len(PE)) + PE)]
        + [(">", RANDOM.randbytes(120)), ("<", RANDOM.randbytes(100)), 5] * 12,
        end=None,
    )


def rev_shell(wire):
    wire.tcp(
        OURS,
        STRANGER,
        4444,
        [
            (">", b"Microsoft Windows [Version 10.0.19041.1]\r\n(c) Microsoft Corporation.\r\n\r\nC:\\>"),
            ("<", b"whoami\n"),
            (">", b"whoami\r\npc\\a\r\nC:\\>"),
        ],
    )


def rev_shell_sh(wire):
    wire.tcp(
        SERVER,
        STRANGER,
        4444,
        [
            (">", b"/bin/sh: 0: can't access tty; job control turned off\n$ "),
            ("<", b"id\n"),
            (">", b"uid=33(www-data) gid=33(www-data) groups=33(www-data)\n$ "),
        ],
    )


def bind_shell(wire):
    wire.tcp(
        STRANGER,
        SERVER,
        1524,
        [
            ("<", b"root@metasploitable:/# "),
            (">", b"id\n"),
            ("<", b"uid=0(root) gid=0(root) groups=0(root)\nroot@metasploitable:/# "),
        ],
    )


def shell_noprompt(wire):
    wire.tcp(
        STRANGER,
        SERVER,
        6200,
        [
            (">", b"id\n"),
            ("<", b"uid=0(root) gid=0(root)\n"),
            (">", b"cat /etc/passwd\n"),
            ("<", b"root:x:0:0:root:/root:/bin/bash\n"),
        ],
    )
