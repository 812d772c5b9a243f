"""Ordinary life has the rhythm of an office and nothing of an attack."""

from collections import Counter, defaultdict
from datetime import datetime
from itertools import pairwise
from statistics import mean, pstdev

import dns.message

from taishi.core.clock import ZONE

SITES = {f"192.0.2.{number}" for number in range(10, 33)}


def test_desks_work_on_weekdays_in_office_hours(packets: list) -> None:
    hours: Counter[tuple[bool, int]] = Counter()
    for packet in packets:
        if packet.target in SITES and packet.flags == 0x02:
            at = datetime.fromtimestamp(packet.at, ZONE)
            hours[at.weekday() < 5, at.hour] += 1
    assert not any(hours[False, hour] for hour in range(24))
    assert not any(hours[True, hour] for hour in (*range(8), *range(19, 24)))
    assert hours[True, 10] > 3 * hours[True, 13]


def test_no_ordinary_host_calls_outside_in_an_even_rhythm(packets: list) -> None:
    calls: dict[tuple[str, str], list[float]] = defaultdict(list)
    for packet in packets:
        if (
            packet.flags == 0x02
            and packet.source.startswith("10.34.")
            and not packet.target.startswith("10.34.")
        ):
            calls[packet.source, packet.target].append(packet.at)
    even = set()
    for pair, moments in calls.items():
        gaps = [later - earlier for earlier, later in pairwise(moments)]
        if len(gaps) >= 10 and pstdev(gaps) < 0.1 * mean(gaps):
            even.add(pair)
    assert even == {("10.34.2.15", "198.51.100.7")}


def test_ordinary_names_are_short_and_answered(packets: list) -> None:
    answers = [
        dns.message.from_wire(packet.payload)
        for packet in packets
        if packet.source_port == 53 and packet.target != "10.34.4.31"
    ]
    names = [str(answer.question[0].name) for answer in answers]
    assert max(map(len, names)) < 40
    missing = sum(answer.rcode() == dns.rcode.NXDOMAIN for answer in answers)
    assert 0 < missing < len(answers) * 0.05


def test_only_scanners_are_refused(packets: list) -> None:
    # Browsers abort connections with the same flags, towards their sites.
    refused = {packet.target for packet in packets if packet.flags == 0x14 and packet.target not in SITES}
    assert refused == {"203.0.113.9", "10.34.5.20"}
