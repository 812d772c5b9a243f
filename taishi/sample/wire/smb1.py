"""SMB 1 in the dialect NT LM 0.12 (MS-CIFS): a plain challenge and nothing newer, as old storage talks."""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import Random

from taishi.sample.conversation import Part, Repeat, Say, answer, ask, size_of

PORT = 445
#: What Windows XP offers, in its order; the server names its choice by number.
DIALECTS = ("PC NETWORK PROGRAM 1.0", "LANMAN1.0", "Windows for Workgroups 3.1a", "LM1.2X002", "LANMAN2.1")
DIALECT = "NT LM 0.12"
NEGOTIATE, SESSION_SETUP, TREE_CONNECT, TREE_DISCONNECT = 0x72, 0x73, 0x75, 0x71
CREATE, READ, CLOSE, LOGOFF = 0xA2, 0x2E, 0x04, 0x74
#: Paths without case and in full; in answers besides, that it is one (MS-CIFS 2.2.3.1).
ASKS, ANSWERS = 0x18, 0x98
#: Unicode, NT status codes, long names.
FLAGS2 = 0xC001
HEADER = 32
#: No further command in this message (MS-CIFS 2.2.3.4): its code, a reserved byte, its offset.
ALONE = b"\xff\0\0\0"
#: Unicode, large files, NT commands, RPC, status codes, oplocks.
CAPABILITIES = 0xFC
BUFFER, MPX = 16_644, 50
#: User security with challenges (MS-CIFS 2.2.4.52.2); signing is not offered.
USER_SECURITY = 0x03
#: Bytes that one read asks for.
CHUNK = 16_384
CHINA_MINUTES = -480
#: FILETIME (MS-DTYP 2.3.3) counts steps of 100 ns from here.
ERA = datetime(1601, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Visit:
    """One file that `user` reads from a share; `content` is all of it."""

    user: str
    domain: str
    server: str
    share: str
    path: str
    content: Repeat
    at: datetime


class Talk:
    """Messages of one connection: they share their ids and count up."""

    def __init__(self, dice: Random) -> None:
        self._process, self._user, self._tree = dice.randrange(0x400, 0xFFFF), 0, 0
        self._message = 0

    def join(self, *, user: int | None = None, tree: int | None = None) -> None:
        """What the server gave, and every later message carries."""
        self._user, self._tree = user or self._user, tree or self._tree

    def asks(self, command: int, words: bytes = b"", data: bytes = b"", wait_us: int = 900) -> Say:
        self._message += 1
        return ask(*self._parts(ASKS, command, words, data), wait_us=wait_us)

    def answers(self, command: int, words: bytes = b"", *data: Part) -> Say:
        return answer(*self._parts(ANSWERS, command, words, *data), wait_us=1_800)

    def _parts(self, flags: int, command: int, words: bytes, *data: Part) -> tuple[Part, ...]:
        head = struct.pack(
            "<4sBIBH12x4H",
            b"\xffSMB",
            command,
            0,
            flags,
            FLAGS2,
            self._tree,
            self._process,
            self._user,
            self._message,
        )
        size = size_of(data)
        body = head + bytes([len(words) // 2]) + words + size.to_bytes(2, "little")
        # NetBIOS session message (RFC 1002, 4.3.1) as TCP's port 445 carries it.
        return ((len(body) + size).to_bytes(4, "big") + body, *data)


def wide(*texts: str) -> bytes:
    return b"".join(text.encode("utf-16-le") + b"\0\0" for text in texts)


def filetime(at: datetime) -> int:
    return (at - ERA) // timedelta(microseconds=1) * 10


def smb1_session(dice: Random, visit: Visit) -> tuple[Say, ...]:
    """Dialect, logon, share, one file opened, read and closed, and the farewell."""
    talk = Talk(dice)
    return (
        *_negotiated(talk, dice, visit),
        *_logged_on(talk, dice, visit),
        *_connected(talk, dice, visit),
        *_read(talk, dice, visit),
        talk.asks(TREE_DISCONNECT, wait_us=12_000_000),
        talk.answers(TREE_DISCONNECT),
        talk.asks(LOGOFF, ALONE),
        talk.answers(LOGOFF, ALONE),
    )


def _negotiated(talk: Talk, dice: Random, visit: Visit) -> Iterator[Say]:
    offered = (*DIALECTS, DIALECT)
    yield talk.asks(NEGOTIATE, data=b"".join(b"\x02" + name.encode() + b"\0" for name in offered))
    words = struct.pack(
        "<HBHHIIIIQhB",
        offered.index(DIALECT),
        USER_SECURITY,
        MPX,
        1,
        BUFFER,
        65_536,
        dice.getrandbits(32),
        CAPABILITIES,
        filetime(visit.at),
        CHINA_MINUTES,
        8,
    )
    yield talk.answers(NEGOTIATE, words, dice.randbytes(8) + wide(visit.domain, visit.share))


def _logged_on(talk: Talk, dice: Random, visit: Visit) -> Iterator[Say]:
    """The two answers to the challenge and the name; texts begin on an even offset."""
    words = ALONE + struct.pack("<HHHIHHII", BUFFER, MPX, 1, 0, 24, 24, 0, CAPABILITIES)
    who = wide(visit.user, visit.domain, "Windows 2002 Service Pack 3 2600", "Windows 2002 5.1")
    yield talk.asks(SESSION_SETUP, words, dice.randbytes(48) + b"\0" + who)
    talk.join(user=dice.randrange(100, 0xFFFE))
    yield talk.answers(SESSION_SETUP, ALONE + bytes(2), b"\0" + wide("Unix", "Samba 3.0.33", visit.domain))


def _connected(talk: Talk, dice: Random, visit: Visit) -> Iterator[Say]:
    path = wide(f"\\\\{visit.server}\\{visit.share}")
    yield talk.asks(TREE_CONNECT, ALONE + struct.pack("<HH", 0, 1), b"\0" + path + b"?????\0")
    talk.join(tree=dice.randrange(1, 0xFFFE))
    yield talk.answers(TREE_CONNECT, ALONE + struct.pack("<H", 1), b"A:\0" + wide("NTFS"))


def _read(talk: Talk, dice: Random, visit: Visit) -> Iterator[Say]:
    name, size, handle = visit.path.encode("utf-16-le"), visit.content.size, dice.randrange(0x1000, 0x7FFF)
    # Read access, shared with everybody, only where it is there already, no folder.
    words = struct.pack("<xHIIIQIIIIIB", len(name), 0, 0, 0x20089, 0, 0x80, 7, 1, 0x40, 2, 3)
    yield talk.asks(CREATE, ALONE + words, b"\0" + name + b"\0\0", wait_us=400_000)
    written = filetime(visit.at - timedelta(days=400))
    words = struct.pack("<BHI4QIQQHHB", 0, handle, 1, *[written] * 4, 0x80, size, size, 0, 0, 0)
    yield talk.answers(CREATE, ALONE + words)
    for start in range(0, size, CHUNK):
        count = min(CHUNK, size - start)
        yield talk.asks(READ, ALONE + struct.pack("<HIHHIHI", handle, start, count, count, 0, 0, 0))
        # One byte of padding puts the data on an even offset.
        words = ALONE + struct.pack("<HHHHH10x", 0xFFFF, 0, 0, count, HEADER + 1 + 24 + 2 + 1)
        yield talk.answers(READ, words, b"\0", Repeat(visit.content.pattern, count))
    yield talk.asks(CLOSE, struct.pack("<HI", handle, 0xFFFFFFFF))
    yield talk.answers(CLOSE)
