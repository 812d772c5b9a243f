"""The behaviours beside test_behaviours.py: what each must find, and innocent traffic beside it."""

import random
from collections.abc import Callable
from datetime import timedelta

import pytest

from detections.behaviours.bogus_address import impossible
from detections.behaviours.generated_names import looks_random
from detections.public_suffix import split_name
from taishi.core.event import Batch, Row
from taishi.core.records import Hit
from tests.detections.behaviours.conftest import START, VAIN, batch_of, flow, ledger_of, vain

Say = Callable[..., list[Hit]]
HOST, OTHER, SERVER = "10.0.0.5", "10.0.0.6", "198.51.100.7"
HOUR = 3_600_000_000_000
REFUSED = {**VAIN, "taishi.flow.state": "REJ", "destination.packets": 1}


def session(up: int, down: int, hours: float, port: int = 1234, to: str = SERVER, **more: object) -> Row:
    sizes = {"taishi__flow__source_payload": up, "taishi__flow__destination_payload": down}
    packets = {"source__packets": 200, "destination__packets": 200}
    return flow(HOST, to, port, 0, event__duration=int(hours * HOUR), **{**sizes, **packets, **more})


@pytest.mark.parametrize(
    "row",
    [session(0, 7000, 1.9), session(0, 7000, 1.9, to=OTHER), session(6000, 0, 0.05)],
    ids=["only the server speaks", "the same among neighbours", "only the client speaks"],
)
def test_one_sided_sessions_are_command_channels(say: Say, row: Row) -> None:
    (hit,) = say("command_channel", "flow", [row])
    assert (hit.subject, hit.threat) == (HOST, "compromised")
    assert "评分 6" in hit.summary.zh


@pytest.mark.parametrize(
    "row",
    [
        session(0, 7000, 0.5),
        session(0, 7000, 1.9, 443),
        session(0, 7000, 1.9, network__protocol="rtsp"),
        session(0, 900_000_000, 1.9),
        session(6000, 0, 0.05, 6514),
        session(6000, 0, 0.05, to=OTHER),
        session(6000, 0, 0.01),
        session(9_000_000, 0, 0.05),
        {**session(6000, 0, 0.05), **VAIN},
        session(4000, 7000, 0.1),
    ],
    ids=[
        "too short", "a usual port", "a known protocol", "a stream", "a log collector", "inside", "a moment",
        "an upload", "nobody there", "a dialogue",
    ],
)  # fmt: skip
def test_innocent_sessions_are_none(say: Say, row: Row) -> None:
    assert say("command_channel", "flow", [row]) == []


@pytest.mark.parametrize(
    ("hours", "port", "level"), [(5, 4444, "low"), (13, 4444, "medium"), (13, 443, "low"), (5, 443, None)]
)
def test_long_connections_are_a_risk_by_length_and_traits(
    say: Say, hours: float, port: int, level: str | None
) -> None:
    hits = say("long_connection", "flow", [session(900, 900, hours, port)])
    assert [(hit.threat, hit.level) for hit in hits] == ([("risk", level)] if level else [])


def test_what_everybody_holds_is_no_risk(say: Say) -> None:
    rows = [{**session(900, 900, 13), "source.ip": f"10.0.0.{n}"} for n in range(1, 15)]
    assert say("long_connection", "flow", rows) == []


def test_an_inside_scan_that_finds_nothing_is_low(say: Say) -> None:
    probes = [{**flow(OTHER, HOST, port, port / 10), **REFUSED} for port in range(1, 200)]
    assert [(hit.threat, hit.level) for hit in say("port_scan", "flow", probes)] == [("attempted", "low")]
    found = [flow(OTHER, HOST, 502, 30)]
    assert [hit.level for hit in say("port_scan", "flow", probes + found)] == ["medium"]
    outside = [{**row, "source.ip": "203.0.113.9"} for row in probes]
    assert [hit.level for hit in say("port_scan", "flow", outside)] == ["medium"]
    second = [{**row, "destination.ip": "10.0.0.77"} for row in probes]
    assert {hit.level for hit in say("port_scan", "flow", probes + second)} == {"medium"}


