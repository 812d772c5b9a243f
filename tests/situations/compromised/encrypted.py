"""Compromised: inside TLS."""

from tests.situations.wire import OURS, RANDOM, SERVER, STRANGER, cert, chello, ext, rec, shello, tls


def cs_https(wire):
    c = cert("C=US,ST=Cyberspace,L=Somewhere,O=cobaltstrike,OU=AdvancedPenTesting,CN=Major Cobalt Strike")
    for _i in range(20):
        wire.tcp(OURS, STRANGER, 443, tls(c))
        wire.wait(60)


def trickbot(wire):
    c = cert("C=AU,ST=Some-State,O=Internet Widgits Pty Ltd")
    for _i in range(3):
        wire.tcp(OURS, STRANGER, 449, tls(c, data=((200, 4000),)))
        wire.wait(30)


def trickbot443(wire):
    c = cert("C=AU,ST=Some-State,O=Internet Widgits Pty Ltd")
    for _i in range(3):
        wire.tcp(OURS, STRANGER, 443, tls(c, data=((200, 4000),)))
        wire.wait(30)


def icedid(wire):
    c = cert("C=AU,ST=Some-State,O=Internet Widgits Pty Ltd,CN=localhost")
    for _i in range(12):
        wire.tcp(OURS, STRANGER, 443, tls(c, name="karantino.xyz", data=((300, 300),)))
        wire.wait(300)


def quasar(wire):
    c = cert("CN=Quasar Server CA", days=(-30, 365 * 60))
    wire.tcp(OURS, STRANGER, 4782, tls(c, data=((200, 100),) * 30), end=None, gap=2)


def sliver(wire):
    c = cert("C=US,ST=Ohio,L=Vmxkq,O=Qzxwvtkpls LLC,CN=xkqjzptwvd", days=(-30, 365))
    for _i in range(20):
        wire.tcp(OURS, STRANGER, 443, tls(c, data=((300, 200),)))
        wire.wait(60)


def heartbleed_ok(wire):
    rec(24, b"\1\x40\0")
    wire.tcp(
        STRANGER,
        SERVER,
        443,
        [
            (">", chello("a.example", version=0x0302, extra=ext(15, b"\1"))),
            ("<", shello(0xC014, 0x0302, [cert("CN=a.example", "CN=b ca")])),
            (">", rec(24, b"\1\x40\0", b"\3\2")),
            ("<", rec(24, b"\2\x40\0" + RANDOM.randbytes(16381), b"\3\2")),
        ],
    )


def dridex(wire):
    made_up = "C=TN,L=Tunis,O=Ndthe Ameshtan,OU=Wahant,CN=Pesouroft.Uchist.xn--ngbc5azd"
    certificate = cert(made_up, days=(-20, 200))
    for _ in range(3):
        wire.tcp(OURS, STRANGER, 4143, tls(certificate, data=((200, 4000),)))
        wire.wait(30)
