"""The running service as its senders see it: unchanged clients, a kill -9 in between, the figures after."""

import json
import socket
import ssl
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import elasticsearch
import pytest
from elasticsearch import Elasticsearch, helpers
from prometheus_client.openmetrics.parser import text_string_to_metric_families

from tests.app.running import free_port, health, service, wait_for
from tests.sensors.syslog_port.authority import Authority

LINE = "2026-11-17T07:00:00Z"


def added(data: Path, *words: str) -> str:
    """The token of a new sender."""
    command = [sys.executable, "-m", "taishi.cli.main", "sensor", "add", "web-1", "--kind", "bulk", "--json"]
    done = subprocess.run([*command, *words, "--data", str(data)], capture_output=True, text=True, check=True)
    told = json.loads(done.stdout)
    assert told["name"] == "web-1"
    return str(told["token"])


def documents(first: int, count: int) -> list[dict[str, Any]]:
    return [
        {"@timestamp": LINE, "message": f"entry {n}", "source": {"ip": "192.0.2.1"}, "event": {"id": str(n)}}
        for n in range(first, first + count)
    ]


def figures(address: str, trust: ssl.SSLContext | None = None) -> dict[str, float]:
    """`/metrics` of the one sender, by name."""
    with urllib.request.urlopen(f"{address}/metrics", timeout=10, context=trust) as answer:  # noqa: S310 - loopback
        assert answer.headers["Content-Type"].startswith("application/openmetrics-text; version=1.0.0")
        families = list(text_string_to_metric_families(answer.read().decode()))
    found: dict[str, float] = {}
    for sample in (sample for family in families for sample in family.samples):
        if sample.labels.get("sensor", "web-1") == "web-1":
            found[sample.name] = sample.value
    return found


def settled(found: dict[str, float]) -> tuple[float, ...]:
    names = ("received", "acknowledged", "stored", "quarantined", "duplicate")
    return tuple(found[f"taishi_events_{name}_total"] for name in names)


@pytest.fixture
def running(tmp_path: Path) -> Iterator[tuple[Path, str, str]]:
    """Data, address and a sender's token."""
    data = tmp_path / "data"
    with service(data) as (_, address):
        wait_for(lambda: bool(health(address)), "console answers")
        yield data, address, added(data, "--unit", "县教育局")


def client(address: str, token: str) -> Elasticsearch:
    return Elasticsearch(address, api_key=token, request_timeout=60)


def test_the_official_client_writes_and_gets_its_errors_back(running: tuple[Path, str, str]) -> None:
    _, address, token = running
    with client(address, token) as asked:
        assert asked.info()["version"]["number"].startswith("8.19")
        given = [{"_index": "logs", **one} for one in documents(0, 500)]
        assert helpers.bulk(asked, given) == (500, [])
        assert helpers.bulk(asked, given) == (500, [])
        bad = [{"_index": "logs", "@timestamp": "never", "source": {"ip": "192.0.2.1"}}]
        with pytest.raises(helpers.BulkIndexError) as wrong:
            helpers.bulk(asked, [*given[:1], *bad])
        (told,) = wrong.value.errors
        assert told["index"]["status"] == 400
        assert "@timestamp is no time" in told["index"]["error"]["reason"]
    with Elasticsearch(address, basic_auth=("anyone", token)) as asked:
        assert helpers.bulk(asked, given[:10]) == (10, [])
    assert settled(figures(address)) == (1012, 1012, 500, 1, 511)


def test_over_tls_the_service_is_known_by_its_certificate(tmp_path: Path) -> None:
    trusted = Authority(tmp_path / "trusted")
    certificate, key = trusted.issue("127.0.0.1")
    data, port = tmp_path / "data", free_port()
    secure = f"https://127.0.0.1:{port}"
    with service(data, "--tls-cert", certificate, "--tls-key", key, port=port):
        wait_for(lambda: _listens(port), "service listens")
        token = added(data)
        with Elasticsearch(secure, api_key=token, ca_certs=str(trusted.certificate)) as asked:
            assert helpers.bulk(asked, [{"_index": "logs", **one} for one in documents(0, 50)]) == (50, [])
        stranger = Authority(tmp_path / "stranger")
        with (
            Elasticsearch(secure, api_key=token, ca_certs=str(stranger.certificate), max_retries=0) as asked,
            pytest.raises(elasticsearch.ConnectionError, match="TLS error"),
        ):
            asked.info()
        with pytest.raises(OSError):  # noqa: PT011 - a plain client is cut off, however its system says so
            urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=10)


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def test_killed_under_load_the_ledger_agrees(tmp_path: Path) -> None:
    """A client that sends again until it is told: all is there once, and counted."""
    data, port = tmp_path / "data", free_port()
    address, done = f"http://127.0.0.1:{port}", threading.Event()
    left = [documents(20 * n, 20) for n in range(400)]
    with service(data, port=port) as (process, _):
        wait_for(lambda: bool(health(address)), "console answers")
        token = added(data)
        loader = threading.Thread(target=_send, args=(address, token, left, done), daemon=True)
        loader.start()
        while len(left) > 300:
            time.sleep(0.001)
        process.kill()
        process.wait()
    assert left
    with service(data, port=port):
        wait_for(lambda: bool(health(address)), "console answers again")
        wait_for(done.is_set, "all is sent")
        loader.join()
        found = figures(address)
        received, acknowledged, stored, quarantined, duplicate = settled(found)
        assert stored == 8000
        assert acknowledged == stored + quarantined + duplicate == received
        assert found["taishi_healthy"] in (0, 1)


def _send(address: str, token: str, left: list[list[dict[str, Any]]], done: threading.Event) -> None:
    while left:
        body = "".join(f'{{"create":{{"_index":"a"}}}}\n{json.dumps(one)}\n' for one in left[0]).encode()
        asked = urllib.request.Request(  # noqa: S310 - loopback
            f"{address}/_bulk", body, {"Authorization": f"ApiKey {token}"}, method="POST"
        )
        try:
            with urllib.request.urlopen(asked, timeout=10) as answer:  # noqa: S310
                assert json.load(answer)["errors"] is False
            left.pop(0)
        except (OSError, urllib.error.URLError):
            time.sleep(0.2)
    done.set()


def test_the_console_is_untouched_beside_it(running: tuple[Path, str, str]) -> None:
    _, address, token = running
    with urllib.request.urlopen(address, timeout=10) as page:  # noqa: S310
        assert "<html" in page.read().decode()
    asked = urllib.request.Request(address, headers={"Authorization": f"ApiKey {token}"})  # noqa: S310
    with urllib.request.urlopen(asked, timeout=10) as answer:  # noqa: S310
        assert json.load(answer)["tagline"] == "You Know, for Search"
