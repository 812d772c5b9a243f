"""A hundred letters from alert to PDF, and the annex at its largest. No peer does this.

Run: scripts/bench letters
A register of 100 units; 100 letters of 1 to 19 items, drafted, approved and issued by two people, then
printed by `taishi notice print` in a process of its own, whose memory (with LibreOffice's, proportional set
size) is watched. Then one letter with an annex of 500 rows whose hosts have 60 characters, to a unit with
rare characters, is measured as `taishi notice check-layout` does, and so are the first of the hundred. Bars:
180 s and 400 MB for the hundred; every measure holds.
"""

import json
import os
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from letters_watch import Watched, watched

from notices.measured import measures
from taishi.app.desk import Desk, open_desk
from taishi.core.clock import FixedClock
from taishi.core.records import LEVELS, THREATS, Asset, Evidence, Person, Reason, Unit, Verdict
from taishi.core.text import Text
from taishi.kit.pages import pages

RESULT = Path(__file__).parent / "results" / "letters.json"
PAGE = Path(__file__).parent.parent / "docs" / "accuracy.md"
MARKS = ("<!-- letters:begin -->", "<!-- letters:end -->")
LETTERS, ROWS, MEASURED = 100, 500, 3
TIME_BAR_S, MEMORY_BAR_MB = 180.0, 400.0
NOW = datetime(2026, 11, 17, 2, 0, tzinfo=UTC)
RARE = "堃喆䶮㛃镕祎"


def open_bureau(folder: Path) -> Desk:
    desk = open_desk(folder, clock=FixedClock(NOW))
    with desk.state.transaction():
        for n in range(LETTERS):
            desk.state.put(
                Unit(f"u{n}", f"示例县第{n}局"), Asset(f"a{n}", f"u{n}", "cidr", f"10.{n}.0.0/18", "网段")
            )
        desk.state.put(
            Unit("rare", f"示例县{RARE}局"), Asset("rare", "rare", "cidr", "10.200.0.0/16", "网段")
        )
        desk.state.put(Person("writer", "甲", ("analyst",), "-"), Person("signer", "乙", ("approver",), "-"))
    return desk


