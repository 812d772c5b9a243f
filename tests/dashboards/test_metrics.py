"""`/metrics`: who may read it, and what it says."""

import asyncio
from collections.abc import Mapping

import httpx
import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families

from dashboards.application import create_app
from taishi.app.desk import Desk
from taishi.app.sensors import Wanted
from taishi.core.event import BatchBuilder
from taishi.core.ledger import INBOX, Delivery
from tests.dashboards.conftest import NOW, desk, empty_data

__all__ = ["desk", "empty_data"]


def ask(desk: Desk, host: str, headers: Mapping[str, str] = {}, why: tuple[str, ...] = ()) -> httpx.Response:
    async def asked() -> httpx.Response:
        app = create_app(desk, lambda: why)
        transport = httpx.ASGITransport(app, client=(host, 50000))
        async with httpx.AsyncClient(transport=transport, base_url="http://taishi") as client:
            return await client.get("/metrics", headers=dict(headers))

    return asyncio.run(asked())


def told(answer: httpx.Response) -> dict[tuple[str, str], float]:
    families = text_string_to_metric_families(answer.text)
    samples = [sample for family in families for sample in family.samples]
    return {(sample.name, sample.labels.get("sensor", "")): sample.value for sample in samples}


def test_every_fate_by_sensor(desk: Desk) -> None:
    entry, _ = desk.sensors.add(Wanted('web "1"\n'.strip(), "bulk"), "system")
    builder = BatchBuilder("flow", "x", "y")
    builder.add(0, {"@timestamp": NOW, "source.ip": "192.0.2.1"})
    batch = builder.take()
    assert batch is not None
    desk.events.write([batch, batch], Delivery(entry.id, lambda: 3))
    desk.events.write([batch], Delivery(INBOX))
    found = told(ask(desk, "127.0.0.1"))
    name = 'web "1"'
    assert found["taishi_events_stored_total", name] == 1
    assert found["taishi_events_duplicate_total", name] == 1
    assert found["taishi_events_quarantined_total", name] == 3
    assert found["taishi_events_acknowledged_total", name] == found["taishi_events_received_total", name] == 5
    assert found["taishi_events_duplicate_total", INBOX] == 1
    assert found["taishi_healthy", ""] == 1


def test_what_is_wrong_shows(desk: Desk) -> None:
    assert told(ask(desk, "::1", why=("the disk is full",)))["taishi_healthy", ""] == 0


@pytest.mark.parametrize("host", ["192.0.2.7", "2001:db8::1", "nonsense"])
def test_from_elsewhere_it_asks_who(desk: Desk, host: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert ask(desk, host).status_code == 401
    assert ask(desk, host, {"Authorization": "Bearer "}).status_code == 401
    monkeypatch.setenv("TAISHI_METRICS_TOKEN", "a long secret")
    assert ask(desk, host, {"Authorization": "Bearer wrong"}).status_code == 401
    assert ask(desk, host, {"Authorization": "Bearer a long secret"}).status_code == 200
