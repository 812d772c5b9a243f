import json
from collections.abc import Callable
from datetime import datetime

BASE = {
    "timestamp": "2026-03-01T08:00:00.5+0800",
    "flow_id": 1,
    "src_ip": "192.0.2.1",
    "src_port": 4000,
    "dest_ip": "198.51.100.2",
    "dest_port": 443,
    "proto": "TCP",
}


def line(**more: object) -> str:
    return json.dumps({**BASE, **more})


def test_an_alert(read: Callable) -> None:
    alert = {
        "signature_id": 2000001,
        "signature": "ET TEST",
        "category": "Misc",
        "severity": 2,
        "action": "allowed",
    }
    event = read(line(event_type="alert", alert={**alert, "metadata": {"tag": ["x"]}})).only
    assert event.kind == "alert"
    assert event.time == datetime.fromisoformat("2026-03-01T00:00:00.5+00:00")
    assert event.text("rule.id") == "2000001"
    assert event.text("rule.name") == "ET TEST"
    assert event.number("event.severity") == 2
    assert event.extra["alert"]["metadata"] == {"tag": ["x"]}


def test_flow_states(read: Callable) -> None:
    def flow(back: int, **tcp: object) -> str:
        volumes = {
            "pkts_toserver": 3,
            "pkts_toclient": back,
            "bytes_toserver": 200,
            "bytes_toclient": 60 * back,
        }
        return line(event_type="flow", flow={**volumes, "start": "2026-03-01T08:00:00+0800"}, tcp=tcp)

    made = read(
        "\n".join(
            [
                flow(0, syn=True, tcp_flags_ts="02"),
                flow(1, syn=True, tcp_flags_ts="02", tcp_flags_tc="14"),
                flow(5, syn=True, tcp_flags_ts="1b", tcp_flags_tc="1b"),
                flow(5, syn=True, tcp_flags_ts="1a", tcp_flags_tc="1e"),
            ]
        )
    )
    assert [event.text("taishi.flow.state") for event in made.events] == ["S0", "REJ", "SF", "RSTR"]
    assert made.events[2].number("network.bytes") == 500


def test_dns_in_three_versions(read: Callable) -> None:
    old = {"type": "answer", "rrname": "a.example", "rrtype": "A", "rcode": "NOERROR", "rdata": "203.0.113.9"}
    new = {
        "type": "answer",
        "rrname": "a.example",
        "rrtype": "A",
        "answers": [{"rrtype": "A", "rdata": "203.0.113.9"}],
    }
    newest = {"version": 3, "type": "response", "queries": [{"rrname": "a.example", "rrtype": "A"}],
              "answers": [{"rrtype": "A", "rdata": "203.0.113.9"}]}  # fmt: skip
    made = read("\n".join(line(event_type="dns", dns=dns) for dns in (old, new, newest)))
    for event in made.events:
        assert event.text("dns.question.name") == "a.example"
        assert event.text("dns.type") == "answer"
        assert event.fields["dns.resolved_ip"] == ["203.0.113.9"]


def test_tls_and_http(read: Callable) -> None:
    tls = {"subject": "CN=a", "issuerdn": "CN=a", "version": "TLS 1.1", "notafter": "2020-01-01T00:00:00",
           "sni": "a.example", "fingerprint": "AB:CD"}  # fmt: skip
    http = {"hostname": "a.example", "url": "/x?y", "http_method": "GET", "status": 200,
            "request_headers": [{"name": "Authorization", "value": "Basic Ym9iOnB3"}]}  # fmt: skip
    made = read(line(event_type="tls", tls=tls) + "\n" + line(event_type="http", http=http))
    first, second = made.events
    assert first.fields["taishi.tls.expired"] is True
    assert first.fields["taishi.tls.self_signed"] is True
    assert first.text("tls.version") == "1.1"
    assert first.text("tls.server.hash.sha1") == "abcd"
    assert second.text("url.path") == "/x"
    assert second.text("taishi.http.headers") == "Authorization: Basic ***"


def test_wrong_types_are_rejected_with_the_field(read: Callable) -> None:
    bad = [
        {"src_ip": 5},
        {"dest_port": "eighty"},
        {"dest_port": 70000},
        {"timestamp": "yesterday"},
        {"proto": {}},
    ]
    made = read("\n".join([line(event_type="stats"), *(line(event_type="stats", **one) for one in bad)]))
    assert len(made.events) == 1
    assert [reason.split(" ")[0] for reason in made.reasons] == [
        "src_ip", "dest_port", "dest_port", "timestamp", "proto"
    ]  # fmt: skip
