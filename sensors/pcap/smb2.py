"""SMB 2 and 3 (MS-SMB2): dialect, signing, shares, pipes and files of one connection."""

from collections.abc import Iterator
from dataclasses import dataclass

from sensors.pcap.little import u16, u32, u64, wide
from sensors.pcap.netbios import Frame
from sensors.pcap.smb_session import BUFFER_OVERFLOW, MORE_PROCESSING, PENDING, SUCCESS, Opened, Session

MAGIC, ENCRYPTED, COMPRESSED = b"\xfeSMB", b"\xfdSMB", b"\xfcSMB"
_HEADER = 64
_NEGOTIATE, _SETUP, _TREE, _CREATE, _CLOSE, _READ, _WRITE, _IOCTL, _SET_INFO = 0, 1, 3, 5, 6, 8, 9, 11, 17
_ANSWER, _ASYNC, _SIGNED = 1, 2, 8
_DIALECTS = {0x0202: "2.0.2", 0x0210: "2.1", 0x0300: "3.0", 0x0302: "3.0.2", 0x0311: "3.1.1"}
_TRANSCEIVE = 0x0011C017
_DELETE_ON_CLOSE = 0x1000
#: FileInformationClass (MS-FSCC 2.4).
_RENAME_CLASS, _DELETE_CLASS = 10, 13
#: In a compound: the handle that the command before has opened (MS-SMB2 3.2.4.1.4).
_SAME = b"\xff" * 16
_COMPOUND = 64
_ASKED = 4096


@dataclass(frozen=True, slots=True)
class Block:
    """One command: header and body; offsets of the protocol count from the header."""

    data: bytes

    @property
    def command(self) -> int:
        return u16(self.data, 12)

    @property
    def status(self) -> int:
        return u32(self.data, 8)

    @property
    def flags(self) -> int:
        return u32(self.data, 16)

    @property
    def number(self) -> int:
        return u64(self.data, 24)

    @property
    def tree(self) -> int:
        return u32(self.data, 36)

    def half(self, place: int) -> int:
        return u16(self.data, _HEADER + place)

    def word(self, place: int) -> int:
        return u32(self.data, _HEADER + place)

    def handle(self, place: int) -> bytes:
        return self.data[_HEADER + place : _HEADER + place + 16]

    def part(self, offset: int, size: int) -> bytes:
        return self.data[offset : offset + size]


