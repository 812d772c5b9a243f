"""An installation with a bit of everything, and its clock."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from taishi.app.desk import Desk, open_desk
from taishi.app.sensors import Wanted
from taishi.core.clock import FixedClock
from taishi.core.event import Batch, BatchBuilder
from taishi.core.ledger import INBOX, Delivery
from taishi.core.records import Bureau, Unit

NOW = datetime(2026, 11, 17, 7, 20, tzinfo=UTC)


def flows(first: int, count: int) -> Batch:
    builder = BatchBuilder("flow", "test", "backup")
    for n in range(first, first + count):
        builder.add(n, {"@timestamp": NOW, "source.ip": f"10.0.{n // 250}.{n % 250}", "destination.port": n})
    batch = builder.take()
    assert batch is not None
    return batch


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return tmp_path / "data"


@pytest.fixture
def desk(data: Path) -> Iterator[Desk]:
    opened = open_desk(data, clock=FixedClock(NOW))
    made = opened.people.first_person()
    assert made is not None
    opened.settings.set_bureau(Bureau("示例县数据资源管理局", "示数资函", "王某某", "0555"), made[0])
    opened.state.put(Unit("u1", "县教育局"))
    opened.sensors.add(Wanted("web-1", "bulk"), "system")
    opened.events.write([flows(0, 500)], Delivery(INBOX))
    getattr(opened.events, "flush")()  # noqa: B009 - of the embedded store
    opened.events.write([flows(400, 200)], Delivery(INBOX, lambda: 3))
    (data / "papers").mkdir(exist_ok=True)
    (data / "papers" / "报告.bin").write_bytes(bytes(range(256)) * 40)
    ring = data / "sensors" / "x" / "ring"
    ring.mkdir(parents=True)
    (ring / "1.pcap").write_bytes(b"packets")
    yield opened
    opened.close()
