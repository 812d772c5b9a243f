"""Ordinary traffic: browsers and updates."""

from tests.situations.wire import (
    OURS,
    PE,
    RANDOM,
    SERVER,
    STRANGER,
    ask,
    cert,
    chello,
    ext,
    hs,
    http,
    page,
    rec,
    resp,
    tls,
    vec,
)


def browsing(wire):
    for h in ("www.example.com", "cdn.example.com", "img.example.net"):
        ask(wire, OURS, "10.1.1.1", h)
        wire.tcp(OURS, STRANGER, 80, page(h))
        wire.tcp(
            OURS,
            STRANGER,
            443,
            tls(
                cert("CN=" + h, "CN=Real CA", names=[h]), h, alpn=["h2", "http/1.1"], data=((600, 9000),) * 4
            ),
        )


def exe_vendor(wire):
    wire.asked(
        OURS,
        STRANGER,
        80,
        http(
            "GET",
            "/soft/setup_7.2.exe",
            "dl.vendor.example.com",
            "Referer: http://www.vendor.example.com/\r\nUpgrade-Insecure-Requests: 1\r\n",
        ),
        resp(200, PE, "application/x-msdownload"),
    )


def apt_update(wire):
    for i in range(6):
        wire.asked(
            SERVER,
            STRANGER,
            80,
            http(
                "GET",
                f"/debian/pool/main/a/a_{i}.deb",
                "deb.example.org",
                ua="Debian APT-HTTP/1.3 (2.6.1)",
                browser=False,
            ),
            resp(
                200,
                b"!<arch>\ndebian-binary" + RANDOM.randbytes(3000),
                "application/vnd.debian.binary-package",
            ),
        )


def crawler(wire):
    for i in range(80):
        wire.asked(
            STRANGER,
            SERVER,
            80,
            http(
                "GET",
                f"/article/{i}",
                "www.example.org",
                "From: bot@search.example\r\n",
                ua="Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)",
            ),
            resp(200 if i % 8 else 404, b"<html>x</html>"),
        )
        wire.wait(3)


def json_api_poll(wire):
    for i in range(60):
        wire.asked(
            OURS,
            STRANGER,
            80,
            http(
                "POST",
                "/api/v1/heartbeat",
                "api.vendor.example",
                "Content-Type: application/json\r\n",
                b'{"ver":"1.2","uptime":%d}' % i,
                ua="okhttp/4.9",
                browser=False,
            ),
            resp(200, b'{"code":0}', "application/json"),
        )
        wire.wait(30)


def ocsp(wire):
    wire.asked(
        OURS,
        STRANGER,
        80,
        http(
            "POST",
            "/",
            "ocsp.ca.example",
            "Content-Type: application/ocsp-request\r\n",
            RANDOM.randbytes(80),
            ua="Microsoft-CryptoAPI/10.0",
            browser=False,
        ),
        resp(200, RANDOM.randbytes(400), "application/ocsp-response"),
    )


def android_conncheck(wire):
    wire.asked(
        OURS,
        STRANGER,
        80,
        http(
            "GET",
            "/generate_204",
            "connectivitycheck.example.com",
            ua="Dalvik/2.1.0 (Linux; U; Android 10)",
            browser=False,
        ),
        resp(204, b""),
    )


def dns_cdn(wire):
    for i in range(60):
        ask(wire, OURS, "10.1.1.1", f"{RANDOM.randbytes(4).hex()}.r{i % 9}.cf.example-cdn.com")
        wire.wait(0.5)


def video_dl(wire):
    wire.asked(
        OURS,
        STRANGER,
        80,
        http("GET", "/v/seg1.ts", "vod.example.com", "Range: bytes=0-\r\n"),
        resp(206, b"\x47" + RANDOM.randbytes(200000), "video/mp2t"),
    )


def tls13_named(wire):
    for _i in range(30):
        wire.tcp(
            OURS,
            STRANGER,
            443,
            [
                (">", chello("www.example.com", ["h2"], extra=ext(43, vec(1, b"\3\4\3\3")))),
                (
                    "<",
                    rec(22, hs(2, b"\3\3" + RANDOM.randbytes(32) + b"\0\x13\1\0" + vec(2, ext(43, b"\3\4"))))
                    + rec(20, b"\1")
                    + rec(23, RANDOM.randbytes(3000)),
                ),
                (">", rec(20, b"\1") + rec(23, RANDOM.randbytes(60))),
                (">", rec(23, RANDOM.randbytes(500))),
                ("<", rec(23, RANDOM.randbytes(9000))),
            ],
        )
        wire.wait(3)


def update_check(wire):
    for _i in range(24):
        wire.tcp(
            OURS,
            STRANGER,
            443,
            tls(
                cert("CN=update.vendor.example", "CN=Real CA", names=["update.vendor.example"]),
                "update.vendor.example",
                alpn=["http/1.1"],
            ),
        )
        wire.wait(3600)


def chrome_probes(wire):
    for _i in range(3):
        ask(
            wire,
            OURS,
            "10.1.1.1",
            "".join(RANDOM.choice("abcdefghijklmnopqrstuvwxyz") for _ in range(11)),
            1,
            rcode=3,
        )