def verdict(subject: str, unit: str, n: int, host: str) -> Verdict:
    threat, level = THREATS[n % 3], LEVELS[n // 3 % 3]
    first, last = NOW - timedelta(days=3, minutes=n), NOW - timedelta(minutes=n)
    said = Text(f"主机 {host} 周期性连接控制端 c2.example.invalid", "beacon")
    lines = tuple(Evidence(f"{n:030x}{k:02x}", first, f"{subject} → 203.0.113.7:443") for k in range(5))
    advice = Text(f"检查{host}的定时任务", "check")
    reason = Reason(
        f"r{n % 7}", said, "behaviour", threat, level, n + 1, first, last, said, evidence=lines, advice=advice
    )
    return Verdict(
        subject, "ip", threat, level, unit, host, first, last, n + 1, ("203.0.113.7",), (), (reason,)
    )


def issue(desk: Desk, verdicts: list[Verdict]) -> str:
    alerts = [alert.id for one in verdicts if (alert := desk.alerts.record(one)) is not None]
    notice = desk.letters.draft(alerts, "writer")
    desk.letters.approve(notice.id, "signer", desk.letters.text_hash(notice.id))
    return desk.letters.issue(notice.id, "signer").id


def hundred(desk: Desk) -> tuple[float, float]:
    """Seconds, and those of the processor, to draft, approve and issue them."""
    started, cpu = time.perf_counter(), time.process_time()
    for n in range(LETTERS):
        unit = f"示例县第{n}局"
        issue(desk, [verdict(f"10.{n}.1.{k + 1}", unit, n + k, f"主机{k}") for k in range(n % 19 + 1)])
    return time.perf_counter() - started, time.process_time() - cpu


def largest(desk: Desk) -> str:
    """The id of a letter about 500 hosts with names of 60 characters."""
    unit, hosts = f"示例县{RARE}局", [f"{'a' * 40}-{n:04d}.example.invali" for n in range(ROWS)]
    addresses = (f"10.{LETTERS}.{n // 250}.{n % 250 + 1}" for n in range(ROWS))
    told = enumerate(zip(addresses, hosts, strict=True))
    return issue(desk, [verdict(address, unit, n, host) for n, (address, host) in told])


def layout(pdf: Path) -> dict[str, object]:
    drawn = list(pages(pdf))
    found = measures(drawn)
    failed = [f"{each.name} page {each.page}" for each in found if not each.ok]
    return {"pages": len(drawn), "measures": len(found), "failed": failed}


def main() -> int:
    with tempfile.TemporaryDirectory() as name:
        room = Path(name)
        desk = open_bureau(room / "data")
        issuing_s, issuing_cpu_s = hundred(desk)
        data = ("--data", str(room / "data"), "--json")
        printed: Watched = watched("notice", "print", "--out", str(room / "out"), *data)
        files = [Path(path) for path in printed.document["files"]]
        big = largest(desk)
        desk.close()
        annex: Watched = watched("notice", "print", big, "--out", str(room / "big"), *data)
        result = {
            "letters": len(files),
            "bars": {"seconds": TIME_BAR_S, "peak_mb": MEMORY_BAR_MB},
            "load": round(os.getloadavg()[0], 1),
            "issuing_s": round(issuing_s, 1),
            "issuing_cpu_s": round(issuing_cpu_s, 1),
            "printing_s": round(printed.seconds, 1),
            "printing_cpu_s": round(printed.cpu_s, 1),
            "peak_mb": round(printed.peak_mb),
            "first_letters": [layout(path) for path in files[:MEASURED]],
            "annex_rows": ROWS,
            "annex_s": round(annex.seconds, 1),
            "annex_peak_mb": round(annex.peak_mb),
            "annex": layout(Path(annex.document["files"][0])),
        }
    tell(result)
    RESULT.write_text(json.dumps(result, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    print(json.dumps(result, ensure_ascii=False, indent=1))
    return 0 if holds(result) else 1


def holds(result: dict) -> bool:
    in_time = result["issuing_s"] + result["printing_s"] <= TIME_BAR_S
    drawn = [*result["first_letters"], result["annex"]]
    small = result["peak_mb"] <= MEMORY_BAR_MB
    return result["letters"] == LETTERS and in_time and small and not any(one["failed"] for one in drawn)


def tell(result: dict) -> None:
    """Writes the part of `docs/accuracy.md` anew."""
    annex = result["annex"]
    told = (
        f"| what | found | bar |\n| --- | --- | --- |\n"
        f"| {result['letters']} letters drafted, approved, issued | {result['issuing_s']} s "
        f"({result['issuing_cpu_s']} s of CPU) | |\n"
        f"| the same printed as PDF | {result['printing_s']} s ({result['printing_cpu_s']} s of CPU) | "
        f"{TIME_BAR_S:.0f} s for both |\n"
        f"| others at work meanwhile (load; 2 cores) | {result['load']} | |\n"
        f"| memory at its peak, with LibreOffice | {result['peak_mb']} MB | {MEMORY_BAR_MB:.0f} MB |\n"
        f"| annex of {result['annex_rows']} rows, names of 60 characters | {annex['pages']} pages, "
        f"{annex['measures']:,} measures, {len(annex['failed'])} fail; {result['annex_s']} s, "
        f"{result['annex_peak_mb']} MB | none fails |"
    )
    page = PAGE.read_text("utf-8")
    head, _, rest = page.partition(MARKS[0])
    tail = rest.partition(MARKS[1])[2]
    PAGE.write_text(f"{head}{MARKS[0]}\n{told}\n{MARKS[1]}{tail}", "utf-8")


if __name__ == "__main__":
    sys.exit(main())
