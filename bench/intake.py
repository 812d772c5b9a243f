"""What a document costs from the body of a `_bulk` request to a durable segment.

Run: scripts/bench intake [-- --documents N]   (writes bench/results/intake.json)
ECS documents as Filebeat sends Zeek's connections (some 590 bytes), 2,000 a request, plain and packed, by
way of the real application, masking, stamping, spool and roll; CPU-seconds of this process, no sockets.
Three runs, each into a store of its own; their figures stand in the order of the runs.
"""

import argparse
import asyncio
import gzip
import json
import random
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from starlette.types import Message

from taishi.app.desk import Desk, open_desk
from taishi.app.quarantine import Quarantine
from taishi.app.reception.reception import Reception
from taishi.app.sensors import Wanted
from taishi.app.sigma_scan import settle
from taishi.core.event import Json
from taishi.intake.application import Intake
from taishi.intake.pace import Pace

RESULT = Path(__file__).parent / "results" / "intake.json"
REQUEST = 2_000
RUNS = 3


def document(rng: random.Random, number: int) -> dict[str, Json]:
    second = f"{number // 3600 % 24:02}:{number // 60 % 60:02}:{number % 60:02}.{number % 1000:03}"
    return {
        "@timestamp": f"2026-11-17T{second}Z",
        "agent": {"type": "filebeat", "version": "8.19.0", "id": "a1b2"},
        "ecs": {"version": "8.0.0"},
        "event": {
            "category": ["network"],
            "kind": "event",
            "dataset": "zeek.connection",
            "id": f"C{number:x}",
        },
        "source": {"ip": _address(rng, "10"), "port": rng.randrange(1024, 65535), **_volume(rng)},
        "destination": {"ip": _address(rng, "203"), "port": rng.choice([22, 53, 80, 443]), **_volume(rng)},
        "network": {"transport": "tcp", "protocol": "tls", "bytes": rng.randrange(10**6)},
        "host": {"name": f"web-{number % 20}"},
        "log": {"file": {"path": "/opt/zeek/conn.log"}, "offset": number},
    }


def _address(rng: random.Random, first: str) -> str:
    return f"{first}.{rng.randrange(8)}.{rng.randrange(256)}.{rng.randrange(256)}"


def _volume(rng: random.Random) -> dict[str, Json]:
    return {"bytes": rng.randrange(10**6), "packets": rng.randrange(100)}


def bodies(count: int) -> Iterator[bytes]:
    rng = random.Random(1)  # noqa: S311 - documents, not secrets
    for first in range(0, count, REQUEST):
        made = (json.dumps(document(rng, n)).encode() for n in range(first, first + REQUEST))
        yield b"".join(b'{"create":{"_index":"logs"}}\n' + one + b"\n" for one in made)


async def sent(app: Intake, token: str, body: bytes, packed: bool) -> int:
    """One request; gives its status."""
    headers = [(b"authorization", b"ApiKey " + token.encode())]
    headers += [(b"content-encoding", b"gzip")] if packed else []
    scope = {
        "type": "http", "method": "POST", "path": "/_bulk", "query_string": b"", "headers": headers,
        "client": ("192.0.2.1", 40000),
    }  # fmt: skip
    status: list[int] = []

    async def receive() -> Message:
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: Message) -> None:
        if message["type"] == "http.response.start":
            status.append(message["status"])

    await app(scope, receive, send)
    return status[0]


def rate(desk: Desk, name: str, given: Sequence[bytes], packed: bool) -> float:
    """Documents a CPU-second."""
    _, token = desk.sensors.add(Wanted(name, "bulk"), "system")
    if token is None:
        raise RuntimeError("no token")
    app = Intake(Reception(desk, Quarantine(desk.data / "quarantine")), desk.sensors, pace=Pace(10**9, 10**9))

    async def all_of() -> None:
        for body in given:
            if await sent(app, token, body, packed) != 200:
                raise RuntimeError("a request was refused")

    begun = time.process_time()
    asyncio.run(all_of())
    desk.events.maintain(desk.clock.now())
    flush = getattr(desk.events, "flush")  # noqa: B009 - of the embedded store only
    flush()
    return len(given) * REQUEST / (time.process_time() - begun)


def run(given: Sequence[bytes], packed: Sequence[bytes]) -> tuple[int, int, int]:
    """Documents a CPU-second plain and packed, and bytes an event on disk."""
    with tempfile.TemporaryDirectory() as folder:
        desk = open_desk(Path(folder) / "data")
        rate(desk, "warm", given[:5], False)
        settle()
        plain = rate(desk, "plain", given, False)
        gzipped = rate(desk, "packed", packed, True)
        files = (Path(folder) / "data" / "events" / "segments").iterdir()
        size = sum(one.stat().st_size for one in files)
        desk.close()
    events = (len(given) + len(packed) + len(given[:5])) * REQUEST
    return round(plain), round(gzipped), round(size / events)


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--documents", type=int, default=100_000)
    args = parser.parse_args()
    given = list(bodies(args.documents))
    packed = [gzip.compress(body, 6) for body in given]
    plain, gzipped, sizes = zip(*(run(given, packed) for _ in range(RUNS)), strict=True)
    found = {
        "documents": args.documents,
        "bytes": round(sum(map(len, given)) / args.documents),
        "per_cpu_second": plain,
        "per_cpu_second_gzip": gzipped,
        "bytes_an_event_on_disk": max(sizes),
    }
    RESULT.write_text(json.dumps(found, indent=1) + "\n")
    print(json.dumps(found, indent=1))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
