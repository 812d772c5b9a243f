"""An evidence file with one bit flipped: every byte of the form, and a sample of places by the whole check.

Run: scripts/bench evidence_file
The letter, papers, blocks and audit of the tests (`tests/app/evidence_file/conftest.py`), its PDF set and
sealed; a minute of CPU. No peer makes such a file. Bar: every flip is found, and a flip inside a part names
that part.
"""

import json
import os
import random
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from taishi.app.desk import open_desk
from taishi.app.evidence_file.checking import check
from taishi.app.evidence_file.making import make_evidence
from taishi.core.clock import FixedClock
from taishi.kit.plain_zip import read_plain_zip
from tests.app.conftest import NOW
from tests.app.evidence_file.conftest import issued

RESULT = Path(__file__).parent / "results" / "evidence_file.json"
PAGE = Path(__file__).parent.parent / "docs" / "accuracy.md"
MARKS = ("<!-- evidence:begin -->", "<!-- evidence:end -->")
SAMPLE, SEED = 1000, 7


def flipped(body: bytes, place: int, bit: int) -> bytes:
    changed = bytearray(body)
    changed[place] ^= 1 << bit
    return bytes(changed)


def places_of(body: bytes) -> dict[int, str]:
    """Of each byte that is a part's content, the part's name."""
    held, at = {}, 0
    for name, content in read_plain_zip(body).members:
        at += 30 + len(name)
        held |= dict.fromkeys(range(at, at + len(content)), name)
        at += len(content)
    return held


def measured(body: bytes) -> dict[str, int]:
    chance, held = random.Random(SEED), places_of(body)  # noqa: S311 - places, no secrets
    form = sum(read_plain_zip(flipped(body, at, at % 8)).damage is not None for at in range(len(body)))
    found = right = inside = 0
    for place in chance.sample(range(len(body)), SAMPLE):
        problems = {name for name, _ in check(flipped(body, place, place % 8)).problems}
        found += bool(problems)
        if place in held:
            inside += 1
            # What the seal does not fit is the signature, where the manifest itself can still be read.
            right += bool(
                problems & {held[place], *(["manifest.json.sig"] * (held[place] == "manifest.json"))}
            )
    return {"bytes": len(body), "found_by_form": form, "sample": SAMPLE, "found": found, "inside": inside,
            "named": right}  # fmt: skip


def main() -> int:
    with tempfile.TemporaryDirectory() as folder:
        desk = open_desk(Path(folder) / "data", clock=FixedClock(NOW))
        letter = issued(desk)
        make_evidence(desk, letter, "auditor")  # the PDF is set and sealed
        started = time.process_time()
        body = make_evidence(desk, letter, "auditor")
        made = time.process_time() - started
        desk.close()
    started = time.process_time()
    whole = not check(body).problems
    checked = time.process_time() - started
    told = measured(body) | {"whole": whole, "make_ms": round(made * 1000), "check_ms": round(checked * 1000)}
    RESULT.write_text(json.dumps(told, indent=1) + "\n")
    rows = (
        ("size of the file", f"{told['bytes']:,} bytes"),
        ("CPU to make it again, the PDF kept", f"{told['make_ms']} ms"),
        ("CPU to check it", f"{told['check_ms']} ms"),
        ("one bit flipped in each byte: not of the form", f"{told['found_by_form']:,} of {told['bytes']:,}"),
        ("of a sample, found by the whole check", f"{told['found']:,} of {told['sample']:,}"),
        ("of those inside a part, the part named", f"{told['named']:,} of {told['inside']:,}"),
    )
    table = "| evidence file | figure |\n| --- | --- |\n" + "".join(f"| {a} | {b} |\n" for a, b in rows)
    before, _, rest = PAGE.read_text("utf-8").partition(MARKS[0])
    _, _, after = rest.partition(MARKS[1])
    PAGE.write_text(f"{before}{MARKS[0]}\n{table}{MARKS[1]}{after}", "utf-8")
    whole_found = told["found_by_form"] == told["bytes"] and told["found"] == told["sample"]
    return 0 if whole and whole_found and told["named"] == told["inside"] else 1


if __name__ == "__main__":
    os.environ.pop("TAISHI_SEAL", None)
    sys.exit(main())