def test_a_few_neighbours_at_once_are_a_sweep_and_a_dead_link_is_none(say: Say) -> None:
    sweep = [vain(OTHER, f"10.0.4.{n}", 80, n) for n in range(1, 8)]
    assert {hit.subject for hit in say("port_scan", "flow", sweep)} == {f"10.0.4.{n}" for n in range(1, 8)}
    down = [vain(OTHER, f"198.51.{n}.9", 443, n) for n in range(1, 8)]
    assert say("port_scan", "flow", down) == []


def test_a_patient_scan_of_one_host_is_slow(say: Say) -> None:
    rows = [vain("203.0.113.9", HOST, port, port * 500) for port in range(1, 60)]
    (hit,) = say("port_scan", "flow", rows)
    assert (hit.rule, hit.level) == ("taishi.behaviour.slow-scan", "low")


def test_a_fan_out_of_administration_is_lateral_movement(say: Say) -> None:
    rows = [flow(HOST, f"10.0.3.{n}", 445, n * 20) for n in range(1, 16)]
    hits = say("lateral_movement", "flow", rows)
    assert len(hits) == 15
    assert {(hit.threat, hit.level, hit.attackers) for hit in hits} == {("attempted", "medium", (HOST,))}


@pytest.mark.parametrize(
    "rows",
    [
        [flow(HOST, f"10.0.3.{n}", 445, n * 1000) for n in range(1, 16)],
        [flow(HOST, f"10.0.3.{n}", 22, n * 20) for n in range(1, 16)],
        [flow(f"10.0.3.{n}", HOST, 445, n * 20) for n in range(1, 60)],
        [vain(HOST, f"10.0.3.{n}", 445, n * 20) for n in range(1, 16)],
        [flow(f"10.0.2.{h}", f"10.0.3.{n}", 445, n * 20) for h in range(1, 9) for n in range(1, 16)],
    ],
    ids=["over the day", "a small fleet by SSH", "a file server", "nobody let it in", "everybody does"],
)
def test_innocent_administration_is_none(say: Say, rows: list[Row]) -> None:
    assert say("lateral_movement", "flow", rows) == []


def sent(source: str, megabytes: float, to: str = SERVER, day: int = 0, port: int = 443) -> Row:
    size = int(megabytes * 1_000_000)
    return flow(source, to, port, day * 86400, taishi__flow__source_payload=size)


def peers(day: int = 0) -> list[Row]:
    return [sent(f"10.0.1.{n}", 5, f"198.51.100.{n}", day) for n in range(20, 40)]


def test_far_more_than_peers_send_is_exfiltration(say: Say) -> None:
    (hit,) = say("exfiltration", "flow", [sent(HOST, 2000), *peers()])
    assert (hit.subject, hit.threat, hit.level) == (HOST, "risk", "medium")
    assert "2000 MB" in hit.summary.zh
    (hit,) = say("exfiltration", "flow", [sent(HOST, 2000, port=4444), *peers()])
    assert hit.threat == "compromised"


@pytest.mark.parametrize(
    "rows",
    [
        [sent(HOST, 2000)],
        [sent(HOST, 100), *peers()],
        [sent(HOST, 2000), *[{**row, "taishi.flow.source_payload": 400_000_000} for row in peers()]],
        [*(sent(HOST, 300, f"203.0.113.{n}") for n in range(9)), *peers()],
        [sent(HOST, 2000, "10.0.9.9"), *peers()],
    ],
    ids=["nothing to compare", "little", "as others do", "to many", "inside"],
)
def test_innocent_volumes_are_none(say: Say, rows: list[Row]) -> None:
    assert say("exfiltration", "flow", rows) == []


def test_a_backup_that_runs_every_night_is_its_own_measure() -> None:
    ledger = ledger_of("exfiltration")
    hits = []
    for day in range(12):
        ledger.observe(Batch("flow", batch_of("flow", [sent(HOST, 2000, day=day), *peers(day)]).rows))
        hits += ledger.judged()
    assert len({hit.id for hit in hits if hit.first_seen > START + timedelta(days=8)}) == 0


