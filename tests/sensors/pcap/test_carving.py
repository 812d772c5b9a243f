"""Carving: exactly the packets of the flows, whatever wraps them."""

import shutil
import struct
import subprocess
from ipaddress import ip_address
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sensors.pcap.carving import Wanted, carve
from sensors.pcap.community import community_id
from sensors.pcap.pcap_file import pcap_bytes
from tests.sensors.exports import crafted as made

BEGUN = 1_772_409_600_000_000
A, B, C = "192.0.2.10", "198.51.100.20", "203.0.113.7"
A6, B6 = "2001:db8::10", "2001:db8::20"
LIMIT = 16 << 20


def wanted(
    source: str,
    destination: str,
    sport: int,
    dport: int,
    protocol: int = 6,
    since: int = 0,
    until: int = 10**12,
    vlan: int | None = None,
) -> Wanted:
    ends = ip_address(source).packed, ip_address(destination).packed
    known = community_id(protocol, *ends, sport, dport)
    return Wanted(known, *ends, BEGUN + since, BEGUN + until, vlan)


def tcp6(source: str, destination: str, sport: int, dport: int) -> bytes:
    body = made.tcp(sport, dport, 16)
    ends = ip_address(source).packed + ip_address(destination).packed
    head = struct.pack("!IHBB", 6 << 28, len(body), 6, 64) + ends
    return bytes.fromhex("02000000000202000000000a86dd") + head + body


def tagged(frame: bytes, *tags: int) -> bytes:
    wrapped = frame[12:]
    for tag in reversed(tags):
        wrapped = struct.pack("!HH", 0x8100, tag) + wrapped
    return frame[:12] + wrapped


def fragments(payload: bytes, number: int, cut: int = 800) -> list[bytes]:
    """A UDP datagram from A to B in pieces."""
    body, found = made.udp(payload, 5000, 6000), []
    for at in range(0, len(body), cut):
        piece = body[at : at + cut]
        more = 0x2000 if at + cut < len(body) else 0
        ends = ip_address(A).packed + ip_address(B).packed
        head = struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(piece), number, more | at >> 3, 64, 17, 0) + ends
        found.append(bytes.fromhex("02000000000202000000000a0800") + head + piece)
    return found


def laid(path: Path, frames: list[bytes], link: int = 1) -> Path:
    """A capture of them, a millisecond apart."""
    path.write_bytes(pcap_bytes(link, [(BEGUN + 1000 * n, frame) for n, frame in enumerate(frames)]))
    return path


def taken(path: Path, *flows: Wanted, limit: int = LIMIT) -> list[bytes]:
    return [frame for _, frame in carve([[path]], flows, limit).packets]


there = made.ethernet(made.tcp(40000, 443, 2), 6, A, B)
back = made.ethernet(made.tcp(443, 40000, 18), 6, B, A)
other_port = made.ethernet(made.tcp(40001, 443, 2), 6, A, B)
other_host = made.ethernet(made.tcp(40000, 443, 2), 6, A, C)
arp = bytes.fromhex("ffffffffffff02000000000a0806") + bytes(8) + ip_address(A).packed + bytes(16)


def test_both_directions_and_nothing_else(tmp_path: Path) -> None:
    path = laid(tmp_path / "a.pcap", [there, other_port, back, arp, other_host, b"\x45", there])
    assert taken(path, wanted(A, B, 40000, 443)) == [there, back, there]


def test_only_the_span_of_the_flow(tmp_path: Path) -> None:
    path = laid(tmp_path / "a.pcap", [there] * 10)
    made_of = carve([[path]], [wanted(A, B, 40000, 443, since=2000, until=5000)], LIMIT)
    assert [us - BEGUN for us, _ in made_of.packets] == [2000, 3000, 4000, 5000]


def test_ipv6_and_tags(tmp_path: Path) -> None:
    six, tags, double = tcp6(A6, B6, 40000, 443), tagged(there, 7), tagged(there, 7, 9)
    path = laid(tmp_path / "a.pcap", [six, tcp6(B6, A6, 1, 2), there, tags, double])
    assert taken(path, wanted(A6, B6, 40000, 443)) == [six]
    assert taken(path, wanted(A, B, 40000, 443)) == [there, tags, double]
    assert taken(path, wanted(A, B, 40000, 443, vlan=0)) == [there]
    assert taken(path, wanted(A, B, 40000, 443, vlan=7)) == [tags]
    assert taken(path, wanted(A, B, 40000, 443, vlan=7 | 9 << 12)) == [double]


def test_every_fragment_comes_with_its_datagram(tmp_path: Path) -> None:
    mine, rest = fragments(b"x" * 2000, 1), fragments(b"y" * 2000, 2)
    other = [piece.replace(struct.pack("!HH", 5000, 6000), struct.pack("!HH", 5001, 6000)) for piece in rest]
    path = laid(tmp_path / "a.pcap", [mine[2], other[0], mine[0], other[1], mine[1], other[2]])
    assert taken(path, wanted(A, B, 5000, 6000, 17)) == [mine[2], mine[0], mine[1]]
    cut = laid(tmp_path / "cut.pcap", [mine[0], other[0], mine[1]])
    assert taken(cut, wanted(A, B, 5000, 6000, 17)) == mine[:2]


