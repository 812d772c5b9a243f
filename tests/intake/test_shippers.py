"""What shippers that cannot be had here would send, request by request as their sources write it.

A mock: Vector, Fluent Bit and Logstash were read, not run; no package registry has them. Read were
- vectordotdev/vector, `src/sinks/elasticsearch/{common,service,encoder}.rs` (common.rs at 63cc679);
- fluent/fluent-bit, `plugins/out_es/{es.c,es_bulk.h}` of a version that has `http_api_key`;
- logstash-plugins/logstash-output-elasticsearch, `lib/logstash/outputs/elasticsearch/http_client.rb`,
  `http_client/pool.rb`, `http_client_builder.rb`, `common.rb` (versions 9 to 11).
"""

import base64
import gzip
import json
from collections.abc import Mapping
from typing import Any

import pytest

from taishi.core.ledger import Fates
from tests.intake.conftest import Sender, basic, desk, sender

__all__ = ["desk", "sender"]

ACCESS = (
    '203.0.113.9 - - [17/Nov/2026:14:00:01 +0800] "GET /?id=1%27%20or%201=1 HTTP/1.1" 200 5 "-" "sqlmap/1.7"'
)
AT = "2026-11-17T06:00:01.123456789Z"


def body(action: str, *documents: Mapping[str, Any]) -> bytes:
    return b"".join(f"{action}\n{json.dumps(one)}\n".encode() for one in documents)


def the_request(sender: Sender) -> None:
    """One line of a web server became what it is."""
    (event,) = sender.events()
    assert (event.kind, event.text("source.ip"), event.text("user_agent.original")) == (
        "http",
        "203.0.113.9",
        "sqlmap/1.7",
    )


@pytest.mark.parametrize("packed", [False, True])
def test_vector(sender: Sender, packed: bool) -> None:
    """Version (`api_version: auto`), health, then `mode: bulk`; it looks for `"errors":true` as text."""
    who = {"authorization": basic(sender.token)}
    version = sender.ask("GET", "/", **who).json()["version"]["number"]
    assert version.split(".")[0] == "8"  # from 7 on it leaves `_type` out
    assert sender.ask("GET", "/_cluster/health", **who).status_code == 200
    line = {"file": "/var/log/a", "host": "web-1", "message": ACCESS, "source_type": "file", "timestamp": AT}
    sent = body('{"index":{"_index":"vector-2026.11.17"}}', line)
    headers = {**who, "content_type": "application/x-ndjson"}
    if packed:
        sent, headers = (
            gzip.compress(sent),
            {**headers, "content_encoding": "gzip", "accept_encoding": "gzip"},
        )
    answer = sender.ask("POST", "/_bulk?timeout=60s", sent, **headers)
    assert answer.status_code == 200
    assert '"errors":true' not in answer.text
    the_request(sender)
    bad = body('{"index":{"_index":"vector"}}', {"timestamp": "never", "source_ip": "192.0.2.1", "n": 1})
    told = sender.ask("POST", "/_bulk?timeout=60s", bad, **who, content_type="application/x-ndjson")
    assert '"errors":true' in told.text


@pytest.mark.parametrize(
    "action", ['{"create":{"_index":"fluent-bit","_type":"_doc"}}', '{"create":{"_index":"f"}}']
)
@pytest.mark.parametrize("by", ["http_user", "http_api_key"])
def test_fluent_bit(sender: Sender, action: str, by: str) -> None:
    """No question first. A whole chunk comes again while an item has an error: what is stored stays once."""
    who = basic(sender.token) if by == "http_user" else f"ApiKey {sender.token}"
    headers = {"user_agent": "Fluent-Bit", "content_type": "application/x-ndjson", "authorization": who}
    sent = body(action, {"@timestamp": AT, "log": ACCESS})
    for _ in range(2):
        answer = sender.ask("POST", "/_bulk", sent, **headers)
        assert (answer.status_code, answer.json()["errors"]) == (200, False)
    the_request(sender)
    chunk = sent + body(action, {"@timestamp": "never", "source.ip": "192.0.2.1"})
    for _ in range(3):
        assert sender.ask("POST", "/_bulk", chunk, **headers).json()["errors"] is True
    the_request(sender)
    assert sender.desk.events.ledger()[sender.entry.id] == Fates(stored=1, quarantined=3, duplicate=4)


def test_logstash(sender: Sender) -> None:
    """Alive (HEAD), version, licence; template; roll-over alias and policy; then events, packed."""
    who = {"authorization": "ApiKey " + base64.b64encode(f"any:{sender.token}".encode()).decode()}
    assert sender.ask("HEAD", "/", **who).status_code == 200
    product = sender.ask("GET", "/", **who)
    assert product.headers["x-elastic-product"] == "Elasticsearch"
    assert product.json()["version"]["build_flavor"] == "default"
    assert sender.ask("GET", "/_license", **who).json()["license"]["status"] == "active"
    for method, path in (
        ("HEAD", "/_index_template/ecs-logstash"),
        ("GET", "/_ilm/policy/logstash-policy"),
        ("HEAD", "/ecs-logstash"),
    ):
        assert sender.ask(method, path, **who).status_code == 404
    for path in (
        "/_index_template/ecs-logstash",
        "/_ilm/policy/logstash-policy",
        "/%3Cecs-logstash-%7Bnow%2Fd%7D-000001%3E",
    ):
        assert sender.ask("PUT", path, b"{}", **who).json() == {"acknowledged": True}
    line = {
        "@timestamp": AT,
        "@version": "1",
        "event": {"original": ACCESS},
        "host": {"name": "web-1"},
        "log": {"file": {"path": "/var/log/a"}},
        "message": ACCESS,
    }
    sent = body('{"index":{"_id":null,"_index":"ecs-logstash","routing":null}}', line)
    sent += body(
        '{"index":{"_id":null,"_index":"ecs-logstash","routing":null}}', {"@timestamp": "never", "n": 1}
    )
    answer = sender.ask(
        "POST",
        "/_bulk?filter_path=errors,items.*.error,items.*.status",
        gzip.compress(sent),
        **who,
        content_encoding="gzip",
        content_type="application/json",
    ).json()
    assert [item["index"]["status"] for item in answer["items"]] == [201, 400]
    assert answer["items"][1]["index"]["error"]["type"] == "document_parsing_exception"
    the_request(sender)


def test_logstash_with_data_streams(sender: Sender) -> None:
    action = '{"create":{"_id":null,"_index":"logs-generic-default","routing":null}}'
    data_stream = {"type": "logs", "dataset": "generic", "namespace": "default"}
    line = {"@timestamp": AT, "data_stream": data_stream, "host": {"name": "web-1"}, "message": ACCESS}
    assert sender.ask("POST", "/_bulk", body(action, line)).json()["errors"] is False
    the_request(sender)


def test_logstash_that_looks_for_more_nodes_stays(sender: Sender) -> None:
    """`sniffing => true`: no nodes, and it goes on with those it has."""
    assert sender.ask("GET", "/_nodes/http").json()["nodes"] == {}
