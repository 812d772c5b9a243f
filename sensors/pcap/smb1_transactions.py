"""Transactions of SMB 1 (MS-CIFS 3.2.4.1.5), and the marks of those that break the rules.

All messages of a transaction have the same tree, process, user and multiplex id, and continue it with the
secondary command of its own kind; a server never answers more than `MaxDataCount` bytes, nor with ids of its
own. The exploits of MS17-010 and the DoublePulsar implant cannot do without breaking one of these:
https://msrc.microsoft.com/blog/2017/06/eternal-champion-exploit-analysis/ and 2017/07/eternal-synergy-….
"""

from dataclasses import dataclass
from typing import NamedTuple

from sensors.pcap.little import u16, u32
from sensors.pcap.smb_session import INSUFF_SERVER_RESOURCES, INVALID_PARAMETER, SUCCESS, Session

TRANSACTION, TRANSACTION2, NT_TRANSACT = 0x25, 0x32, 0xA0
PRIMARY = frozenset({TRANSACTION, TRANSACTION2, NT_TRANSACT})
#: Secondary commands and the primary that each may continue.
CONTINUED = {0x26: TRANSACTION, 0x33: TRANSACTION2, 0xA1: NT_TRANSACT}
#: Reserved, never implemented (MS-CIFS 2.2.6.15, 2.2.7.5): "clients SHOULD NOT send".
_TRANS2_SESSION_SETUP, _NT_RENAME = 0x000E, 0x0005
#: No operation has this number; EternalBlue needs none, only more data than 16 bits can count.
_NT_NOTHING = 0x0000
_PEEK, _TRANSACT = 0x0023, 0x0026
#: What DoublePulsar adds to the multiplex id of its answer: done, bad parameter, no memory.
_IMPLANT = (0x10, 0x20, 0x30)
_OPEN = 4096


class Key(NamedTuple):
    """The four ids that make a transaction one."""

    tree: int
    process: int
    user: int
    multiplex: int

    def command(self, command: int) -> "Key":
        """A key for an exchange outside transactions: the tree and user may only come with the answer."""
        return Key(command, self.process, 0, self.multiplex)


@dataclass(slots=True)
class Open:
    """A transaction that was begun. `kind` is its primary command, `sub` what it asks for."""

    kind: int
    sub: int
    handle: int
    total: int
    room: int
    received: int
    changed: bool = False
    answered: bool = False

    @property
    def complete(self) -> bool:
        return self.received >= self.total


class Transactions:
    """Follows transactions of one connection and marks what breaks their rules."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._open: dict[Key, Open] = {}

    def asks(self, command: int, words: bytes, key: Key) -> None:
        if command in CONTINUED:
            self._continues(command, words, key)
            return
        one = _begun(command, words)
        if len(self._open) >= _OPEN:
            del self._open[next(iter(self._open))]
        self._open.pop(key, None)
        self._open[key] = one
        if command == TRANSACTION2 and one.sub == _TRANS2_SESSION_SETUP:
            self._session.mark("trans2-session-setup")
            if one.total:
                self._session.mark("trans2-session-setup-data")
        elif command == NT_TRANSACT and one.sub == _NT_RENAME:
            self._session.mark("nt-transact-rename")
        elif command == NT_TRANSACT and one.sub == _NT_NOTHING and one.total > 0xFFFF:
            self._session.mark("nt-transact-overlong")
        elif command == TRANSACTION and one.sub == _PEEK and one.handle == 0:
            self._session.mark("peek-without-pipe")

    def _continues(self, command: int, words: bytes, key: Key) -> None:
        one = self._open.get(key)
        if one is None:
            return
        if one.kind != CONTINUED[command]:
            one.changed = True
            self._session.mark("transaction-kind-changed")
        one.received += u32(words, 23) if command == 0xA1 else u16(words, 10)

    def written(self, key: Key, handle: int) -> None:
        """A write whose ids are those of a transaction that still waits: it is taken for its part."""
        for held in (key, key._replace(multiplex=handle)):
            one = self._open.get(held)
            if one is not None and not one.complete:
                self._session.mark("write-into-transaction")
                return

    def answered(self, command: int, words: bytes, key: Key, status: int) -> None:
        one = self._open.get(key)
        if one is None:
            self._from_nowhere(command, key)
            return
        one.answered = True
        if one.changed and status == INVALID_PARAMETER:
            self._session.mark("transaction-overrun")
        if one.kind == TRANSACTION2 and one.sub == _TRANS2_SESSION_SETUP:
            executed = status == SUCCESS
            self._session.mark("trans2-session-setup-" + ("executed" if executed else "refused"))
        elif one.kind == TRANSACTION and one.sub == _PEEK and one.handle == 0:
            open_to_it = status == INSUFF_SERVER_RESOURCES
            self._session.mark("peek-" + ("unpatched" if open_to_it else "refused"))
        elif _data_total(command, words) > one.room:
            self._session.mark("answer-exceeds-limit")

    def _from_nowhere(self, command: int, key: Key) -> None:
        """An answer whose ids nobody asked with: the implant reports in the multiplex id."""
        if command != TRANSACTION2:
            return
        for step in _IMPLANT:
            one = self._open.get(key._replace(multiplex=(key.multiplex - step) & 0xFFFF))
            if one is not None and one.kind == TRANSACTION2 and one.sub == _TRANS2_SESSION_SETUP:
                self._session.mark("multiplex-id-raised")
                return

    def piped(
        self, of_client: bool, command: int, words: bytes, key: Key, message: bytes
    ) -> tuple[int, bytes] | None:
        """Handle and bytes of a TransactNmPipe (MS-CIFS 2.2.5.6), None for anything else."""
        one = self._open.get(key)
        if command != TRANSACTION or one is None or one.sub != _TRANSACT:
            return None
        count, start = (22, 24) if of_client else (12, 14)
        return one.handle, message[u16(words, start) : u16(words, start) + u16(words, count)]


def _begun(command: int, words: bytes) -> Open:
    if command == NT_TRANSACT:
        return Open(command, u16(words, 36), 0, u32(words, 7), u32(words, 15), u32(words, 27))
    return Open(command, u16(words, 28), u16(words, 30), u16(words, 2), u16(words, 6), u16(words, 22))


def _data_total(command: int, words: bytes) -> int:
    """How many bytes of data an answer says it has in all."""
    if command == NT_TRANSACT:
        return u32(words, 7) if len(words) >= 36 else 0
    return u16(words, 2) if len(words) >= 20 else 0
