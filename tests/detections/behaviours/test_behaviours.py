"""Each behaviour: what it must find, and the innocent traffic beside it that it must not."""

import random
from collections.abc import Callable
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detections.behaviours.dns_tunnel import is_tunnel
from detections.public_suffix import split_name
from taishi.core.event import Row
from taishi.core.records import Hit
from tests.detections.behaviours.conftest import START, flow, hits_of, hits_of_all, vain

Say = Callable[..., list[Hit]]
HOST, OTHER, SERVER = "10.0.0.5", "10.0.0.6", "198.51.100.7"


def calls(every: float, number: int, jitter: float, seed: int = 1, **more: object) -> list[Row]:
    dice, at, rows = random.Random(seed), 0.0, []
    for _ in range(number):
        rows.append(flow(HOST, SERVER, 443, at, **more))
        at += every * (1 + dice.uniform(-jitter, jitter))
    return rows


def test_even_calls_alone_are_a_risk(say: Say) -> None:
    (hit,) = say("beacon", "flow", calls(120, 470, 0.05))
    assert (hit.subject, hit.threat, hit.level, hit.peers) == (HOST, "risk", "medium", (SERVER,))
    assert hit.count == 470
    assert "198.51.100.7:443" in hit.summary.zh
    assert "regularity" in hit.summary.en
    assert "histogram" in hit.summary.en


def test_even_calls_with_other_traits_are_a_beacon() -> None:
    rows = calls(120, 470, 0.05)
    unnamed = [tls(60 * number, taishi__tls__self_signed=None, destination__port=443) for number in range(5)]
    (hit,) = hits_of_all("beacon", {"flow": rows, "tls": unnamed})
    assert (hit.threat, hit.level) == ("compromised", "medium")
    others = [flow(f"10.0.9.{n}", "198.51.100.99", 443, n) for n in range(1, 12)]
    (hit,) = hits_of_all("beacon", {"flow": [*rows, *others], "tls": unnamed})
    assert (hit.threat, hit.level) == ("compromised", "high")
    assert "no other host of ours calls it" in hit.summary.en


@pytest.mark.parametrize(
    "rows",
    [
        calls(120, 20, 0.05),
        calls(2, 400, 0.05),
        [flow(HOST, "10.9.9.9", 443, 60 * number) for number in range(1440)],
        [flow(HOST, SERVER, 123, 64 * number, network__transport="udp") for number in range(1350)],
        [flow(HOST, SERVER, 443, at, source__bytes=random.Random(at).randrange(200, 90000)) for at in
         sorted(random.Random(3).uniform(0, 86400) for _ in range(300))],
        [flow(f"10.0.0.{host}", SERVER, 443, 120 * n + host) for n in range(300) for host in range(1, 20)],
    ],
    ids=["too few", "too short", "inside", "time server", "a person browsing", "everybody's service"],
)  # fmt: skip
def test_innocent_calls_are_no_beacon(say: Say, rows: list[Row]) -> None:
    assert say("beacon", "flow", rows) == []


def test_ports_of_one_host_are_a_port_scan(say: Say) -> None:
    (hit,) = say("port_scan", "flow", [vain("203.0.113.9", HOST, port, port / 10) for port in range(1, 200)])
    assert (hit.subject, hit.threat, hit.attackers) == (HOST, "attempted", ("203.0.113.9",))
    assert "199" in hit.summary.en


def test_a_burst_of_few_ports_is_a_port_scan(say: Say) -> None:
    ports = (21, 22, 23, 25, 80, 110, 135, 139, 443, 445)
    assert [hit.subject for hit in say("port_scan", "flow", [vain(OTHER, HOST, port) for port in ports])] == [
        HOST
    ]


def test_one_port_of_many_hosts_names_each_host_of_ours(say: Say) -> None:
    rows = [vain("203.0.113.9", f"10.0.1.{host}", 3389, host) for host in range(1, 31)]
    hits = say("port_scan", "flow", rows)
    assert {hit.subject for hit in hits} == {f"10.0.1.{host}" for host in range(1, 31)}


