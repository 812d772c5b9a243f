"""Risk: encryption that does not protect."""

import struct

from tests.situations.wire import OURS, RANDOM, SERVER, STRANGER, cert, hs, rec, shello, tls, vec


def ssl3(wire):
    wire.tcp(
        OURS,
        SERVER,
        443,
        [
            (
                ">",
                rec(
                    22,
                    hs(1, b"\3\0" + RANDOM.randbytes(32) + b"\0" + vec(2, b"\0\x05\0\x0a") + b"\1\0"),
                    b"\3\0",
                ),
            ),
            ("<", shello(0x0005, 0x0300, [cert("CN=a.example", "CN=some ca")], kx=False)),
            (
                ">",
                rec(22, RANDOM.randbytes(60), b"\3\0")
                + rec(20, b"\1", b"\3\0")
                + rec(22, RANDOM.randbytes(40), b"\3\0"),
            ),
        ],
    )


def ssl2(wire):
    ch = b"\1\0\2" + struct.pack("!HHH", 9, 0, 16) + b"\1\0\x80\2\0\x80\3\0\x80" + RANDOM.randbytes(16)
    c = cert("CN=a.example", "CN=some ca", bits=1024)
    sh = (
        b"\4\0\1\0\2"
        + struct.pack("!HHH", len(c), 9, 16)
        + c
        + b"\1\0\x80\2\0\x80\3\0\x80"
        + RANDOM.randbytes(16)
    )
    wire.tcp(
        OURS,
        SERVER,
        443,
        [
            (">", struct.pack("!H", 0x8000 | len(ch)) + ch),
            ("<", struct.pack("!H", 0x8000 | len(sh)) + sh),
            (">", RANDOM.randbytes(90)),
        ],
    )


def tls10(wire):
    wire.tcp(
        OURS,
        SERVER,
        443,
        tls(cert("CN=a.example", "CN=some ca", names=["a.example"]), "a.example", version=0x0301),
    )


def tls_null(wire):
    wire.tcp(
        OURS,
        SERVER,
        443,
        tls(
            cert("CN=a.example", "CN=some ca", names=["a.example"]),
            "a.example",
            cipher=0x003B,
            ciphers=(0x3B,),
        ),
    )


def tls_export(wire):
    wire.tcp(
        OURS,
        SERVER,
        443,
        tls(
            cert("CN=a.example", "CN=some ca", names=["a.example"]),
            "a.example",
            cipher=0x0003,
            ciphers=(0x3,),
        ),
    )


def cert_512(wire):

    wire.tcp(
        OURS,
        SERVER,
        443,
        tls(cert("CN=a.example", "CN=some ca", names=["a.example"], bits=1024), "a.example"),
    )


def cert_sha1(wire):
    wire.tcp(
        OURS,
        SERVER,
        443,
        tls(cert("CN=a.example", "CN=some ca", names=["a.example"], alg="sha1"), "a.example"),
    )


def cert_md5(wire):
    wire.tcp(
        OURS,
        SERVER,
        443,
        tls(cert("CN=a.example", "CN=some ca", names=["a.example"], alg="md5"), "a.example"),
    )


def cert_expired(wire):
    wire.tcp(
        OURS,
        SERVER,
        443,
        tls(cert("CN=a.example", "CN=some ca", names=["a.example"], days=(-400, -10)), "a.example"),
    )


def cert_early(wire):
    wire.tcp(
        OURS,
        SERVER,
        443,
        tls(cert("CN=a.example", "CN=some ca", names=["a.example"], days=(20, 400)), "a.example"),
    )


def cert_self(wire):
    wire.tcp(OURS, SERVER, 443, tls(cert("CN=a.example", names=["a.example"]), "a.example"))


def cert_mismatch(wire):
    wire.tcp(OURS, STRANGER, 443, tls(cert("CN=a.example", "CN=some ca", names=["a.example"]), "b.example"))


def cert_self_outside(wire):
    wire.tcp(
        OURS, STRANGER, 443, tls(cert("CN=nas.example", names=["nas.example"]), "nas.example", alpn=["h2"])
    )


def rdp_std(wire):
    wire.tcp(
        OURS,
        SERVER,
        3389,
        [
            (">", b"\x03\0\0\x13\x0e\xe0\0\0\0\0\0\1\0\x08\0\0\0\0\0"),
            ("<", b"\x03\0\0\x13\x0e\xd0\0\0\x12\x34\0\2\0\x08\0\0\0\0\0"),
            (">", b"\x03\0\1\x9c\x02\xf0\x80\x7f\x65" + bytes(403)),
        ],
    )


def smb1(wire):
    wire.asked(
        OURS,
        SERVER,
        445,
        vec(4, b"\xffSMBr\0\0\0\0\x18\x53\xc8" + bytes(20) + b"\0\x0c\0\2NT LM 0.12\0"),
        vec(4, b"\xffSMBr\0\0\0\0\x98\x53\xc8" + bytes(20) + b"\x11\0\0\3\x32\0" + bytes(29) + b"\0\0"),
    )


def ssh1(wire):
    wire.tcp(
        OURS,
        SERVER,
        22,
        [("<", b"SSH-1.5-OpenSSH_2.3\n"), (">", b"SSH-1.5-PuTTY\n"), ("<", RANDOM.randbytes(200))],
    )
