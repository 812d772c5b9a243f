"""A desk with telnet sessions among its flows, in any number, and what our rules make of them."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from taishi.app.desk import Desk, open_desk
from taishi.app.nodes.finder import Finder
from taishi.core.event import Batch, BatchBuilder
from taishi.core.records import Hit
from tests.app.conftest import NOW


@pytest.fixture(autouse=True)
def cache(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """Compiled rules are kept from test to test, and not in the home of whoever runs them."""
    monkeypatch.setenv("TAISHI_CACHE", str(tmp_path_factory.getbasetemp() / "cache"))


def flows(count: int, first: int = 0) -> Batch:
    """Every fiftieth is a telnet session that said something."""
    builder = BatchBuilder("flow", "test", "nodes")
    for n in range(first, first + count):
        telnet = n % 50 == 0
        builder.add(
            n,
            {
                "@timestamp": NOW + timedelta(milliseconds=n),
                "source.ip": f"10.34.{n // 250 % 250}.{n % 250}",
                "destination.ip": "10.34.9.9",
                "destination.port": 23 if telnet else 443,
                "network.transport": "tcp",
                "network.protocol": "telnet" if telnet else "tls",
                "taishi.flow.state": "SF",
                "taishi.flow.source_payload": 100,
                "taishi.flow.destination_payload": 200,
            },
        )
    batch = builder.take()
    assert batch is not None
    return batch


def found_alone(desk: Desk) -> dict[str, Hit]:
    """What one process finds that looks at everything once."""
    batches, _ = desk.events.stream(None, 10_000_000)
    return {hit.id: hit for hit in Finder(desk).find(batches)}


@pytest.fixture
def open_data(tmp_path: Path) -> Iterator[Callable[..., Desk]]:
    opened: list[Desk] = []

    def open_(name: str, state_uri: str | None = None) -> Desk:
        opened.append(open_desk(tmp_path / name, state_uri=state_uri))
        return opened[-1]

    yield open_
    for desk in opened:
        desk.close()