def test_a_host_of_ours_that_sweeps_the_world_is_taken_over(say: Say) -> None:
    rows = [vain(HOST, f"192.0.2.{host}", 23, host) for host in range(1, 100)]
    worm = [hit for hit in say("port_scan", "flow", rows) if hit.threat == "compromised"]
    assert [hit.subject for hit in worm] == [HOST]


@pytest.mark.parametrize(
    "rows",
    [
        [flow(HOST, f"192.0.2.{host}", 443, host) for host in range(1, 200)],
        [vain(HOST, f"10.0.{day}.1", 80, 86400 * day) for day in range(1, 40)],
        [{**vain(HOST, SERVER, 33434 + hop, hop), "network.transport": "udp"} for hop in range(60)],
        [{**vain(HOST, SERVER, port), "taishi.flow.state": "OTH"} for port in range(1, 100)],
        [vain(HOST, SERVER, 443, number) for number in range(300)],
    ],
    ids=["browsing", "failures over weeks", "traceroute", "beginnings not seen", "one dead service"],
)
def test_innocent_failures_are_no_scan(say: Say, rows: list[Row]) -> None:
    assert say("port_scan", "flow", rows) == []


def logon(outcome: str, seconds: float, port: int, user: str = "root", action: str = "ssh-login") -> Row:
    return {
        "@timestamp": START + timedelta(seconds=seconds),
        "source.ip": SERVER,
        "source.port": port,
        "host.name": "srv-1",
        "process.name": "sshd",
        "user.name": user,
        "event.outcome": outcome,
        "event.action": action,
    }


def test_many_failures_are_guessing(say: Say) -> None:
    (hit,) = say(
        "brute_force", "logon", [logon("failure", number * 3, 40000 + number) for number in range(50)]
    )
    assert (hit.subject, hit.subject_kind, hit.threat) == ("srv-1", "host", "attempted")
    assert hit.attackers == (SERVER,)


def test_a_success_after_them_is_a_break_in(say: Say) -> None:
    rows = [logon("failure", number * 3, 40000 + number) for number in range(50)]
    (hit,) = say("brute_force", "logon", [*rows, logon("success", 200, 41000, "gis")])
    assert (hit.threat, hit.level) == ("compromised", "high")
    assert "gis" in hit.summary.zh


@pytest.mark.parametrize(
    "rows",
    [
        [logon("failure", number * 4000, 40000 + number) for number in range(40)],
        [logon("failure", number, 40000 + number) for number in range(5)],
        [logon("failure", number, 40001, action=action) for number in range(4) for action in ("a", "b", "c")],
        [logon("success", number, 40000 + number) for number in range(100)],
    ],
    ids=["mistyped now and then", "too few", "several lines a failure", "a busy account"],
)
def test_innocent_logons_are_no_guessing(say: Say, rows: list[Row]) -> None:
    assert say("brute_force", "logon", rows) == []


def question(name: str, seconds: float = 0) -> Row:
    return {
        "@timestamp": START + timedelta(seconds=seconds),
        "source.ip": HOST,
        "destination.ip": "10.0.0.53",
        "dns.question.name": name,
        "dns.question.type": "TXT",
    }


def noise(dice: random.Random, length: int) -> str:
    return "".join(dice.choice("abcdefghijklmnopqrstuvwxyz234567") for _ in range(length))


def test_new_long_random_names_are_a_tunnel(say: Say) -> None:
    dice = random.Random(5)
    (hit,) = say("dns_tunnel", "dns", [question(f"{noise(dice, 50)}.t.example.org", n) for n in range(300)])
    assert (hit.subject, hit.threat) == (HOST, "compromised")
    assert "example.org" in hit.peers


@pytest.mark.parametrize(
    "names",
    [
        ["www.example.org"] * 500,
        [f"img{number}.cdn.example.org" for number in range(500)],
        [f"{number}.2.0.192.in-addr.arpa" for number in range(500)],
        [f"{noise(random.Random(number), 40)}.example.org" for number in range(20)],
    ],
    ids=["one name", "numbered servers", "reverse lookups", "too few"],
)
def test_innocent_names_are_no_tunnel(say: Say, names: list[str]) -> None:
    assert say("dns_tunnel", "dns", [question(name, at) for at, name in enumerate(names)]) == []


