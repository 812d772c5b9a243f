"""SMB 1 (MS-CIFS, MS-SMB): sessions, shares, pipes, files, and transactions that break its rules."""

from collections.abc import Iterator
from dataclasses import dataclass

from sensors.pcap import ntlm
from sensors.pcap.little import u16, u32, u64, wide
from sensors.pcap.netbios import Frame
from sensors.pcap.smb1_transactions import CONTINUED, PRIMARY, Key, Transactions
from sensors.pcap.smb_session import BUFFER_OVERFLOW, MORE_PROCESSING, SUCCESS, Opened, Session

MAGIC = b"\xffSMB"
_HEADER = 32
_NEGOTIATE, _SESSION_SETUP, _TREE_CONNECT, _CREATE = 0x72, 0x73, 0x75, 0xA2
_READ, _WRITE, _CLOSE, _DELETE, _RENAME, _LOGOFF = 0x2E, 0x2F, 0x04, 0x06, 0x07, 0x74
#: Commands that may carry a further command (MS-CIFS 2.2.3.4).
_CHAINED = frozenset({0x24, 0x2D, 0x2E, 0x2F, 0x73, 0x74, 0x75, 0xA2})
_NO_MORE = 0xFF
_CHAIN = 8
_UNICODE = 0x8000
_SIGNED = 0x0004


@dataclass(frozen=True, slots=True)
class Block:
    """One command of a message: its words, and where its bytes begin in the message."""

    command: int
    words: bytes
    begin: int
    message: bytes

    @property
    def data(self) -> bytes:
        return self.message[self.begin :]