def test_floods(say: Say) -> None:
    dhcp = flow("0.0.0.0", "255.255.255.255", 67, network__transport="udp", source__packets=900)
    syn = [vain(f"203.0.{n // 250}.{n % 250}", HOST, 443, n / 500) for n in range(2500)]
    udp = {**flow("203.0.113.9", HOST, 53, network__transport="udp"), **VAIN, "source.packets": 90_000}
    for rows, target in (([dhcp], "255.255.255.255"), (syn, HOST), ([udp], HOST)):
        hits = [hit for hit in say("flood", "flow", rows) if hit.subject == target]
        assert [(hit.threat, hit.level) for hit in hits] == [("attempted", "medium")]
    busy = [flow(f"203.0.{n // 250}.{n % 250}", HOST, 443, n / 500) for n in range(2500)]
    video = {**flow("203.0.113.9", HOST, 5004, network__transport="udp"), **VAIN, "source.packets": 90_000}
    assert say("flood", "flow", busy) == []
    assert say("flood", "flow", [{**video, "event.duration": HOUR}]) == []


@pytest.mark.parametrize(
    ("source", "target", "found"),
    [
        ("127.0.0.1", HOST, True),
        ("224.0.0.5", HOST, True),
        ("250.1.2.3", HOST, True),
        ("0.1.2.3", HOST, True),
        (HOST, HOST, True),
        ("127.0.0.1", "127.0.0.1", False),
        ("0.0.0.0", "255.255.255.255", False),
        ("192.0.2.1", HOST, False),
    ],
)
def test_addresses_that_nobody_can_have(say: Say, source: str, target: str, found: bool) -> None:
    hits = say("bogus_address", "flow", [vain(source, target, 80, n) for n in range(5)])
    assert bool(hits) is found
    assert all(hit.subject == target for hit in hits)


def test_the_unspecified_address_may_ask() -> None:
    assert impossible("0.0.0.0") is None
    assert impossible("no address") is None


def missing(name: str, at: int, rcode: str = "NXDOMAIN") -> Row:
    return {
        "@timestamp": START + timedelta(seconds=at),
        "source.ip": HOST,
        "destination.ip": "10.0.0.53",
        "dns.question.name": name,
        "dns.response_code": rcode,
    }


WORDS = [
    a + b
    for a in ("garden", "summer", "office", "travel")
    for b in ("house", "paper", "market", "online", "center")
]


def made_up(number: int) -> list[str]:
    dice = random.Random(7)
    return ["".join(dice.choice("bcdfghjklmnpqrstvwxz") for _ in range(14)) + ".com" for _ in range(number)]


def test_many_made_up_domains_are_generated(say: Say) -> None:
    (hit,) = say("generated_names", "dns", [missing(name, n) for n, name in enumerate(made_up(30))])
    assert (hit.subject, hit.threat) == (HOST, "compromised")


@pytest.mark.parametrize(
    "rows",
    [
        [missing(f"{n}.2.0.192.zen.blocklist.example", n) for n in range(100)],
        [missing(name, n) for n, name in enumerate(made_up(8))],
        [missing(name, n, "NOERROR") for n, name in enumerate(made_up(50))],
        [missing(f"{name}.com", n) for n, name in enumerate(WORDS)],
        [missing(f"{name[:14]}", n) for n, name in enumerate(made_up(50))],
    ],
    ids=["a block list", "few", "they exist", "words", "no top-level domain"],
)  # fmt: skip
def test_innocent_misses_are_not(say: Say, rows: list[Row]) -> None:
    assert say("generated_names", "dns", rows) == []


