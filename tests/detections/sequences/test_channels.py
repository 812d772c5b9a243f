"""Encrypted channels, false update names, floods; and what looks like them."""

from datetime import UTC, datetime

import pytest

from detections.sequences.false_updates import disguise
from detections.sequences.randomness import looks_random


def tls(
    event, seconds=0.0, years=1, port=443, subject="CN=portal.example", own=True, name="", alpn=(), **more
):
    extra = {"tls.client.alpn": [*alpn], "tls.client.versions": ["1.2"], **more.pop("extra", {})}
    return event(
        "tls", seconds, extra=extra, destination__port=port, tls__server__subject=subject,
        tls__client__ja3="x" * 32,
        tls__client__server_name=name or None, taishi__tls__self_signed=own, taishi__tls__expired=False,
        tls__server__not_before=datetime(2023, 1, 1, tzinfo=UTC),
        tls__server__not_after=datetime(2023 + years, 1, 1, tzinfo=UTC), **more,
    )  # fmt: skip


def flow(event, port, seconds=90, packets=200, payload=20_000):
    return event(
        "flow", network__protocol="tls", destination__port=port, event__duration=int(seconds * 1e9),
        source__packets=packets // 2, destination__packets=packets // 2,
        taishi__flow__source_payload=payload // 2, taishi__flow__destination_payload=payload // 2,
    )  # fmt: skip


def test_a_remote_control_tool_is_named_with_its_reasons(event, hits):
    (hit,) = hits(tls(event, years=7000, port=4782, subject="CN=Tool Server CA"), flow(event, 4782))
    assert (hit.rule, hit.threat, hit.level, hit.subject) == (
        "taishi.sequence.tls-channel",
        "compromised",
        "high",
        "10.0.0.9",
    )
    for word in ("自签名", "数十年", "保持"):
        assert word in hit.summary.zh


def test_a_placeholder_on_an_odd_port_without_a_name(event, hits):
    subject = "O=Internet Widgits Pty Ltd,ST=Some-State,C=AU"
    assert len(hits(tls(event, port=449, subject=subject))) == 1


@pytest.mark.parametrize(
    "shown",
    [
        {"own": False, "name": "www.example.com", "alpn": ["h2"]},
        {"own": True, "name": "nas.example", "alpn": ["h2", "http/1.1"]},
        {"own": True, "years": 30, "name": "", "alpn": ["http/1.1"]},
        {"own": False, "name": "", "alpn": [], "port": 8531},
        {"own": True, "destination__ip": "10.3.3.3", "years": 7000, "port": 4782},
    ],
)
def test_appliances_and_odd_clients_are_nothing(shown, event, hits):
    assert hits(tls(event, **shown)) == []


def test_an_old_loader(event, hits):
    names = [f"server{number}.example.test" for number in range(1, 17)]
    extra = {"tls.client.old_form": True, "tls.client.versions": ["1.0"], "tls.server.names": names}
    shown = tls(event, own=False, subject="CN=example.test", extra=extra)
    assert hits(shown)[0].rule == "taishi.sequence.tls-channel"


def dns(event, name, seconds=0.0):
    return event("dns", seconds, dns__question__name=name, dns__question__registered_domain=name)


def test_misspelt_update_names_one_after_the_other(event, hits):
    (hit,) = hits(dns(event, "drivres-update.test"), dns(event, "softupdates.test", 2))
    assert (hit.threat, hit.level) == ("compromised", "high")


def test_plain_update_names_are_little(event, hits):
    (hit,) = hits(dns(event, "driverupdate.test"), dns(event, "softupdates.test", 2))
    assert (hit.threat, hit.level) == ("risk", "low")


def test_one_name_or_names_far_apart_are_nothing(event, hits):
    assert hits(dns(event, "drivres-update.test")) == []
    assert hits(dns(event, "drivres-update.test"), dns(event, "softupdates.test", 7200)) == []


@pytest.mark.parametrize(
    ("domain", "kind"),
    [
        ("drivres-update.info", "misspelt"),
        ("mircosoft-updates.net", "misspelt"),
        ("softupdates.info", "plain"),
        ("windows-update.test", "plain"),
        ("example.com", None),
        ("update.com", None),
        ("county-service.cn", None),
        ("sinajs.cn", None),
        ("download-center.cn", None),
    ],
)
def test_disguises(domain, kind):
    assert disguise(domain) == kind


@pytest.mark.parametrize(
    ("word", "random"),
    [
        ("vBKbaQgjyvRRbcgfvlsc", True),
        ("TfBXbg6gEAqeHioMEKOtCAAn73", True),
        ("10a5031d37bc79", True),
        ("netflixiosapp", False),
        ("AppleCoreMedia", False),
        ("ChromeSetup", False),
        ("20260302", False),
        ("install", False),
        ("index", False),
    ],
)
def test_random_words(word, random):
    assert looks_random(word) is random


def dhcp(event, packets, seconds):
    return event(
        "flow", network__transport="udp", network__protocol="dhcp", source__ip="0.0.0.0",
        destination__ip="255.255.255.255",
        source__port=68, destination__port=67, source__mac="02-00-00-00-00-01", source__packets=packets,
        event__duration=int(seconds * 1e9),
    )  # fmt: skip


def test_a_flood_of_lease_requests(event, hits):
    (hit,) = hits(dhcp(event, 5000, 20))
    assert (hit.threat, hit.subject, hit.subject_kind) == ("attempted", "02-00-00-00-00-01", "host")


def test_a_host_that_asks_for_days_is_no_flood(event, hits):
    assert hits(dhcp(event, 400, 86_400)) == []


@pytest.mark.parametrize(
    ("trace", "threat"),
    [
        ("Malcolm-Te__9596cf60-*.pcap", "compromised"),
        ("Malcolm-Te__strrat-*.pcap", "compromised"),
        ("zeek__merlinc2_Zeek_example.pcapng", "compromised"),
        ("nDPI__shell.pcap", "compromised"),
        ("suricata-v__public-ex1_section8_Sofacy.pcap", "compromised"),
        ("nDPI__softether.pcap", "risk"),
        ("zeek__dhe.pcap", "risk"),
        ("nDPI__http_auth.pcap", "risk"),
    ],
)
def test_traces(trace, threat, judged):
    assert judged(trace).verdicts[0].threat == threat


@pytest.mark.parametrize(
    "trace", ["nDPI__wechat.pcap", "nDPI__weibo.pcap", "nDPI__zoom.pcap", "nDPI__quic.pcap"]
)
def test_traces_of_people(trace, judged):
    assert judged(trace).verdicts == []