class Smb1:
    """Reads messages of SMB 1 into a session."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._dialects: list[str] = []
        self._asked: dict[Key, Block] = {}
        self._trees: dict[int, str] = {}
        self._files: dict[int, Opened] = {}
        self._paths: dict[Key, str] = {}
        self._transactions = Transactions(session)

    def take(self, frame: Frame) -> None:
        data = frame.data
        if len(data) < _HEADER + 1:
            return
        key = Key(u16(data, 24), u16(data, 26), u16(data, 28), u16(data, 30))
        status = u32(data, 5)
        answer = bool(data[9] & 0x80)
        for block in _blocks(data):
            if answer:
                self._answered(block, key, status, frame)
            else:
                self._asks(block, key, frame)

    def _asks(self, block: Block, key: Key, frame: Frame) -> None:
        command, words = block.command, block.words
        if command == _NEGOTIATE:
            self._dialects = [
                part.split(b"\0", 1)[0].decode("latin-1") for part in block.data.split(b"\x02")[1:]
            ]
        elif command in (_SESSION_SETUP, _TREE_CONNECT):
            self._asked[key.command(command)] = block
        elif command == _CREATE:
            self._paths[key] = _text(block, 0, block.message)
        elif command == _WRITE:
            self._writes(words, key, block, frame)
        elif command == _READ:
            self._asked[key.command(command)] = block
        elif command in (_DELETE, _RENAME):
            self._changes(block, key, frame)
        elif command == _CLOSE:
            self._files.pop(u16(words, 0), None)
        elif command in PRIMARY or command in CONTINUED:
            self._transactions.asks(command, words, key)
            self._piped(True, command, words, key, block.message, frame)

    def _answered(self, block: Block, key: Key, status: int, frame: Frame) -> None:
        command, words = block.command, block.words
        session = self._session
        if command == _NEGOTIATE:
            self._negotiated(words)
            return
        session.version = session.version or "1"
        if command == _SESSION_SETUP:
            self._set_up(block, key, status, frame)
        elif command == _TREE_CONNECT and (asked := self._asked.pop(key.command(command), None)):
            path = _tree(asked)
            self._trees[key.tree] = path
            session.share(path, status)
        elif command == _CREATE and (opened := self._paths.pop(key, "")):
            if status == SUCCESS:
                one = session.opened(opened, self._trees.get(key.tree, ""), frame)
                one.size = u64(words, 55) if not one.pipe else None
                self._files[u16(words, 5)] = one
        elif command == _READ and (asked := self._asked.pop(key.command(command), None)):
            if status in (SUCCESS, BUFFER_OVERFLOW):
                start = u16(words, 12)
                read = block.message[start : start + (u16(words, 10) | u32(words, 14) << 16)]
                session.carried(self._files.get(u16(asked.words, 4)), False, read, frame)
        elif command in PRIMARY or command in CONTINUED:
            self._transactions.answered(command, words, key, status)
            if status in (SUCCESS, BUFFER_OVERFLOW):
                self._piped(False, command, words, key, block.message, frame)

    def _negotiated(self, words: bytes) -> None:
        index = u16(words, 0)
        if len(words) < 2 or index == 0xFFFF:
            return
        session = self._session
        session.version = "1"
        session.dialect = self._dialects[index] if index < len(self._dialects) else None
        if len(words) >= 34:
            mode = words[2]
            session.signing = "required" if mode & 8 else "enabled" if mode & 4 else "off"

    def _set_up(self, block: Block, key: Key, status: int, frame: Frame) -> None:
        session = self._session
        asked = self._asked.pop(key.command(_SESSION_SETUP), None)
        if status == SUCCESS and u16(block.words, 4) & 1:
            session.guest = True
        if asked is None or status == MORE_PROCESSING:
            return
        if len(asked.words) == 24:
            blob = asked.data[: u16(asked.words, 14)]
            session.logged_on(blob, status, frame)
        elif len(asked.words) == 26:
            self._plain_logon(asked, status, frame)

    def _plain_logon(self, asked: Block, status: int, frame: Frame) -> None:
        """Session setup without extended security: two answers to the challenge, then the name."""
        lengths = u16(asked.words, 14), u16(asked.words, 16)
        user = _text(asked, sum(lengths), asked.message)
        anonymous = not user and max(lengths) <= 1
        self._session.identified(ntlm.Identity(user, "", "", anonymous), status, frame)

    def _writes(self, words: bytes, key: Key, block: Block, frame: Frame) -> None:
        handle = u16(words, 4)
        self._transactions.written(key, handle)
        start = u16(words, 22)
        written = block.message[start : start + (u16(words, 20) | u16(words, 18) << 16)]
        self._session.carried(self._files.get(handle), True, written, frame)

    def _changes(self, block: Block, key: Key, frame: Frame) -> None:
        """Deleting and renaming name a path, preceded by a format byte."""
        path = _text(block, 1, block.message)
        one = self._session.opened(path, self._trees.get(key.tree, ""), frame)
        one.deleted = block.command == _DELETE
        one.renamed = path if block.command == _RENAME else None

    def _piped(
        self, of_client: bool, command: int, words: bytes, key: Key, message: bytes, frame: Frame
    ) -> None:
        """Bytes of RPC inside a transaction on a pipe."""
        found = self._transactions.piped(of_client, command, words, key, message)
        if found is not None:
            handle, data = found
            self._session.carried(self._files.get(handle), of_client, data, frame)


def _blocks(data: bytes) -> Iterator[Block]:
    command, at = data[4], _HEADER
    for _ in range(_CHAIN):
        if at >= len(data):
            return
        end = at + 1 + 2 * data[at]
        words = data[at + 1 : end]
        yield Block(command, words, end + 2, data)
        if command not in _CHAINED or len(words) < 4 or words[0] == _NO_MORE or u16(words, 2) <= at:
            return
        command, at = words[0], u16(words, 2)


def _text(block: Block, skip: int, message: bytes) -> str:
    """Text after `skip` bytes, UTF-16 on an even offset where the message says Unicode."""
    at = block.begin + skip
    if u16(message, 10) & _UNICODE:
        return wide(message[at + (at & 1) :])[:1024]
    return message[at:].split(b"\0", 1)[0].decode("latin-1")[:1024]


def _tree(asked: Block) -> str:
    return _text(asked, u16(asked.words, 6), asked.message)
