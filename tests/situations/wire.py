"""Traffic made by hand, byte by byte: what a situation looks like on the wire."""
# ruff: noqa: E501 (what is said stands on one line)

import base64
import datetime
import random
import struct
from functools import lru_cache
from ipaddress import ip_address

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID

FIN, SYN, RST, PSH, ACK = 1, 2, 4, 8, 16
OURS = "10.1.1.20"
SERVER = "10.1.2.5"
STRANGER = "203.0.113.77"
OTHER = "198.51.100.9"
RANDOM = random.Random(5)
#: Seconds since 1970 at which every capture begins.
START = 1_750_000_000


class Wire:
    """Frames with their seconds; each call goes on where the one before ended."""

    def __init__(self):
        self.frames = []
        self.t = 0.0
        self.port = 40000

    def eth(self, payload, kind=0x0800):
        head = bytes.fromhex("02000000000202000000000a") + struct.pack("!H", kind)
        self.frames.append((self.t, head + payload))
        self.t += 0.002

    def ip(self, p, proto, a, b):
        if ":" in a:
            self.eth(
                struct.pack("!IHBB", 6 << 28, len(p), proto, 64)
                + ip_address(a).packed
                + ip_address(b).packed
                + p,
                0x86DD,
            )
        else:
            self.eth(
                struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(p), 1, 0, 64, proto, 0)
                + ip_address(a).packed
                + ip_address(b).packed
                + p
            )

    def seg(self, a, b, sp, dp, seq, fl, p=b"", ack=0):
        self.ip(
            struct.pack("!HHIIBBHHH", sp, dp, seq & 0xFFFFFFFF, ack & 0xFFFFFFFF, 0x50, fl, 8192, 0, 0) + p,
            6,
            a,
            b,
        )

    def udp(self, a, b, sp, dp, p):
        self.ip(struct.pack("!HHHH", sp, dp, 8 + len(p), 0) + p, 17, a, b)

    def icmp(self, a, b, t, code, rest):
        self.ip(struct.pack("!BBH", t, code, 0) + rest, 1, a, b)

    def wait(self, x):
        self.t += x
        return self

    def tcp(self, a, b, dp, talk=(), end="fin", gap=0.02, sp=None):
        """A connection. `talk`: ">" or "<" with what is said, or seconds of silence; `end`: how it ends."""
        self.port += 1
        sp = sp or self.port
        q = [1000, 5000]
        self.seg(a, b, sp, dp, q[0], SYN)
        q[0] += 1
        if end == "refused":
            self.seg(b, a, dp, sp, 0, RST | ACK)
            return
        if end == "silent":
            return
        self.seg(b, a, dp, sp, q[1], SYN | ACK)
        q[1] += 1
        self.seg(a, b, sp, dp, q[0], ACK, b"", q[1])
        for one in talk:
            if isinstance(one, (int, float)):
                self.t += one
                continue
            d, data = one
            for i in range(0, len(data), 1400):
                piece = data[i : i + 1400]
                if d == ">":
                    self.seg(a, b, sp, dp, q[0], ACK | PSH, piece, q[1])
                    q[0] += len(piece)
                else:
                    self.seg(b, a, dp, sp, q[1], ACK | PSH, piece, q[0])
                    q[1] += len(piece)
            self.t += gap
        if end == "fin":
            self.seg(a, b, sp, dp, q[0], FIN | ACK, b"", q[1])
            self.seg(b, a, dp, sp, q[1], FIN | ACK, b"", q[0] + 1)
            self.seg(a, b, sp, dp, q[0] + 1, ACK)
        elif end == "rst":
            self.seg(b, a, dp, sp, q[1], RST)

    def asked(self, a, b, dp, request, answer, **more):
        """A connection with one request and its answer."""
        self.tcp(a, b, dp, [(">", request), ("<", answer)], **more)

    def pcap(self):
        out = struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 262144, 1)
        for t, fr in sorted(self.frames, key=lambda x: x[0]):
            us = round(t * 1e6)
            out += struct.pack("<IIII", START + us // 1000000, us % 1000000, len(fr), len(fr)) + fr
        return out


def http(
    method,
    path,
    host,
    headers="",
    body=b"",
    ua="Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0 Safari/537.36",
    browser=True,
):
    h = f"{method} {path} HTTP/1.1\r\nHost: {host}\r\n"
    if ua:
        h += f"User-Agent: {ua}\r\n"
    if browser:
        h += "Accept: */*\r\nAccept-Language: zh-CN\r\nAccept-Encoding: gzip\r\n"
    h += headers
    if body:
        h += f"Content-Length: {len(body)}\r\n"
    return h.encode() + b"\r\n" + body


def resp(code=200, body=b"", ctype="text/html", more=""):
    return (
        f"HTTP/1.1 {code} X\r\nServer: nginx\r\nContent-Type: {ctype}\r\n{more}Content-Length: {len(body)}\r\n\r\n".encode()
        + body
    )


PE = (
    b"MZ"
    + b"\x90\0" * 29
    + struct.pack("<I", 128)
    + bytes(14)
    + b"This program cannot be run in DOS mode.\r\r\n$".ljust(50, b"\0")
    + b"PE\0\0"
    + bytes(range(256)) * 30
)
ELF = b"\x7fELF\x01\x01\x01" + bytes(9) + b"\x02\0\x28\0\x01\0\0\0" + bytes(range(256)) * 30


def vec(n, d):
    return len(d).to_bytes(n, "big") + d


def ext(k, d):
    return struct.pack("!H", k) + vec(2, d)


def rec(k, d, v=b"\3\3"):
    return bytes((k,)) + v + vec(2, d)


def hs(k, b):
    return bytes((k,)) + vec(3, b)


def chello(name=None, alpn=None, version=0x0303, ciphers=(0xC02F, 0xC030, 0x9C, 0x2F), extra=b""):
    e = ext(10, vec(2, struct.pack("!HH", 29, 23))) + ext(11, b"\1\0") + extra
    if name:
        e = ext(0, vec(2, b"\0" + vec(2, name.encode()))) + e
    if alpn:
        e += ext(16, vec(2, b"".join(vec(1, a.encode()) for a in alpn)))
    cs = b"".join(struct.pack("!H", c) for c in ciphers)
    return rec(
        22,
        hs(
            1,
            struct.pack("!H", version)
            + RANDOM.randbytes(32)
            + vec(1, b"")
            + vec(2, cs)
            + b"\1\0"
            + vec(2, e),
        ),
        b"\3\1",
    )


def shello(cipher=0xC02F, version=0x0303, certs=(), kx=True):
    b = rec(
        22,
        hs(
            2,
            struct.pack("!H", version)
            + RANDOM.randbytes(32)
            + vec(1, b"")
            + struct.pack("!H", cipher)
            + b"\0",
        ),
        struct.pack("!H", version),
    )
    if certs:
        b += rec(22, hs(11, vec(3, b"".join(vec(3, c) for c in certs))), struct.pack("!H", version))
    if kx:
        b += rec(22, hs(12, b"\3\0\x1d" + RANDOM.randbytes(70)), struct.pack("!H", version))
    return b + rec(22, hs(14, b""), struct.pack("!H", version))


@lru_cache
def rsa_key(bits, number=0):
    """A key; the same for the same question, since making one takes long."""
    return rsa.generate_private_key(65537, bits)


_WORDS = {
    "CN": NameOID.COMMON_NAME,
    "O": NameOID.ORGANIZATION_NAME,
    "OU": NameOID.ORGANIZATIONAL_UNIT_NAME,
    "C": NameOID.COUNTRY_NAME,
    "ST": NameOID.STATE_OR_PROVINCE_NAME,
    "L": NameOID.LOCALITY_NAME,
}
#: Last byte of the signature's object identifier (RFC 8017, appendix C); nobody here checks the signature.
_HASHES = {"sha256": b"\x0b", "sha1": b"\x05", "md5": b"\x04"}


def _name(told):
    parts = (part.split("=", 1) for part in told.split(","))
    return x509.Name([x509.NameAttribute(_WORDS[word], value) for word, value in parts])


def cert(subject, issuer=None, days=(-100, 265), bits=2048, alg="sha256", names=()):
    """A certificate, DER; self-signed unless an issuer is named. `days`: validity around the capture's time."""
    key, now = rsa_key(bits), datetime.datetime.fromtimestamp(START, datetime.UTC)
    first, last = (now + datetime.timedelta(days=number) for number in days)
    built = x509.CertificateBuilder(
        _name(issuer or subject), _name(subject), key.public_key(), 77, first, last
    )
    if names:
        built = built.add_extension(
            x509.SubjectAlternativeName([x509.DNSName(name) for name in names]), False
        )
    signed = built.sign(rsa_key(2048, 1) if issuer else key, hashes.SHA256())
    kind = bytes.fromhex("2a864886f70d0101")
    return signed.public_bytes(serialization.Encoding.DER).replace(kind + b"\x0b", kind + _HASHES[alg])


READY_C = rec(22, hs(16, vec(1, RANDOM.randbytes(32)))) + rec(20, b"\1") + rec(22, RANDOM.randbytes(40))
READY_S = rec(20, b"\1") + rec(22, RANDOM.randbytes(40))


def tls(c, name=None, alpn=None, version=0x0303, cipher=0xC02F, data=((300, 500),), **k):
    talk = [
        (">", chello(name, alpn, version, **k)),
        ("<", shello(cipher, version, [c] if c else ())),
        (">", READY_C),
        ("<", READY_S),
    ]
    for up, down in data:
        talk += [(">", rec(23, RANDOM.randbytes(up))), ("<", rec(23, RANDOM.randbytes(down)))]
    return talk


def qname(n):
    return (
        b"".join(vec(1, label.encode() if isinstance(label, str) else label) for label in n.split("."))
        + b"\0"
    )


def dnsq(n, t=1, i=None):
    return (
        struct.pack("!HHHHHH", RANDOM.randrange(65536) if i is None else i, 0x0100, 1, 0, 0, 0)
        + qname(n)
        + struct.pack("!HH", t, 1)
    )


def dnsa(q, rd=b"\x01\x02\x03\x04", t=1, rcode=0, n=1):
    return (
        q[:2]
        + struct.pack("!HHHHH", 0x8180 | rcode, 1, 0 if rcode else n, 0, 0)
        + q[12:]
        + (b"" if rcode else (b"\xc0\x0c" + struct.pack("!HHIH", t, 1, 60, len(rd)) + rd) * n)
    )


def ask(wire, a, b, n, t=1, rd=b"\x01\x02\x03\x04", rcode=0):
    wire.port += 1
    q = dnsq(n, t)
    wire.udp(a, b, wire.port, 53, q)
    wire.udp(b, a, 53, wire.port, dnsa(q, rd, t, rcode))


def ber(tag, *parts):
    d = b"".join(parts)
    n = len(d)
    return bytes((tag,)) + (bytes((n,)) if n < 128 else b"\x82" + n.to_bytes(2, "big")) + d


def b64(n):
    return base64.b64encode(RANDOM.randbytes(n)).decode()


def ssh_session(cl=b"SSH-2.0-libssh2_1.8\r\n"):
    def k():
        return struct.pack("!IB", 600, 10) + b"\x14" + RANDOM.randbytes(595)

    return [
        ("<", b"SSH-2.0-OpenSSH_7.4\r\n"),
        (">", cl),
        ("<", k()),
        (">", k()),
        (">", RANDOM.randbytes(80)),
        ("<", RANDOM.randbytes(300)),
        (">", RANDOM.randbytes(16)),
        (">", RANDOM.randbytes(52)),
        ("<", RANDOM.randbytes(52)),
        (">", RANDOM.randbytes(84)),
        ("<", RANDOM.randbytes(84)),
    ]


def scan(wire, flags, n=100):
    for i in range(n):
        wire.seg(STRANGER, SERVER, 40001, i + 1, 1, flags)


def snmpget(comm, ver=1):
    return ber(
        0x30,
        ber(2, bytes([ver])),
        ber(4, comm),
        ber(
            0xA0,
            ber(2, b"\1"),
            ber(2, b"\0"),
            ber(2, b"\0"),
            ber(0x30, ber(0x30, ber(6, b"\x2b\6\1\2\1\1\1\0"), ber(5))),
        ),
    )


def page(host, n=5, out=STRANGER):
    return [
        x
        for i in range(n)
        for x in (
            (">", http("GET", f"/p{i}.html", host, f"Referer: http://{host}/\r\n")),
            ("<", resp(200, b"<html>" + b"x" * 3000 + b"</html>")),
        )
    ]
