"""Stamping owners and places together, with the product's own file of countries. No peer does this.

Run: scripts/bench places
The register and the million events of `bench/register.py`; each measure is the quickest of three runs.
Bar: 500,000 events a CPU-second with both.
"""

import json
import sys
import time
from pathlib import Path

from register import EVENTS, RATE_BAR, batches, register

from enrichment.geography import Geography, default_files
from enrichment.ownership import OwnershipEnricher
from enrichment.register import AddressRegister
from taishi.core.event import Batch

RESULT = Path(__file__).parent / "results" / "places.json"
PAGE = Path(__file__).parent.parent / "docs" / "accuracy.md"
MARKS = ("<!-- places:begin -->", "<!-- places:end -->")
RUNS = 3


def stamping(distinct: int, moved: bool) -> dict[str, float]:
    given, owners = batches(distinct), OwnershipEnricher(AddressRegister(*register(moved)))
    runs = [_run(given, owners) for _ in range(RUNS)]
    spent, placed = min(runs)
    return {
        "addresses": distinct,
        "cpu_s": round(spent, 2),
        "events_per_cpu_s": round(EVENTS / spent),
        "placed": placed,
    }


def _run(given: list[Batch], owners: OwnershipEnricher) -> tuple[float, int]:
    """CPU seconds, from files just opened, and how many events got a country."""
    places, placed = Geography(default_files()), 0
    started = time.process_time()
    for batch in given:
        stamped = places.enrich(owners.enrich(batch)).rows.column("destination.geo.country_iso_code")
        placed += len(stamped) - stamped.null_count
    return time.process_time() - started, placed


def main() -> int:
    if not default_files():
        print("places: the file of countries is not there; run scripts/get-assets", file=sys.stderr)
        return 1
    found = {
        "few": stamping(2_000, False),
        "many": stamping(200_000, False),
        "all different": stamping(EVENTS, False),
        "moved": stamping(200_000, True),
    }
    RESULT.write_text(json.dumps({"events": EVENTS, "bar": RATE_BAR, "stamping": found}, indent=1) + "\n")
    head = "| owners and places stamped | events per CPU-second | with a country |\n| --- | --- | --- |\n"
    rows = "".join(
        f"| {name} | {one['events_per_cpu_s']:,} | {one['placed']:,} |\n" for name, one in found.items()
    )
    before, _, rest = PAGE.read_text("utf-8").partition(MARKS[0])
    _, _, after = rest.partition(MARKS[1])
    PAGE.write_text(f"{before}{MARKS[0]}\n{head}{rows}{MARKS[1]}{after}", "utf-8")
    slow = [name for name, one in found.items() if one["events_per_cpu_s"] < RATE_BAR]
    return 1 if slow else 0


if __name__ == "__main__":
    sys.exit(main())
