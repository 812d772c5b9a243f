"""Real traces: read whole, and with the figures that others have published for them."""

from collections import Counter
from pathlib import Path

from sensors.pcap import SENSOR
from taishi.core.event import first_batch_error
from taishi.core.source import Source


def test_every_trace_is_read_and_every_event_has_its_own_id(corpus: Path):
    paths = sorted(path for path in (corpus / "network").rglob("*") if path.suffix in (".pcap", ".pcapng"))
    assert len(paths) > 80
    for path in paths:
        source = Source.of(path)
        assert SENSOR.recognizes(source) > 50
        batches = list(SENSOR.read(source, lambda *_: None))
        assert [first_batch_error(batch) for batch in batches] == [None] * len(batches)
        ids = [event_id for batch in batches for event_id in batch.column("event.id")]
        assert ids
        assert len(ids) == len(set(ids)), path


def test_syn_scan(hear_corpus):
    states = Counter(flow.text("taishi.flow.state") for flow in hear_corpus("nDPI__synscan.pcap").of("flow"))
    assert states["S0"] == 1986
    assert sum(states.values()) == 1994


def test_ssh_guessing(hear_corpus):
    flows = hear_corpus("zeek__sshguess.pcap").of("flow")
    assert {flow.text("network.protocol") for flow in flows} == {"ssh"}
    assert {flow.text("source.ip") for flow in flows} == {"192.168.56.1"}
    assert len(flows) >= 10


def test_basic_authentication(hear_corpus):
    logon = hear_corpus("arkime__http-basicauth.pcap").only("logon")
    assert logon.fields["taishi.logon.cleartext"] is True
    assert logon.text("event.outcome") == "success"


def test_dns_tunnel(hear_corpus):
    names = {
        event.text("dns.question.name") for event in hear_corpus("nDPI__dns-tunnel-iodine.pcap").of("dns")
    }
    assert len(names) > 150
    assert max(map(len, names)) > 100


def test_log4shell(hear_corpus):
    events = hear_corpus("cve-2021-4__log4j-attack.pcap").of("http")
    assert any("${jndi:" in event.text("http.request.body.content") for event in events)
    assert any(event.text("url.path") == "/Exploit.class" for event in events)


def test_clear_text_mail_and_terminal(hear_corpus):
    assert len(hear_corpus("nDPI__pop3.pcap").of("logon")) == 4
    assert hear_corpus("nDPI__telnet.pcap").only("logon").text("user.name") == "fake"


def test_weak_certificates(hear_corpus):
    event = hear_corpus("nDPI__selfsigned.pcap").only("tls")
    assert event.fields["taishi.tls.self_signed"] is True
    assert event.fields["taishi.tls.expired"] is True
    assert hear_corpus("zeek__dhe.pcap").only("tls").extra["tls.server.dh_bits"] == 1024


def test_a_capture_that_ends_in_a_packet(hear_corpus):
    heard = hear_corpus("nDPI__WebattackSQLinj.pcap")
    assert len(heard.of("http")) == 9
    assert "truncated" in heard.rejects[0][1]


def test_protocols_by_content(hear_corpus):
    expected = {
        "nDPI__mining.pcapng": "stratum",
        "nDPI__vnc.pcap": "vnc",
        "nDPI__smbv1.pcap": "smb1",
        "zeek__set.pcap": "redis",
        "nDPI__mongodb.pcap": "mongodb",
        "nDPI__openvpn.pcap": "openvpn",
        "nDPI__bittorrent.pcap": "bittorrent",
        "nDPI__irc.pcap": "irc",
        "nDPI__syslog.pcap": "syslog",
    }
    for name, protocol in expected.items():
        assert protocol in {flow.text("network.protocol") for flow in hear_corpus(name).of("flow")}, name