def test_fragments_across_the_files_of_one_tap(tmp_path: Path) -> None:
    mine = fragments(b"x" * 2000, 1)
    files = [laid(tmp_path / f"{n}.pcap", [piece]) for n, piece in enumerate(mine)]
    assert len(carve([files], [wanted(A, B, 5000, 6000, 17)], LIMIT).packets) == 3


def test_inside_a_tunnel(tmp_path: Path) -> None:
    ipip = made.ethernet(there[14:], 4, "192.0.2.1", "192.0.2.2")
    path = laid(tmp_path / "a.pcap", [ipip, made.ethernet(other_port[14:], 4, "192.0.2.1", "192.0.2.2")])
    assert taken(path, wanted(A, B, 40000, 443)) == [ipip]


def test_what_two_taps_have_comes_once_and_doubles_stay(tmp_path: Path) -> None:
    one = tmp_path / "one.pcap"
    one.write_bytes(pcap_bytes(1, [(BEGUN, there), (BEGUN, there), (BEGUN + 1, back)]))
    two = tmp_path / "two.pcap"
    two.write_bytes(pcap_bytes(1, [(BEGUN, there), (BEGUN + 2, there)]))
    carved = carve([[one], [two], [tmp_path / "gone.pcap"]], [wanted(A, B, 40000, 443)], LIMIT)
    assert carved.packets == (
        (BEGUN, there),
        (BEGUN, there),
        (BEGUN + 1, back),
        (BEGUN + 2, there),
    )


def test_the_limit_cuts_and_says_so(tmp_path: Path) -> None:
    path = laid(tmp_path / "a.pcap", [there] * 100)
    carved = carve([[path]], [wanted(A, B, 40000, 443)], 1000)
    assert carved.cut
    assert len(pcap_bytes(carved.link, carved.packets)) <= 1000
    assert len(carved.packets) == (1000 - 24) // (16 + len(there))


def test_a_damaged_capture_gives_what_was_before(tmp_path: Path) -> None:
    path = laid(tmp_path / "a.pcap", [there] * 5)
    path.write_bytes(path.read_bytes()[:-10])
    assert taken(path, wanted(A, B, 40000, 443)) == [there] * 4


hosts, ports = st.sampled_from([A, B, C, A6, B6]), st.sampled_from([53, 443, 40000])


@given(st.lists(st.tuples(hosts, hosts, ports, ports), max_size=60), st.data())
@settings(max_examples=100, deadline=None)
def test_as_a_plain_count_says(
    tmp_path_factory: pytest.TempPathFactory, ends: list[tuple[str, str, int, int]], data: st.DataObject
) -> None:
    ends = [one for one in ends if (":" in one[0]) == (":" in one[1])]
    frames = [
        tcp6(*one) if ":" in one[0] else made.ethernet(made.tcp(one[2], one[3], 16), 6, one[0], one[1])
        for one in ends
    ]
    path = laid(tmp_path_factory.mktemp("c") / "a.pcap", frames or [arp])
    chosen = data.draw(st.lists(st.sampled_from(ends), max_size=3)) if ends else []
    turned = {(b, a, d, c) for a, b, c, d in chosen} | set(chosen)
    expected = [frame for frame, one in zip(frames, ends, strict=True) if one in turned]
    assert taken(path, *(wanted(*one) for one in chosen)) == expected


def test_as_tshark_says_on_real_captures(corpus: Path, tmp_path: Path) -> None:
    tshark = shutil.which("tshark")
    if tshark is None:
        pytest.skip("tshark is not installed")
    captures = sorted((corpus / "network").rglob("*.pcap"), key=lambda path: path.stat().st_size)
    small = [path for path in captures if 20_000 < path.stat().st_size < 3_000_000][::12][:6]
    assert small
    for path in small:
        fields = ["ip.src", "ip.dst", "tcp.srcport", "tcp.dstport"]
        told = subprocess.run(
            [
                tshark,
                "-r",
                path,
                "-Y",
                "tcp && ip && !icmp",
                "-T",
                "fields",
                *(x for f in fields for x in ("-e", f)),
            ],
            capture_output=True,
            text=True,
            check=False,
        ).stdout.splitlines()
        rows = [line.split("\t") for line in told if "," not in line]
        if not rows:
            continue
        source, destination, sport, dport = max(rows, key=rows.count)
        only = (
            f"ip.addr=={source} && ip.addr=={destination} && tcp.port=={sport} && tcp.port=={dport} && !icmp"
        )
        number = subprocess.run(
            [tshark, "-r", path, "-Y", only], capture_output=True, text=True, check=False
        ).stdout
        flow = wanted(source, destination, int(sport), int(dport))
        flow = Wanted(flow.community_id, flow.source, flow.destination, 0, 1 << 62)
        carved = carve([[path]], [flow], 1 << 30)
        assert len(carved.packets) == len(number.splitlines()), path
        out = tmp_path / "out.pcap"
        out.write_bytes(pcap_bytes(carved.link, carved.packets))
        again = subprocess.run([tshark, "-r", out, "-Y", only], capture_output=True, text=True, check=True)
        assert len(again.stdout.splitlines()) == len(carved.packets)