class Smb2:
    """Reads messages of SMB 2 and 3 into a session."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._asked: dict[int, Block] = {}
        self._trees: dict[int, str] = {}
        self._files: dict[bytes, Opened] = {}
        self._last: bytes = b""

    def take(self, frame: Frame) -> None:
        data, session = frame.data, self._session
        if data[:4] == ENCRYPTED:
            session.encrypted = True
            session.version = session.version or "3"
            return
        if data[:4] == COMPRESSED:
            self._compressed(data)
            return
        for block in _blocks(data):
            if block.flags & _ANSWER:
                if block.status != PENDING:
                    self._answered(block, frame)
            else:
                self._asks(block, frame)

    def _compressed(self, data: bytes) -> None:
        """CVE-2020-0796: size plus offset overflow 32 bits, or the offset leads out of the message."""
        size, offset, chained = u32(data, 4), u32(data, 12), u16(data, 10) & 1
        if not chained and (size + offset > 0xFFFFFFFF or offset > len(data)):
            self._session.mark("compression-overflow")

    def _asks(self, block: Block, frame: Frame) -> None:
        if len(self._asked) >= _ASKED:
            del self._asked[next(iter(self._asked))]
        self._asked[block.number] = block
        command = block.command
        if command == _WRITE:
            written = block.part(block.half(2), block.word(4))
            self._carried(block.handle(16), True, written, frame)
        elif command == _IOCTL and block.word(4) == _TRANSCEIVE:
            self._carried(block.handle(8), True, block.part(block.word(24), block.word(28)), frame)
        elif command == _SET_INFO and (one := self._file(block.handle(16))) is not None:
            body = block.part(block.half(8), block.word(4))
            if block.data[_HEADER + 3 : _HEADER + 4] == bytes([_DELETE_CLASS]) and body[:1] == b"\x01":
                one.deleted = True
            elif block.data[_HEADER + 3 : _HEADER + 4] == bytes([_RENAME_CLASS]):
                one.renamed = wide(body[20 : 20 + u32(body, 16)])

    def _answered(self, block: Block, frame: Frame) -> None:
        command, session = block.command, self._session
        asked = self._asked.pop(block.number, None)
        if command == _NEGOTIATE:
            self._negotiated(block)
            return
        session.version = session.version or "2"
        if block.flags & _SIGNED:
            session.signed += 1
        else:
            session.unsigned += 1
        if asked is None:
            return
        if command == _SETUP:
            self._set_up(asked, block, frame)
        elif command == _TREE:
            path = wide(asked.part(asked.half(4), asked.half(6)))
            self._trees[block.tree] = path
            session.share(path, block.status)
        elif command == _CREATE:
            self._created(asked, block, frame)
        elif block.status in (SUCCESS, BUFFER_OVERFLOW):
            self._done(command, asked, block, frame)

    def _negotiated(self, block: Block) -> None:
        if block.status != SUCCESS:
            return
        session, dialect, mode = self._session, block.half(4), block.half(2)
        session.version = _DIALECTS.get(dialect, session.version or "2")
        session.dialect = f"SMB {session.version}"
        session.signing = "required" if mode & 2 else "enabled" if mode & 1 else "off"

    def _set_up(self, asked: Block, block: Block, frame: Frame) -> None:
        if block.status == MORE_PROCESSING:
            return
        flags = block.half(2) if block.status == SUCCESS else 0
        session = self._session
        session.guest = session.guest or bool(flags & 1)
        session.anonymous = session.anonymous or bool(flags & 2)
        session.encrypted = session.encrypted or bool(flags & 4)
        session.logged_on(asked.part(asked.half(12), asked.half(14)), block.status, frame)

    def _created(self, asked: Block, block: Block, frame: Frame) -> None:
        path = wide(asked.part(asked.half(44), asked.half(46)))
        if block.status != SUCCESS:
            share = self._trees.get(asked.tree, "")
            if share.upper().endswith("IPC$") and path:
                self._session.share(f"{share}\\{path}", block.status)
            return
        one = self._session.opened(path, self._trees.get(block.tree, self._trees.get(asked.tree, "")), frame)
        one.size = None if one.pipe else u64(block.data, _HEADER + 48)
        one.deleted = bool(asked.word(40) & _DELETE_ON_CLOSE)
        self._last = block.handle(64)
        self._files[self._last] = one

    def _done(self, command: int, asked: Block, block: Block, frame: Frame) -> None:
        if command == _CLOSE:
            self._files.pop(asked.handle(8), None)
        elif command == _READ:
            offset = block.data[_HEADER + 2] if len(block.data) > _HEADER + 2 else 0
            self._carried(asked.handle(16), False, block.part(offset, block.word(4)), frame)
        elif command == _IOCTL and asked.word(4) == _TRANSCEIVE:
            self._carried(asked.handle(8), False, block.part(block.word(32), block.word(36)), frame)

    def _file(self, handle: bytes) -> Opened | None:
        return self._files.get(self._last if handle == _SAME else handle)

    def _carried(self, handle: bytes, of_client: bool, data: bytes, frame: Frame) -> None:
        self._session.carried(self._file(handle), of_client, data, frame)


def _blocks(data: bytes) -> Iterator[Block]:
    """The commands of a compound, one after the other by `NextCommand`."""
    at = 0
    for _ in range(_COMPOUND):
        if data[at : at + 4] != MAGIC or len(data) < at + _HEADER:
            return
        following = u32(data, at + 20)
        yield Block(data[at : at + following] if following else data[at:])
        if following < _HEADER:
            return
        at += following
