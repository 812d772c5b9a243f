"""Export datagrams made by hand, as the standards lay them out."""

import struct
from ipaddress import ip_address

CLIENT, SERVER = "192.0.2.10", "198.51.100.20"
#: 2026-03-02 08:00 in Asia/Shanghai.
AT = 1_772_409_600

#: IANA element and length: addresses, ports, protocol, TCP flags, packets, bytes, first and last.
FIELDS = ((8, 4), (12, 4), (7, 2), (11, 2), (4, 1), (6, 1), (2, 4), (1, 4), (22, 4), (21, 4))


def v5(
    *flows: bytes, sequence: int = 0, sampling: int = 0, uptime: int = 60_000, count: int | None = None
) -> bytes:
    number = len(flows) if count is None else count
    return struct.pack("!HHIIIIBBH", 5, number, uptime, AT, 0, sequence, 0, 1, sampling) + b"".join(flows)


def v5_flow(
    source: str = CLIENT,
    destination: str = SERVER,
    sport: int = 40000,
    dport: int = 443,
    packets: int = 10,
    octets: int = 5000,
    flags: int = 0x1B,
    protocol: int = 6,
) -> bytes:
    ends = ip_address(source).packed + ip_address(destination).packed + bytes(4)
    rest = struct.pack("!BBBBHHBBH", 0, flags, protocol, 0, 64500, 64501, 24, 24, 0)
    return ends + struct.pack("!HHIIIIHH", 1, 2, packets, octets, 50_000, 55_000, sport, dport) + rest


def v9(*sets: bytes, sequence: int = 0, domain: int = 7, uptime: int = 60_000) -> bytes:
    return struct.pack("!HHIIII", 9, len(sets), uptime, AT, sequence, domain) + b"".join(sets)


def ipfix(*sets: bytes, sequence: int = 0, domain: int = 7) -> bytes:
    body = b"".join(sets)
    return struct.pack("!HHIII", 10, 16 + len(body), AT, sequence, domain) + body


def one_set(number: int, body: bytes) -> bytes:
    body += bytes(-len(body) % 4)
    return struct.pack("!HH", number, 4 + len(body)) + body


def template(number: int = 256, fields: tuple[tuple[int, int], ...] = FIELDS, ipfix: bool = False) -> bytes:
    specs = b"".join(struct.pack("!HH", *field) for field in fields)
    return one_set(2 if ipfix else 0, struct.pack("!HH", number, len(fields)) + specs)


def record(
    source: str = CLIENT, destination: str = SERVER, dport: int = 443, flags: int = 0x1B, octets: int = 5000
) -> bytes:
    """A record of `FIELDS`."""
    ends = ip_address(source).packed + ip_address(destination).packed
    return ends + struct.pack("!HHBBIIII", 40000, dport, 6, flags, 10, octets, 50_000, 55_000)


def data(*records: bytes, number: int = 256) -> bytes:
    return one_set(number, b"".join(records))


def sampling_options(rate: int, sampler: int | None = None, domain_wide: bool = True) -> bytes:
    """A v9 options template (scope: system) with its one record."""
    fields = [(34, 4), (35, 1)] if sampler is None else [(48, 1), (50, 4)]
    specs = b"".join(struct.pack("!HH", *field) for field in [(1, 4), *fields])
    made = one_set(1, struct.pack("!HHH", 300, 4, 4 * len(fields)) + specs)
    body = struct.pack("!IIB", 0, rate, 2) if sampler is None else struct.pack("!IBI", 0, sampler, rate)
    return made + one_set(300, body)


def ethernet(payload: bytes, protocol: int, source: str = CLIENT, destination: str = SERVER) -> bytes:
    ends = ip_address(source).packed + ip_address(destination).packed
    ip = struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(payload), 1, 0, 64, protocol, 0) + ends + payload
    return bytes.fromhex("02000000000202000000000a") + b"\x08\x00" + ip


def udp(payload: bytes, sport: int, dport: int) -> bytes:
    return struct.pack("!HHHH", sport, dport, 8 + len(payload), 0) + payload


def tcp(sport: int, dport: int, flags: int) -> bytes:
    return struct.pack("!HHIIBBHHH", sport, dport, 1, 0, 0x50, flags, 1024, 0, 0)


def sflow(*samples: bytes, sequence: int = 1, agent: str = "203.0.113.1") -> bytes:
    head = struct.pack("!II", 5, 1) + ip_address(agent).packed
    return head + struct.pack("!IIII", 0, sequence, 1000, len(samples)) + b"".join(samples)


def flow_sample(frame: bytes, rate: int = 512) -> bytes:
    padded = frame + bytes(-len(frame) % 4)
    raw = struct.pack("!IIII", 1, len(frame) + 4, 4, len(frame)) + padded
    body = struct.pack("!IIIIIIII", 1, 3, rate, 0, 0, 3, 4, 1) + struct.pack("!II", 1, len(raw)) + raw
    return struct.pack("!II", 1, len(body)) + body


def counter_sample() -> bytes:
    return struct.pack("!II", 2, 12) + struct.pack("!III", 1, 3, 0)


def capture(*frames: bytes) -> bytes:
    """A pcap of Ethernet frames, a second apart."""
    made = struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1)
    for number, frame in enumerate(frames):
        made += struct.pack("<IIII", AT + number, 0, len(frame), len(frame)) + frame
    return made
