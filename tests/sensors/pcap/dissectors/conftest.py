"""SMB and RPC messages made from their specifications (MS-CIFS, MS-SMB2, C706), and what is said of them."""

import struct

import pytest

from detections.networks import PRIVATE, Networks
from detections.sequences import (
    account_discovery,
    exposed_shares,
    remote_execution,
    replication,
    smb_exploit,
    ticket_theft,
    zerologon,
)
from taishi.core.event import BatchBuilder

WINDOWS = (
    account_discovery,
    exposed_shares,
    remote_execution,
    replication,
    smb_exploit,
    ticket_theft,
    zerologon,
)
OK, INVALID, NOT_IMPLEMENTED, DENIED = 0, 0xC000000D, 0xC0000002, 0xC0000022
PATCHED, UNPATCHED = 0xC0000008, 0xC0000205


def wide(text):
    return text.encode("utf-16-le") + b"\0\0"


class Smb1:
    """Requests and answers; ids are those of a common session."""

    OK, INVALID, NOT_IMPLEMENTED, DENIED, PATCHED, UNPATCHED = (
        OK, INVALID, NOT_IMPLEMENTED, DENIED, PATCHED, UNPATCHED,
    )  # fmt: skip

    @staticmethod
    def framed(message):
        return struct.pack("!I", len(message)) + message

    @classmethod
    def message(cls, command, words=b"", data=b"", *, mid=64, status=0, answer=False, tid=2048, pid=65279):
        head = b"\xffSMB" + struct.pack("<BIBH", command, status, 0x98 if answer else 0x18, 0xC007)
        head += bytes(12) + struct.pack("<HHHH", tid, pid, 2048, mid)
        return cls.framed(head + bytes((len(words) // 2,)) + words + struct.pack("<H", len(data)) + data)

    @classmethod
    def negotiate(cls, *dialects):
        return cls.message(
            0x72, b"", b"".join(b"\x02" + name + b"\0" for name in dialects or (b"NT LM 0.12",))
        )

    @classmethod
    def negotiated(cls, index=0, mode=3):
        words = struct.pack("<HB", index, mode) + bytes(31)
        return cls.message(0x72, words, b"", answer=True)

    @classmethod
    def setup(cls, user=b""):
        words = b"\xff\0\0\0" + struct.pack("<HHHIHHII", 4356, 10, 0, 0, 1 if not user else 24, 0, 0, 0)
        proof = b"\0" if not user else bytes(24)
        pad = b"\0" if (32 + 1 + len(words) + 2 + len(proof)) % 2 else b""
        return cls.message(0x73, words, proof + pad + wide(user.decode()))

    @classmethod
    def set_up(cls, status=OK, guest=0):
        return cls.message(0x73, b"\xff\0\0\0" + struct.pack("<H", guest), b"", answer=True, status=status)

    @classmethod
    def tree(cls, path="\\\\192.0.2.2\\IPC$"):
        words = b"\xff\0\0\0" + struct.pack("<HH", 8, 1)
        return cls.message(0x75, words, b"\0" + wide(path) + b"?????\0")

    @classmethod
    def treed(cls, status=OK):
        return cls.message(0x75, b"\xff\0\0\0\0\0", b"", answer=True, status=status)

    @classmethod
    def trans2(cls, sub, data=b"", mid=65):
        words = struct.pack(
            "<HHHHBBHIHHHHHBBH", 12, len(data), 1, 0, 0, 0, 0, 0, 0, 12, 66, len(data), 78, 1, 0, sub
        )
        return cls.message(0x32, words, bytes(12) + data, mid=mid)

    @classmethod
    def trans2_answer(cls, status, mid=65):
        return cls.message(0x32, b"", b"", mid=mid, status=status, answer=True)

    @classmethod
    def trans2_done(cls, mid=65):
        return cls.message(0x32, bytes(20), b"", mid=mid, answer=True)

    @classmethod
    def trans(cls, sub, fid=0, *, total=0, room=0, data=b"", mid=66):
        words = struct.pack(
            "<HHHHBBHIHHHHHBBHH", 0, total, 0, room, 0, 0, 0, 0, 0, 0, 0, len(data), 32 + 35, 2, 0, sub, fid
        )
        return cls.message(0x25, words, data, mid=mid)

    @classmethod
    def trans_answer(cls, status=OK, total=0, mid=66):
        if status not in (OK, 0x80000005):
            return cls.message(0x25, b"", b"", mid=mid, status=status, answer=True)
        words = struct.pack("<HHHHHHHHHBB", 0, total, 0, 0, 56, 0, total, 56, 0, 0, 0)
        return cls.message(0x25, words, bytes(total), mid=mid, status=status, answer=True)

    @classmethod
    def nt_trans(cls, function=0, total=66512, data=b"", room=0, mid=67):
        words = struct.pack("<BHIIIIIIIIBH", 1, 0, 30, total, 30, room, 30, 75, len(data), 104, 1, function)
        return cls.message(0xA0, words + bytes(2), bytes(31) + data, mid=mid)

    @classmethod
    def nt_trans_answer(cls, total=0, mid=67):
        if not total:
            return cls.message(0xA0, b"", b"", mid=mid, answer=True)
        words = bytes(3) + struct.pack("<IIIIIIIIB", 0, total, 0, 0, 0, total, 72, 0, 0)
        return cls.message(0xA0, words, bytes(total), mid=mid, answer=True)

    @classmethod
    def secondary(cls, command, data, mid=67):
        words = struct.pack("<HHHHHHHH", 0, len(data), 0, 0, 0, len(data), 53, 0)
        words += struct.pack("<H", 0) if command == 0x33 else b""
        return cls.message(command, words, data, mid=mid)

    @classmethod
    def write(cls, fid, data, mid):
        words = b"\xff\0\0\0" + struct.pack("<HIIHHHHHI", fid, 0, 0xFFFFFFFF, 4, 0, 0, len(data), 63, 0)
        return cls.message(0x2F, words, data, mid=mid)

    @classmethod
    def create(cls, name, mid=70):
        words = b"\xff\0\0\0\0" + struct.pack("<H", len(name) * 2) + bytes(41)
        return cls.message(0xA2, words, b"\0" + wide(name), mid=mid)

    @classmethod
    def created(cls, fid=0x4000, mid=70):
        words = b"\xff\0\0\0\0" + struct.pack("<H", fid) + bytes(61)
        return cls.message(0xA2, words, b"", mid=mid, answer=True)


class Smb2:
    """Requests and answers of SMB 2."""

    FILE = bytes(range(1, 17))

    @staticmethod
    def message(command, body, *, number=1, status=0, answer=False, tree=5, signed=False, following=0):
        flags = (1 if answer else 0) | (8 if signed else 0)
        head = b"\xfeSMB" + struct.pack(
            "<HHIHHIIQIIQ", 64, 1, status, command, 1, flags, following, number, 0, tree, 9
        )
        return head + bytes(16) + body

    @classmethod
    def framed(cls, *messages):
        return Smb1.framed(b"".join(messages))

    @classmethod
    def negotiated(cls, dialect=0x0210, mode=1):
        return cls.framed(cls.message(0, struct.pack("<HHH", 65, mode, dialect) + bytes(60), answer=True))

    @classmethod
    def tree(cls, path, number=3):
        name = path.encode("utf-16-le")
        return cls.framed(
            cls.message(3, struct.pack("<HHHH", 9, 0, 72, len(name)) + name, number=number, tree=0)
        )

    @classmethod
    def treed(cls, number=3, status=0):
        return cls.framed(
            cls.message(
                3, struct.pack("<HBB", 16, 2, 0) + bytes(12), number=number, answer=True, status=status
            )
        )

    @classmethod
    def create(cls, path, number=4, options=0):
        name = path.encode("utf-16-le")
        body = struct.pack("<HBBI", 57, 0, 0, 2) + bytes(16) + struct.pack("<IIIII", 0, 0, 0, 0, options)
        return cls.framed(
            cls.message(5, body + struct.pack("<HHII", 120, len(name), 0, 0) + name, number=number)
        )

    @classmethod
    def created(cls, number=4, size=0, file=FILE, status=0):
        body = (
            struct.pack("<HBBI", 89, 0, 0, 1) + bytes(40) + struct.pack("<QII", size, 0, 0) + file + bytes(8)
        )
        return cls.framed(cls.message(5, body, number=number, answer=True, status=status))

    @classmethod
    def write(cls, data, number=5, file=FILE):
        body = struct.pack("<HHIQ", 49, 112, len(data), 0) + file + bytes(16)
        return cls.framed(cls.message(9, body + data, number=number))

    @classmethod
    def wrote(cls, number=5):
        return cls.framed(cls.message(9, bytes(16), number=number, answer=True))

    @classmethod
    def read(cls, number=7, file=FILE):
        body = struct.pack("<HBBIQ", 49, 80, 0, 65536, 0) + file + bytes(17)
        return cls.framed(cls.message(8, body, number=number))

    @classmethod
    def was_read(cls, data, number=7):
        body = struct.pack("<HBBIII", 17, 80, 0, len(data), 0, 0) + data
        return cls.framed(cls.message(8, body, number=number, answer=True))

    @classmethod
    def ioctl(cls, data, number=6, file=FILE):
        body = (
            struct.pack("<HHI", 57, 0, 0x0011C017)
            + file
            + struct.pack("<IIIIIIII", 120, len(data), 0, 0, 0, 1024, 1, 0)
        )
        return cls.framed(cls.message(11, body + data, number=number))

    @classmethod
    def ioctled(cls, data, number=6, file=FILE):
        body = (
            struct.pack("<HHI", 49, 0, 0x0011C017)
            + file
            + struct.pack("<IIIIII", 112, 0, 112, len(data), 0, 0)
        )
        return cls.framed(cls.message(11, body + data, number=number, answer=True))


class Rpc:
    """PDUs of DCE/RPC 5.0."""

    @staticmethod
    def pdu(kind, body, call=1, flags=3):
        return struct.pack("<BBBBIHHI", 5, 0, kind, flags, 0x10, 16 + len(body), 0, call) + body

    @classmethod
    def bind(cls, uuid, version=1):
        syntax = bytes.fromhex("045d888aeb1cc9119fe808002b104860") + struct.pack("<I", 2)
        body = struct.pack("<HHIBBH", 4280, 4280, 0, 1, 0, 0) + struct.pack("<HBB", 0, 1, 0)
        return cls.pdu(11, body + uuid.bytes_le + struct.pack("<HH", version, 0) + syntax)

    @classmethod
    def bound(cls):
        return cls.pdu(12, struct.pack("<HHIH", 4280, 4280, 1, 4) + b"135\0" + bytes(28))

    @classmethod
    def request(cls, number, stub, call=2):
        return cls.pdu(0, struct.pack("<IHH", len(stub), 0, number) + stub, call)

    @classmethod
    def response(cls, result, call=2, stub=b""):
        stub += struct.pack("<I", result)
        return cls.pdu(2, struct.pack("<IHBB", len(stub), 0, 0, 0) + stub, call)

    @classmethod
    def fault(cls, status, call=2):
        return cls.pdu(3, struct.pack("<IHBBI", 32, 0, 0, 0, status) + bytes(4), call)

    @staticmethod
    def text(words):
        """A conformant varying string of NDR."""
        count = len(words) + 1
        packed = struct.pack("<III", count, 0, count) + wide(words)
        return packed + bytes(-len(packed) % 4)


@pytest.fixture(scope="session")
def smb1():
    return Smb1


@pytest.fixture(scope="session")
def smb2():
    return Smb2


@pytest.fixture(scope="session")
def rpc():
    return Rpc


@pytest.fixture(scope="session")
def judged():
    """What the sequences on Windows protocols say of what was heard."""

    def judge(*heard, inside=(*PRIVATE, "192.0.2.0/24", "198.51.100.0/24")):
        networks = Networks(inside)
        watching = [module.SEQUENCE(networks) for module in WINDOWS]
        for number, one in enumerate(heard):
            builders = {}
            for event in one.events:
                builder = builders.setdefault(event.kind, BatchBuilder(event.kind, "test", str(number)))
                builder.add(len(builder), {k: v for k, v in event.fields.items() if k != "taishi.record"})
            for builder in builders.values():
                batch = builder.take()
                for watcher in watching:
                    if batch.kind in watcher.kinds:
                        watcher.observe(batch)
        return [hit for watcher in watching for hit in watcher.hits() if not hit.withdrawn]

    return judge
