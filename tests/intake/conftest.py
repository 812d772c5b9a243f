"""The intake over a real desk, asked as a client asks."""

import asyncio
import base64
import gzip
import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from taishi.app.desk import Desk, open_desk
from taishi.app.quarantine import Quarantine
from taishi.app.reception.reception import Reception
from taishi.app.sensors import Wanted
from taishi.core.clock import FixedClock
from taishi.core.event import Event
from taishi.core.ports import Query
from taishi.intake.application import Intake

NOW = datetime(2026, 11, 17, 7, 20, tzinfo=UTC)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    opened = open_desk(tmp_path / "data", clock=FixedClock(NOW))
    yield opened
    opened.close()


def lines(*documents: Mapping[str, Any] | bytes, action: str = "create", index: str = "logs") -> bytes:
    """A body in which each document has an action before it."""
    raw = [one if isinstance(one, bytes) else json.dumps(one).encode() for one in documents]
    told = json.dumps({action: {"_index": index}}).encode()
    return b"".join(told + b"\n" + one + b"\n" for one in raw)


class Sender:
    """A log shipper with a token."""

    def __init__(self, desk: Desk, folder: Path, **wanted: Any) -> None:
        self.desk, self.folder = desk, folder
        self.entry, token = desk.sensors.add(Wanted("web-1", "bulk", **wanted), "system")
        assert token
        self.token = token
        self.reception = Reception(desk, Quarantine(folder))
        self.app: Any = Intake(self.reception, desk.sensors)

    def ask(self, method: str, path: str, content: bytes = b"", **headers: str) -> httpx.Response:
        return asyncio.run(self._ask(method, path, content, headers))

    async def _ask(
        self, method: str, path: str, content: bytes, headers: Mapping[str, str]
    ) -> httpx.Response:
        transport = httpx.ASGITransport(self.app, client=("192.0.2.50", 40000))
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        sent = {"authorization": f"ApiKey {self.token}", **named}
        async with httpx.AsyncClient(transport=transport, base_url="http://taishi") as client:
            return await client.request(method, path, content=content, headers=sent)

    def bulk(self, *documents: Mapping[str, Any] | bytes, **headers: str) -> dict[str, Any]:
        """What the items of one request became."""
        answer = self.ask("POST", "/_bulk", lines(*documents), **headers)
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    def events(self) -> Sequence[Event]:
        return self.desk.events.search(Query(limit=10_000, newest_first=False)).events

    def kept(self) -> list[dict[str, Any]]:
        """What lies in quarantine."""
        found = sorted(self.folder.glob("*.jsonl")) if self.folder.exists() else []
        return [json.loads(line) for path in found for line in path.read_text().splitlines()]


@pytest.fixture
def sender(desk: Desk, tmp_path: Path) -> Sender:
    return Sender(desk, tmp_path / "quarantine")


def basic(token: str) -> str:
    return "Basic " + base64.b64encode(f"elastic:{token}".encode()).decode()


def packed(body: bytes) -> bytes:
    return gzip.compress(body)
