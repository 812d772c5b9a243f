"""Two platforms: one has events, alerts and letters to tell, the other begins empty."""

import shutil
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from taishi.app.desk import Desk, open_desk
from taishi.app.seal import open_seal
from taishi.app.settings import DEFAULT_BUREAU
from taishi.core.clock import FixedClock
from taishi.core.event import Batch, BatchBuilder
from tests.app.conftest import NOW, verdict


def flows(count: int, first: int = 0) -> Batch:
    """`count` flows of a second each, each with fields of its own and a raw record."""
    builder = BatchBuilder("flow", "test", "exchange")
    for n in range(first, first + count):
        row = {
            "@timestamp": NOW + timedelta(seconds=n, microseconds=n),
            "source.ip": f"10.34.{n % 200}.{n % 250}",
            "destination.ip": "198.51.100.7",
            "destination.port": n % 65536,
            "taishi.sensor": "edge",
        }
        builder.add(n, row, {"n": n, "一": [1.5, None]}, f"raw {n}")
    batch = builder.take()
    assert batch is not None
    return batch


def names() -> Batch:
    builder = BatchBuilder("dns", "test", "exchange")
    for n in range(3):
        builder.add(n, {"@timestamp": NOW, "dns.question.name": f"n{n}.example", "host.ip": ["192.0.2.1"]})
    batch = builder.take()
    assert batch is not None
    return batch


@pytest.fixture(scope="session")
def seals(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folders with the seal of each platform: making a key takes a second."""
    folder = tmp_path_factory.mktemp("seals")
    for name in ("county", "city", "back"):
        (folder / name).mkdir()
        open_seal(folder / name, FixedClock(NOW), lambda: DEFAULT_BUREAU.name)
    return folder


@pytest.fixture
def open_platform(tmp_path: Path, seals: Path) -> Iterator[Callable[[str], Desk]]:
    """Opens the platform of that name."""
    opened: list[Desk] = []

    def open_(name: str) -> Desk:
        shutil.copytree(seals / name, tmp_path / name)
        opened.append(open_desk(tmp_path / name, clock=FixedClock(NOW + timedelta(hours=1))))
        return opened[-1]

    yield open_
    for desk in opened:
        desk.close()


@pytest.fixture
def county(open_platform: Callable[[str], Desk]) -> Desk:
    """Has 500 flows, three questions to a name server, an alert and its letter."""
    desk = open_platform("county")
    desk.events.write([flows(500), names()])
    alert = desk.alerts.record(verdict(threat="compromised", level="high"))
    assert alert is not None
    desk.letters.draft([alert.id], "system", "disposal")
    return desk


@pytest.fixture
def city(open_platform: Callable[[str], Desk]) -> Desk:
    return open_platform("city")
