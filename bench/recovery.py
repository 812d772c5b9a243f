"""How long a store with a full spool takes to open, and how much memory.

Run: scripts/bench recovery [-- --megabytes N]   (writes bench/results/recovery.json)
The spool is what a disk that refuses every roll would leave: flows, 20,000 a frame, up to N MB. It is opened
by a process of its own, which then writes one batch that it holds already and one that is new.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import store_events

from taishi.core.event import Batch
from taishi.core.ledger import INBOX, Delivery
from taishi.store.embedded import store as embedded

RESULT = Path(__file__).parent / "results" / "recovery.json"


def fill(root: Path, megabytes: int) -> int:
    """Events written without a roll, until the spool is that large."""
    embedded.ROLL_ROWS = 1 << 60
    store, count = embedded.EmbeddedStore(root), 0
    spool = root / "spool"
    for batch in store_events.batches(1 << 40):
        store.write([batch], Delivery(INBOX))
        count += len(batch)
        if sum(one.stat().st_size for one in spool.iterdir()) >= megabytes << 20:
            break
    store.close()
    return count


def opened(root: Path) -> dict[str, float]:
    """As a program: what opening and the first two writes cost."""
    embedded.ROLL_ROWS = 1 << 60
    begun, cpu = time.perf_counter(), time.process_time()
    store = embedded.EmbeddedStore(root)
    took, cpu = time.perf_counter() - begun, time.process_time() - cpu
    memory = most_memory()
    batches = store_events.batches(1 << 40)
    again: Batch = next(batches)
    begun = time.perf_counter()
    if store.write([again], Delivery(INBOX)).stored:
        raise RuntimeError("an event was stored twice")
    write = time.perf_counter() - begun
    store.close()
    return {
        "seconds": round(took, 2), "cpu_seconds": round(cpu, 2), "rss_mib": memory,
        "seconds_of_a_write": round(write, 2),
    }  # fmt: skip


def most_memory() -> int:
    """MiB of this program; `getrusage` would tell of the process that started it."""
    (line,) = [one for one in Path("/proc/self/status").read_text().splitlines() if one.startswith("VmHWM")]
    return int(line.split()[1]) >> 10


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--megabytes", type=int, default=1024)
    parser.add_argument("--open", type=Path)
    args = parser.parse_args()
    if args.open:
        print(json.dumps(opened(args.open)))
        return 0
    with tempfile.TemporaryDirectory() as folder:
        events = fill(Path(folder), args.megabytes)
        command = [sys.executable, __file__, "--open", folder]
        told = json.loads(subprocess.run(command, check=True, capture_output=True).stdout)  # noqa: S603
    found = {"megabytes": args.megabytes, "events": events, **told}
    RESULT.write_text(json.dumps(found, indent=1) + "\n")
    print(json.dumps(found, indent=1))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
