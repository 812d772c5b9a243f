"""Risk: services that let anybody in."""
# ruff: noqa: E501 (what is said stands on one line)

import struct

from tests.situations.wire import OURS, SERVER, STRANGER, http, resp


def vnc_none(wire):
    wire.tcp(
        OURS,
        SERVER,
        5900,
        [
            ("<", b"RFB 003.008\n"),
            (">", b"RFB 003.008\n"),
            ("<", b"\1\1"),
            (">", b"\1"),
            ("<", b"\0\0\0\0"),
            (">", b"\1"),
            ("<", b"\x04\0\3\0" + bytes(30)),
        ],
    )


def es_open(wire):
    wire.asked(
        OURS, SERVER, 9200, http("GET", "/_cat/indices", SERVER), resp(200, b"green open x", "text/plain")
    )


def memcached(wire):
    wire.asked(OURS, SERVER, 11211, b"stats\r\n", b"STAT pid 1\r\nEND\r\n")


def memcached_set(wire):
    wire.asked(OURS, SERVER, 11211, b"set k 0 0 5\r\nhello\r\n", b"STORED\r\n")


def cassandra(wire):
    wire.tcp(
        OURS,
        SERVER,
        9042,
        [
            (">", b"\x04\0\0\0\5\0\0\0\0"),
            ("<", b"\x84\0\0\0\6\0\0\0\0"),
            (">", b"\x04\0\0\1\1\0\0\0\x16\0\1\0\x0bCQL_VERSION\0\x053.0.0"),
            ("<", b"\x84\0\0\1\2\0\0\0\0"),
        ],
    )


def mysql_nopass(wire):
    g = (
        b"\x0a5.7.30\0"
        + struct.pack("<I", 9)
        + b"abcdefgh\0"
        + b"\xff\xf7\x08\2\0\xff\xc1\x15"
        + bytes(10)
        + b"ijklmnopqrst\0mysql_native_password\0"
    )
    login = (
        struct.pack("<IIB", 0x0000A685, 1 << 24, 33) + bytes(23) + b"root\0\0" + b"mysql_native_password\0"
    )
    e = b"\0\0\0\2\0\0\0"
    wire.tcp(
        OURS,
        SERVER,
        3306,
        [
            ("<", len(g).to_bytes(3, "little") + b"\0" + g),
            (">", len(login).to_bytes(3, "little") + b"\1" + login),
            ("<", len(e).to_bytes(3, "little") + b"\2" + e),
        ],
    )


def pg_trust(wire):
    s = b"\0\3\0\0user\0postgres\0\0"
    s = struct.pack("!I", len(s) + 4) + s
    wire.asked(OURS, SERVER, 5432, s, b"R\0\0\0\x08\0\0\0\0Z\0\0\0\5I")


def mqtt_open(wire):
    wire.tcp(
        OURS,
        STRANGER,
        1883,
        [(">", b"\x10\x0e\0\x04MQTT\4\2\0\x3c\0\2ab"), ("<", b"\x20\2\0\0"), (">", b"\x30\x05\0\1ahi")],
    )


def docker_api(wire):
    wire.asked(
        OURS,
        SERVER,
        2375,
        http("GET", "/v1.24/containers/json", SERVER, ua="Docker-Client/19", browser=False),
        resp(200, b"[]", "application/json"),
    )


def x11(wire):
    wire.asked(OURS, SERVER, 6000, b"l\0\x0b\0\0\0\0\0\0\0\0\0", b"\1\0\x0b\0\0\0\x10\0" + bytes(64))


def adb(wire):
    wire.asked(
        OURS,
        SERVER,
        5555,
        b"CNXN\0\0\0\1\0\x10\0\0\7\0\0\0\x32\2\0\0\xbc\xb1\xa7\xb1host::\0",
        b"CNXN\0\0\0\1\0\x10\0\0\x10\0\0\0\x32\2\0\0\xbc\xb1\xa7\xb1device::x\0",
    )


def kibana_open(wire):
    wire.asked(
        OURS,
        SERVER,
        5984,
        http("GET", "/", SERVER),
        resp(200, b'{"couchdb":"Welcome","version":"2.3"}', "application/json"),
    )


def upnp_igd(wire):
    wire.asked(
        OURS,
        SERVER,
        5000,
        http(
            "POST",
            "/ctl/IPConn",
            SERVER + ":5000",
            'SOAPAction: "urn:schemas-upnp-org:service:WANIPConnection:1#AddPortMapping"\r\n',
            b"<NewExternalPort>3389</NewExternalPort>",
            ua="MiniUPnPc",
            browser=False,
        ),
        resp(200, b"<ok/>"),
    )


def ssdp_outside(wire):
    wire.udp(
        STRANGER,
        SERVER,
        40000,
        1900,
        b'M-SEARCH * HTTP/1.1\r\nHOST: 239.255.255.250:1900\r\nMAN: "ssdp:discover"\r\nST: ssdp:all\r\nMX: 1\r\n\r\n',
    )
    wire.udp(
        SERVER, STRANGER, 1900, 40000, b"HTTP/1.1 200 OK\r\nST: upnp:rootdevice\r\nLOCATION: http://x\r\n\r\n"
    )


def radmin(wire):
    wire.asked(
        OURS,
        SERVER,
        4899,
        b"\x01\0\0\0\1\0\0\0\x08\x08",
        b"\x01\0\0\0\x25\0\0\1\x10\x08\1\0\x08\x08\0\0\0\0\0\0\0\0\0\0",
    )
