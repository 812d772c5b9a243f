"""Hits of intelligence: which indicator on which side means what."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from detections.intel.index import Index, index
from detections.intel.watch import IntelWatch
from detections.networks import Networks
from taishi.core.ecs import Kind
from taishi.core.event import Batch, BatchBuilder, Value
from taishi.core.ids import stable_id
from taishi.core.indicators import Indicator, IndicatorType, Mark, Report
from taishi.core.records import Hit
from taishi.core.text import Text

AT = datetime(2026, 11, 17, 8, tzinfo=UTC)
OURS, CLIENT, RESOLVER = "10.34.2.15", "10.34.2.16", "10.34.0.53"
BAD = "198.51.100.7"
REPORT = Report("s", "r", "Actor X", "CERT", AT, "medium")


def indicator(kind: IndicatorType, value: str, **more: object) -> Indicator:
    given = {"address": "ip-dst", "ja3": "ja3-fingerprint-md5"}.get(kind, kind)
    made = Indicator(stable_id(value), "s", "r", "a", kind, value, given, AT, category="Network activity")
    return replace(made, **more)  # type: ignore[arg-type]


def known(*indicators: Indicator, report: Report = REPORT) -> Index:
    return index(indicators, {("s", "r"): report})


def batch(kind: Kind, *rows: dict[str, Value], extra: dict[str, str] | None = None) -> Batch:
    builder = BatchBuilder(kind, "test", "test")
    for n, row in enumerate(rows):
        builder.add(n, {"@timestamp": AT + timedelta(seconds=n), **row}, extra)
    made = builder.take()
    assert made is not None
    return made


def call(source: str, target: str, port: int = 443, **more: Value) -> dict[str, Value]:
    ends = {"source.ip": source, "source.port": 50123, "destination.ip": target, "destination.port": port}
    return {**ends, **more}


def hits(of: Index, *batches: Batch) -> Sequence[Hit]:
    watch = IntelWatch(Networks(), of)
    for one in batches:
        watch.observe(one)
    return list(watch.standing())


def said(of: Index, *batches: Batch) -> list[tuple[str, str, str, str]]:
    return [(one.rule, one.threat, one.level, one.subject) for one in hits(of, *batches)]


def test_a_host_of_ours_that_calls_a_control_server_is_compromised() -> None:
    (found,) = hits(known(indicator("address", BAD)), batch("flow", call(OURS, BAD), call(OURS, BAD)))
    assert (found.threat, found.level, found.subject, found.count) == ("compromised", "high", OURS, 2)
    assert found.peers == (BAD,)
    (origin,) = found.origins
    assert (origin.value, origin.info, origin.producer, origin.report) == (BAD, "Actor X", "CERT", "r")
    assert "《Actor X》" in found.summary.zh


def test_the_same_address_calling_us_only_attempts() -> None:
    (found,) = hits(known(indicator("address", BAD)), batch("flow", call(BAD, OURS, 22)))
    assert (found.threat, found.subject, found.attackers) == ("attempted", OURS, (BAD,))


def test_an_answer_is_no_call() -> None:
    answer = {"source.ip": BAD, "source.port": 443, "destination.ip": OURS, "destination.port": 50123}
    assert said(known(indicator("address", BAD)), batch("flow", answer))[0][1] == "compromised"


@pytest.mark.parametrize(
    ("more", "wanted"),
    [
        ({"comment": "Tor exit node"}, ("intel-anonymiser", "risk", "low")),
        ({"comment": "SSH brute force scanner"}, ("intel-contact", "risk", "medium")),
        ({"tags": ('kill-chain:"Command and Control"',)}, ("intel-control", "compromised", "high")),
        ({"comment": "挖矿矿池"}, ("intel-mining", "compromised", "medium")),
        ({"comment": "phishing kit"}, ("intel-phishing", "attempted", "medium")),
        ({"category": "Payload delivery"}, ("intel-delivery", "attempted", "high")),
        ({"confidence": 30}, ("intel-control", "compromised", "medium")),
        ({"confidence": 10}, ("intel-control", "compromised", "low")),
        ({"at": AT - timedelta(days=60)}, ("intel-control", "compromised", "medium")),
        ({"at": AT - timedelta(days=900)}, ("intel-control", "compromised", "low")),
        ({"at": AT + timedelta(days=9)}, ("intel-control", "compromised", "high")),
        ({"expires": AT - timedelta(days=1)}, ("intel-control", "compromised", "low")),
    ],
)
def test_what_an_indicator_says_decides(more: dict[str, object], wanted: tuple[str, str, str]) -> None:
    found = said(known(indicator("address", BAD, **more)), batch("flow", call(OURS, BAD)))
    assert [one[:3] for one in found] == [wanted]


def test_lists_lower_or_silence() -> None:
    lower = Mark("lower", "vpn-ipv4", Text("VPN 出口", "a VPN"))
    lowered = indicator("address", BAD, marks=(lower,))
    (found,) = hits(known(lowered), batch("flow", call(OURS, BAD)))
    assert (found.threat, found.level) == ("risk", "medium")
    assert found.origins[0].because == (lower.why,)
    silenced = indicator("address", BAD, marks=(replace(lower, effect="silence"),))
    assert hits(known(silenced), batch("flow", call(OURS, BAD))) == []


def test_what_its_source_does_not_want_sought_is_not() -> None:
    assert hits(known(indicator("address", BAD, to_ids=False)), batch("flow", call(OURS, BAD))) == []


def test_a_port_counts_where_it_is_given() -> None:
    of = known(indicator("address", BAD, port=4444))
    assert said(of, batch("flow", call(OURS, BAD))) == []
    assert len(said(of, batch("flow", call(OURS, BAD, 4444)))) == 1


def test_networks_of_both_families() -> None:
    of = known(indicator("network", "198.51.100.0/28"), indicator("network", "2001:db8:1::/48"))
    flows = batch(
        "flow", call(OURS, BAD), call("10.34.2.17", "198.51.100.16"), call("fd00::5", "2001:db8:1::9")
    )
    assert [one[3] for one in said(of, flows)] == [OURS, "fd00::5"]


def test_names_stand_for_what_is_below_them() -> None:
    of = known(indicator("domain", "bad.example.org"), indicator("domain", "com.cn"))
    asked = [
        {"dns.question.name": name} | call(OURS, RESOLVER, 53)
        for name in ("x.Bad.example.org.", "notbad.example.org", "example.org", "a.com.cn")
    ]
    assert [one[1:] for one in said(of, batch("dns", *asked))] == [("compromised", "high", OURS)]


def test_a_resolver_that_asks_for_others_is_not_the_compromised_one() -> None:
    of = known(indicator("domain", "bad.example.org"))
    asks = {"dns.question.name": "bad.example.org"}
    found = said(of, batch("dns", asks | call(OURS, RESOLVER, 53), asks | call(RESOLVER, "192.0.2.53", 53)))
    assert sorted(one[1:] for one in found) == [("compromised", "high", OURS), ("risk", "medium", RESOLVER)]


def test_urls_by_path_and_host_or_whole() -> None:
    of = known(indicator("url", "bad.example.org:8080/a?b=1"))
    rows = [
        {"url.original": "/a?b=1", "url.domain": "bad.example.org", "url.port": 8080} | call(OURS, BAD, 8080),
        {"url.original": "http://BAD.example.org:8080/a?b=1"} | call(CLIENT, BAD, 8080),
        {"url.original": "/a?b=2", "url.domain": "bad.example.org", "url.port": 8080}
        | call("10.34.2.17", BAD),
    ]
    assert {one[3] for one in said(of, batch("http", *rows))} == {OURS, CLIENT}


def test_a_name_of_ours_that_a_visitor_asks_for_is_no_hit() -> None:
    of = known(indicator("domain", "bad.example.org"))
    row = {"url.original": "/", "url.domain": "bad.example.org"} | call("203.0.113.9", OURS, 80)
    assert said(of, batch("http", row)) == []


def test_hashes_in_files_and_in_sysmon() -> None:
    digest = "a" * 64
    of = known(indicator("sha256", digest), indicator("imphash", "b" * 32))
    file = {"file.hash.sha256": digest.upper()} | call(BAD, OURS, 80)
    assert [one[:3] for one in said(of, batch("file", file))] == [("intel-file", "attempted", "high")]
    hashes = {"Hashes": f"MD5={'C' * 32},SHA256={digest.upper()},IMPHASH={'B' * 32}"}
    ran = batch("windows", {"host.name": "pc1", "event.code": "1"}, extra=hashes)
    assert {one[1:] for one in said(of, ran)} == {("compromised", "high", "pc1")}


def test_fingerprints_of_clients_weigh_less_and_nothing_when_common() -> None:
    of = known(indicator("ja3", "d" * 32), indicator("ja4", "t13d1516h2_8daaf6152771_e5627efa2ab1"))
    one = batch("tls", {"tls.client.ja3": "d" * 32} | call(OURS, BAD))
    assert [found[1:3] for found in said(of, one)] == [("compromised", "medium")]
    many = batch("tls", *({"tls.client.ja3": "d" * 32} | call(f"10.34.2.{n}", BAD) for n in range(5)))
    assert {found[1:3] for found in said(of, many)} == {("risk", "low")}
    ja4 = batch("tls", call(OURS, BAD), extra={"tls.client.ja4": "t13d1516h2_8daaf6152771_e5627efa2ab1"})
    assert len(said(of, ja4)) == 1


def test_mail_certificates_and_programs() -> None:
    agent = "Evil/1.0 (x)"
    of = known(
        indicator("email", "a@bad.example.org"),
        indicator("certificate", "e" * 40),
        indicator("user_agent", agent),
    )
    mail = batch(
        "other", call("203.0.113.9", OURS, 25), extra={"email.from.address": "X <A@bad.example.org>"}
    )
    tls = batch("tls", {"tls.server.hash.sha1": "e" * 40} | call(CLIENT, BAD))
    web = batch("http", {"user_agent.original": agent} | call(OURS, BAD, 80))
    assert [one[1:] for one in said(of, mail)] == [("attempted", "medium", OURS)]
    assert [one[1:] for one in said(of, tls)] == [("compromised", "high", CLIENT)]
    assert [one[1:] for one in said(of, web)] == [("compromised", "medium", OURS)]


def test_an_address_of_ours_that_is_listed_is_a_risk_of_ours() -> None:
    of = known(indicator("address", OURS))
    assert [one[1:] for one in said(of, batch("flow", call(OURS, BAD)))] == [("risk", "medium", OURS)]


def test_what_is_new_is_hunted_once_and_a_restart_forgets_nothing() -> None:
    flows = batch("flow", call(OURS, BAD), call(CLIENT, "198.51.100.8"))
    watch = IntelWatch(Networks(), known(indicator("address", BAD)))
    watch.observe(flows)
    first = list(watch.standing())
    again = IntelWatch(Networks())
    again.restore(watch.saved())
    again.index = known(indicator("address", BAD), indicator("address", "198.51.100.8"))
    new = again.unhunted()
    assert [value for _, value in new.by_value] == ["198.51.100.8"]
    again.observe(flows, new)
    again.hunted()
    assert [one.subject for one in again.standing()] == [CLIENT]
    assert len(again.unhunted()) == 0
    again.observe(flows)
    grown = {one.id: one.count for one in again.standing()}
    assert grown[first[0].id] == 2


def test_a_state_that_is_none_is_refused() -> None:
    with pytest.raises(ValueError, match="state"):
        IntelWatch(Networks()).restore(b"x")


@given(st.permutations(range(6)), st.integers(0, 6))
def test_order_and_cutting_change_nothing(order: list[int], cut: int) -> None:
    of = known(indicator("address", BAD), indicator("domain", "bad.example.org"))
    rows = [
        call(f"10.34.2.{n % 3}", BAD) | {"event.id": f"e{n}", "@timestamp": AT + timedelta(hours=n)}
        for n in range(6)
    ]
    whole = {(one.id, one.count, one.first_seen, one.last_seen) for one in hits(of, batch("flow", *rows))}
    shuffled = [rows[n] for n in order]
    parts = [batch("flow", *part) for part in (shuffled[:cut], shuffled[cut:]) if part]
    assert {(one.id, one.count, one.first_seen, one.last_seen) for one in hits(of, *parts)} == whole
