"""All behaviours together over generated flows: CPU-seconds, cost as flows grow, memory. No peer does this.

Run: scripts/bench behaviours
The flows are of 2,000 hosts over a day, each with some sixty servers that it goes to more or less often.
Bars: 100,000 flows a CPU-second of a million; each costs at most 1.25 times one of a hundred thousand.
"""

import json
import resource
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pyarrow as pa

from detections.behaviours.catalogue import all_behaviours
from detections.ledger.ledger import Ledger
from detections.networks import Networks
from taishi.core import ecs
from taishi.core.event import Batch

RESULT = Path(__file__).parent / "results" / "behaviours.json"
NUMBERS, PART, ROWS = (100_000, 1_000_000), 100_000, 4096
HOSTS, SERVERS = 2000, 3200
#: 2026-03-02 00:00 in Asia/Shanghai, microseconds.
_START = 1_772_380_800_000_000
RATE_BAR, GROWTH_BAR = 100_000, 1.25


def flows(seed: int, number: int = PART) -> pa.RecordBatch:
    """Flows of one day in no order, one in twenty in vain."""
    dice, fixed = np.random.default_rng(seed), np.random.default_rng(0)
    host = dice.integers(0, HOSTS, number)
    server = (host * 37 + (dice.zipf(1.3, number) % 60) * (host % 13 + 1)) % SERVERS
    vain = dice.random(number) < 0.05
    ports = fixed.choice([443, 443, 443, 80, 53, 22, 8443, 445], SERVERS)
    protocols = fixed.choice(["tls", "http", "", "dns"], SERVERS)
    sources = np.array([f"10.0.{n >> 8}.{n & 255}" for n in range(HOSTS)])
    servers = np.array([f"203.0.{n >> 8}.{n & 255}" for n in range(SERVERS)])
    answer = dice.integers(1, 40_000, number) * ~vain
    columns = {
        "@timestamp": pa.array(
            _START + dice.integers(0, 86_000_000_000, number), pa.timestamp("us", tz="UTC")
        ),
        "event.id": pa.array([f"{seed:08x}{n:024x}" for n in range(number)]),
        "source.ip": pa.array(sources[host]),
        "source.port": pa.array(dice.integers(1024, 65535, number)),
        "destination.ip": pa.array(servers[server]),
        "destination.port": pa.array(ports[server]),
        "network.transport": pa.array(["tcp"] * number),
        "network.protocol": pa.array(protocols[server]),
        "taishi.flow.state": pa.array(np.where(vain, "S0", "SF")),
        "source.bytes": pa.array(dice.integers(100, 5000, number)),
        "destination.bytes": pa.array(answer + 40 * ~vain),
        "source.packets": pa.array(dice.integers(1, 30, number)),
        "destination.packets": pa.array(dice.integers(1, 30, number) * ~vain),
        "taishi.flow.source_payload": pa.array(dice.integers(1, 4000, number) * ~vain),
        "taishi.flow.destination_payload": pa.array(answer),
        "event.duration": pa.array(dice.integers(10**6, 10**11, number)),
    }
    schema = ecs.schema("flow")
    arrays = [
        columns[field.name].cast(field.type) if field.name in columns else pa.nulls(number, field.type)
        for field in schema
    ]
    return pa.RecordBatch.from_arrays(arrays, schema=schema)


def measure(number: int) -> dict[str, float]:
    """One run in this process: CPU-seconds of observing and judging, and the memory that they took."""
    ledger, spent = Ledger(Networks(), all_behaviours()), 0.0
    for part in range(number // PART):
        rows = flows(part + 1)
        begun = time.process_time()
        for start in range(0, PART, ROWS):
            ledger.observe(Batch("flow", rows.slice(start, ROWS)))
        spent += time.process_time() - begun
    begun = time.process_time()
    ledger.judged()
    spent += time.process_time() - begun
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {"flows": number, "cpu_s": spent, "rate": number / spent, "rss_mib": memory, "rows": ledger.rows}


def main() -> int:
    if len(sys.argv) > 1:
        print(json.dumps(measure(int(sys.argv[1]))))
        return 0
    runs = []
    for number in NUMBERS:
        of = [json.loads(_run(number)) for _ in range(3)]
        runs.append(sorted(of, key=lambda one: float(one["cpu_s"]))[1])
    small, large = runs
    growth = (large["cpu_s"] / large["flows"]) / (small["cpu_s"] / small["flows"])
    holds = large["rate"] >= RATE_BAR and growth <= GROWTH_BAR
    RESULT.write_text(json.dumps({"runs": runs, "growth": growth, "holds": holds}, indent=1) + "\n")
    for one in runs:
        print(f"{one['flows']:>9,} flows: {one['rate']:>9,.0f} a CPU-second, {one['rss_mib']:.0f} MiB")
    print(f"cost a flow grows {growth:.2f} times; bars {'hold' if holds else 'do NOT hold'}")
    return 0 if holds else 1


def _run(number: int) -> str:
    """A process of its own, so that nothing of one run is warm for the next."""
    command = [sys.executable, __file__, str(number)]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout  # noqa: S603 - us


if __name__ == "__main__":
    sys.exit(main())
