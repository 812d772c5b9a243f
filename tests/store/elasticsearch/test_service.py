"""The running service while its Elasticsearch is away: red within 30 s, nothing lost, green by itself."""

import json
import re
import subprocess
import sys
import time
import urllib.request
from contextlib import closing
from pathlib import Path

import gate
import pytest

from taishi.app.desk import open_desk
from taishi.core.ports import Find, Query
from taishi.core.records import Hit
from taishi.store import open_event_store
from tests.app.running import health, healthy, service, wait_for
from tests.app.test_rulebook import lay
from tests.app.test_service_rules import CLEARED, SPECIAL, drop

#: Seconds that issue 8 gives health to turn.
RED_S = 30


def token(data: Path, uri: str) -> str:
    command = [sys.executable, "-m", "taishi.cli.main", "sensor", "add", "web", "--kind", "bulk", "--json"]
    done = subprocess.run(
        [*command, "--data", str(data), "--store", uri], capture_output=True, text=True, check=True
    )
    return str(json.loads(done.stdout)["token"])


def deliver(address: str, key: str, first: int, count: int) -> None:
    body = "".join(
        f'{{"create":{{"_index":"a","_id":"{n}"}}}}\n'
        + json.dumps({"@timestamp": "2026-11-17T07:00:00Z", "message": f"entry {n}"})
        + "\n"
        for n in range(first, first + count)
    )
    asked = urllib.request.Request(  # noqa: S310 - loopback
        f"{address}/_bulk", body.encode(), {"Authorization": f"ApiKey {key}"}, method="POST"
    )
    with urllib.request.urlopen(asked, timeout=60) as answer:  # noqa: S310
        assert json.load(answer)["errors"] is False


def counts(address: str) -> dict[str, int]:
    """The sender's figures that are not nought."""
    with urllib.request.urlopen(f"{address}/metrics", timeout=10) as answer:  # noqa: S310 - loopback
        found = re.findall(r'taishi_events_(\w+)_total\{sensor="web"\} (\d+)', answer.read().decode())
    return {name: int(count) for name, count in found if int(count)}


def stored(uri: str) -> int:
    with closing(open_event_store(uri, read_only=True)) as store:
        return store.count(Query())


def hits(data: Path, uri: str) -> list[Hit]:
    with closing(open_desk(data, store_uri=uri, read_only=True)) as desk:
        return desk.state.find(Hit, Find({"rule": CLEARED}))


@pytest.mark.elasticsearch
@pytest.mark.timeout(240)
def test_health_turns_red_and_green_and_nothing_is_lost(uri, elasticsearch_url, tmp_path):
    data, prefix = tmp_path / "data", uri.rpartition("/")[2]
    with gate.gate(elasticsearch_url) as way:
        through = f"elasticsearch+{way.url}/{prefix}"
        with service(data, "--store", through) as (_, address):
            wait_for(lambda: healthy(address), "healthy at first")
            key = token(data, through)
            deliver(address, key, 0, 50)
            for first, how in ((50, "refused"), (100, "silent")):
                way.shut(how)
                began = time.monotonic()
                wait_for(lambda: bool(health(address).get("why")), "red")
                assert time.monotonic() - began < RED_S
                deliver(address, key, first, 50)
                wait_for(lambda: any("50 events wait here" in why for why in health(address)["why"]), "told")
                way.open()
                wait_for(lambda: healthy(address), "green again")
            deliver(address, key, 100, 100)
            assert counts(address) == {"received": 250, "acknowledged": 250, "stored": 200, "duplicate": 50}
    assert stored(uri) == 200


@pytest.mark.elasticsearch
@pytest.mark.timeout(240)
def test_rules_search_what_came_before_a_kill(uri, tmp_path, monkeypatch):
    """The service is killed while events wait for the next look of rules at them; none is told twice."""
    monkeypatch.setenv("TAISHI_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("TAISHI_STORE", uri)
    data = tmp_path / "data"
    lay(data / "rules" / "logons", special=SPECIAL)
    words = ("--sigma-on", "store")
    with service(data, *words) as (process, address):
        wait_for(lambda: healthy(address), "console answers")
        wait_for(lambda: "rules search the store" in (tmp_path / "up.log").read_text(), "rules are put in")
        drop(data, "special", range(3), code=4672)
        wait_for(lambda: stored(uri) == 3, "three events are stored")
        process.kill()
        process.wait()
    assert hits(data, uri) == []
    with service(data, *words) as (_, address):
        wait_for(lambda: len(hits(data, uri)) == 3, "what had come is found")
        assert healthy(address)