@given(st.text("abc.", min_size=1))
def test_a_name_is_cut_into_two_parts_of_itself(name: str) -> None:
    below, domain = split_name(name)
    assert ".".join(part for part in (below, domain) if part) == name or not below or not domain


def test_an_empty_stream_is_no_tunnel() -> None:
    assert not is_tunnel(set(), 1)


def tls(seconds: float, **more: object) -> Row:
    row = {
        "@timestamp": START + timedelta(seconds=seconds),
        "source.ip": HOST,
        "destination.ip": SERVER,
        "destination.port": 8443,
        "taishi.tls.self_signed": True,
    }
    return {**row, **{name.replace("__", "."): value for name, value in more.items()}}


def test_traits_of_a_control_channel_add_up() -> None:
    handshakes = [tls(number) for number in range(40)]
    assert hits_of("command_channel", "tls", handshakes) == []
    flows = [flow(HOST, SERVER, 8443, number) for number in range(40)]
    (hit,) = hits_of_all("command_channel", {"tls": handshakes, "flow": flows})
    assert (hit.subject, hit.peers) == (HOST, (SERVER,))
    assert "自签名" in hit.summary.zh


def echo(size: int, packets: int) -> Row:
    return {
        **flow(HOST, SERVER, 0),
        "network.transport": "icmp",
        "source.bytes": size * packets,
        "destination.bytes": size * packets,
        "source.packets": packets,
        "destination.packets": packets,
    }


def test_large_echoes_are_a_tunnel_and_pings_are_not(say: Say) -> None:
    assert [hit.subject for hit in say("icmp_tunnel", "flow", [echo(900, 200)])] == [HOST]
    assert say("icmp_tunnel", "flow", [echo(84, 5000)]) == []


@settings(max_examples=25, deadline=None)
@given(st.integers(1, 40))
def test_batch_size_changes_nothing(size: int) -> None:
    rows = [vain("203.0.113.9", HOST, port, port) for port in range(1, 60)]
    assert hits_of("port_scan", "flow", rows, size) == hits_of("port_scan", "flow", rows)


def test_a_logon_before_the_failures_is_no_break_in(say: Say) -> None:
    rows = [logon("success", 0, 39000), *(logon("failure", 300 + n, 40000 + n) for n in range(12))]
    assert [hit.threat for hit in say("brute_force", "logon", rows)] == ["attempted"]


def test_a_break_in_is_found_though_a_busier_day_follows(say: Say) -> None:
    rows = [logon("failure", n, 40000 + n) for n in range(20)]
    rows += [logon("success", 30, 41000), *(logon("failure", 86400 + n, 42000 + n) for n in range(25))]
    assert [hit.threat for hit in say("brute_force", "logon", rows)] == ["compromised", "attempted"]


def session(seconds: float) -> Row:
    more = {"taishi__flow__source_payload": 2500, "taishi__flow__destination_payload": 4000}
    return flow(SERVER, HOST, 22, seconds, network__protocol="ssh", **more)


def test_short_ssh_sessions_in_a_row_look_like_guessing(say: Say) -> None:
    (hit,) = say("brute_force", "flow", [session(4 * number) for number in range(30)])
    assert "疑似" in hit.summary.zh


def test_a_monitor_that_logs_on_every_two_minutes_is_none(say: Say) -> None:
    assert say("brute_force", "flow", [session(120 * number) for number in range(200)]) == []


@pytest.mark.parametrize("port", [993, 465, 110])
def test_mail_programs_are_no_beacon(say: Say, port: int) -> None:
    assert say("beacon", "flow", [flow(HOST, SERVER, port, 300 * number) for number in range(300)]) == []


def test_reputation_lookups_are_no_tunnel(say: Say) -> None:
    dice = random.Random(9)
    names = [f"{noise(dice, 40)}.malware.hash.cymru.com" for _ in range(300)]
    assert say("dns_tunnel", "dns", [question(name, at) for at, name in enumerate(names)]) == []