@pytest.mark.parametrize(
    ("domain", "random_looking"),
    [
        ("xkqzvwjtrbpl.com", True),
        ("government.cn", False),
        ("zhengwufuwu.gov.cn", False),
        ("short.io", False),
        ("8f3a91c2d77e.net", True),
    ],
)
def test_what_looks_random(domain: str, random_looking: bool) -> None:
    assert looks_random(domain) is random_looking


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("www.example.com", ("www", "example.com")),
        ("a.b.county.gov.cn", ("a.b", "county.gov.cn")),
        ("x.office.ah.cn", ("x", "office.ah.cn")),
        ("www.example.co.uk", ("www", "example.co.uk")),
        ("bot.duckdns.org", ("", "bot.duckdns.org")),
        ("x.bucket.s3.amazonaws.com", ("x", "bucket.s3.amazonaws.com")),
        ("example.com", ("", "example.com")),
        ("printer", ("printer", "")),
        ("1.2.3.4", ("1.2.3.4", "")),
    ],
)
def test_registered_domains(name: str, parts: tuple[str, str]) -> None:
    assert split_name(name) == parts


def test_mining_by_shape(say: Say) -> None:
    job = {"source__packets": 400, "destination__packets": 500}
    (hit,) = say("mining", "flow", [session(40_000, 160_000, 2, 3333, **job)])
    assert (hit.subject, hit.threat, hit.level) == (HOST, "risk", "medium")
    assert say("mining", "flow", [session(40_000, 160_000, 2, 443, **job)]) == []
    assert say("mining", "flow", [session(40_000, 160_000, 0.2, 3333, **job)]) == []
    assert say("mining", "flow", [session(40_000, 900_000_000, 2, 3333, **job)]) == []


def asked(number: int, dead: int, apart: float = 5, to: str = "198.51.{}.9") -> list[Row]:
    rows = (vain if n < dead else flow for n in range(number))
    return [make(HOST, to.format(n), 80, (n * 7 % number) * apart) for n, make in enumerate(rows)]


def test_many_dead_peers_are_a_risk(say: Say) -> None:
    (hit,) = say("dead_peers", "flow", asked(30, 12))
    assert (hit.subject, hit.threat, hit.level, len(hit.peers)) == (HOST, "risk", "medium", 12)


@pytest.mark.parametrize(
    "rows",
    [asked(30, 4), asked(30, 30), asked(30, 12, 100), asked(12, 8), asked(30, 12, to="10.1.{}.9"),
     asked(30, 12, to="2001:db8::{}")],
    ids=["nearly all answer", "the line is down", "over an hour", "few", "inside", "IPv6 is broken"],
)  # fmt: skip
def test_innocent_silence_is_none(say: Say, rows: list[Row]) -> None:
    assert say("dead_peers", "flow", rows) == []


def test_where_the_line_is_down_nobody_sweeps(say: Say) -> None:
    def silent(host: str) -> list[Row]:
        return [vain(host, f"198.51.{n}.9", 443, n * 9) for n in range(1, 16)]

    (hit,) = say("port_scan", "flow", silent(HOST))
    assert hit.attackers == (HOST,)
    assert say("port_scan", "flow", [row for n in range(1, 6) for row in silent(f"10.0.0.{n}")]) == []


def failed(target: str, at: float, user: str = "root") -> Row:
    return {
        "@timestamp": START + timedelta(seconds=at),
        "source.ip": "203.0.113.9",
        "source.port": 40000 + int(at),
        "host.name": target,
        "process.name": "sshd",
        "user.name": user,
        "event.outcome": "failure",
    }


def test_a_few_failures_at_many_targets_are_spraying(say: Say) -> None:
    rows = [failed(f"srv-{n}", 30 * n + k) for n in range(12) for k in range(2)]
    hits = say("brute_force", "logon", rows)
    assert {hit.subject for hit in hits} == {f"srv-{n}" for n in range(12)}
    assert {(hit.rule, hit.threat) for hit in hits} == {("taishi.behaviour.password-spraying", "attempted")}
    assert say("brute_force", "logon", [failed(f"srv-{n}", 3000 * n) for n in range(12)]) == []
    assert say("brute_force", "logon", [failed(f"srv-{n % 3}", 30 * n) for n in range(9)]) == []
