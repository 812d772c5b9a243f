"""week.pcap: sound packets in time order, from invented or documentation addresses only."""

import os
import shutil
import subprocess
from collections.abc import Callable
from datetime import datetime, timedelta
from ipaddress import ip_address, ip_network
from itertools import pairwise

import pytest

from taishi.core.clock import ZONE
from taishi.sample.county import HOTSPOT
from taishi.sample.week import SampleWeek

START = datetime(2026, 11, 16, tzinfo=ZONE)
COUNTY = ip_network("10.34.0.0/16")
DOCUMENTATION = tuple(map(ip_network, ("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24")))
SOUND = ("-o", "ip.check_checksum:TRUE", "-o", "tcp.check_checksum:TRUE", "-o", "udp.check_checksum:TRUE")


@pytest.fixture(scope="session")
def tshark(week: SampleWeek) -> Callable[[str], list[str]]:
    """Lines that tshark prints for a display filter."""
    program = shutil.which("tshark")
    if program is None:
        if os.environ.get("CI") == "true":
            pytest.fail("tshark is missing, and CI must have it")
        pytest.skip("tshark is missing: apt-get install tshark")

    def lines(display: str) -> list[str]:
        command = [program, "-n", *SOUND, "-r", str(week.pcap), "-Y", display]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()

    return lines


def test_it_is_small_in_order_and_inside_its_week(packets: list) -> None:
    assert 60_000 <= len(packets) <= 95_000
    assert all(earlier.at <= later.at for earlier, later in pairwise(packets))
    assert START.timestamp() <= packets[0].at
    assert packets[-1].at < (START + timedelta(days=7)).timestamp()


def test_addresses_are_the_county_s_or_for_documentation(packets: list) -> None:
    addresses = {packet.source for packet in packets} | {packet.target for packet in packets}
    for address in map(ip_address, addresses):
        known = address in COUNTY or str(address) == HOTSPOT
        assert known or any(address in network for network in DOCUMENTATION)


def test_no_connection_takes_a_port_that_is_in_use(packets: list) -> None:
    begun: dict[tuple, float] = {}
    for packet in packets:
        if packet.protocol == 6 and packet.flags == 0x02:
            ends = packet[2:6]
            assert packet.at - begun.get(ends, 0) > 120
            begun[ends] = packet.at


@pytest.mark.parametrize(
    "fault",
    [
        "_ws.malformed",
        "tcp.analysis.lost_segment || tcp.analysis.ack_lost_segment",
        "tcp.analysis.retransmission || tcp.analysis.out_of_order || tcp.analysis.window_full",
        "ip.checksum.status == Bad || tcp.checksum.status == Bad || udp.checksum.status == Bad",
    ],
)
def test_tshark_finds_no_fault(tshark: Callable[[str], list[str]], fault: str) -> None:
    assert tshark(fault) == []


@pytest.mark.parametrize(
    "sight",
    [
        "tls.handshake.extensions_server_name == news.example.cn",
        "tls.handshake.type == 11 && x509sat.uTF8String == oa.county.example",
        "dns.flags.response == 1 && dns.a == 192.0.2.11",
        "http.response.code == 200 && http.content_length > 1000",
        "ssh.protocol && ip.src == 10.34.0.21",
        "ntp && ip.dst == 10.34.0.123",
        "pgsql",
        "ftp-data",
        "smb.nt_status == 0 && smb.cmd == 0x2e && smb.data_len_low == 16384",
    ],
)
def test_tshark_reads_everyday_protocols(tshark: Callable[[str], list[str]], sight: str) -> None:
    assert tshark(sight)
