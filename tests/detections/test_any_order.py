"""The same events give the same verdicts: a day later, in any order, in any batches, in two runs."""

import os
import random
import re
from collections.abc import Iterable, Iterator
from datetime import timedelta
from functools import cache
from pathlib import Path

import pyarrow as pa
import pytest

from detections.detector import Behaviours, Detector
from detections.engine.load import RulePack
from detections.networks import Networks
from detections.pack import own_rules
from detections.verdict import judge
from taishi.app.analysis import Options, analyze
from taishi.app.intake import Input, read
from taishi.core.clock import SystemClock
from taishi.core.event import Batch
from taishi.core.records import Hit
from tests.detections.sequences.conftest import START, batch_of
from tests.detections.sequences.test_memory import story

#: One trace of each of these folders; all small ones under TAISHI_SOAK.
FOLDERS = (
    "attempt/scan", "attempt/log4shell", "attempt/brute", "compromised/lateral", "compromised/c2-tls",
    "compromised/c2-http", "compromised/exploit-success", "risk",
)  # fmt: skip
SMALL = 700_000 if os.environ.get("TAISHI_SOAK") else 60_000
NETWORKS = Networks(extranet=["10.0.0.0/16"], isolated=["10.0.9.0/24"])


def told(hits: Iterable[Hit]) -> list[tuple[object, ...]]:
    """Everything of the verdicts but which ten pieces of evidence are kept and the words about them."""
    return [
        (
            v.subject, v.threat, v.level, v.incident, v.first_seen, v.last_seen, v.count, v.peers,
            v.attackers, [step.name for step in v.factors], [(r.rule, r.count) for r in v.because],
        )
        for v in judge(hit for hit in {hit.id: hit for hit in hits}.values() if not hit.withdrawn)
    ]  # fmt: skip


@cache
def rules() -> RulePack:
    return own_rules()


def detected(batches: Iterable[Batch]) -> list[tuple[object, ...]]:
    detector = Detector(rules(), NETWORKS)
    return told([*(hit for batch in batches for hit in detector.observe(batch)), *detector.standing()])


def shuffled(batches: list[Batch], seed: int) -> list[Batch]:
    """Every row at another place, in batches of another size, in another order."""
    dice, found = random.Random(seed), []
    for batch in batches:
        order = dice.sample(range(len(batch)), len(batch))
        rows, size = batch.rows.take(pa.array(order)), max(1, len(batch) // 3)
        found += [Batch(batch.kind, rows.slice(at, size)) for at in range(0, len(batch), size)]
    return dice.sample(found, len(found))


def traces(corpus: Path) -> Iterator[Path]:
    whole = bool(os.environ.get("TAISHI_SOAK"))
    for folder in ("",) if whole else FOLDERS:
        found = sorted(
            path
            for path in (corpus / "network" / folder).rglob("*")
            if path.suffix in (".pcap", ".pcapng", ".log") and path.stat().st_size < SMALL
        )
        yield from found if whole else found[:1]


def test_a_trace_says_the_same_in_any_order(corpus: Path) -> None:
    found = list(traces(corpus))
    assert found
    for path in found:
        batches = list(read(path, Input(str(path))))
        assert detected(shuffled(batches, 1)) == detected(batches), path.name


def test_made_events_say_the_same_in_any_order() -> None:
    """Of these every sequence makes something."""
    batches = [batch_of(event, number=n) for n, event in enumerate(story())]
    plain = detected(batches)
    assert len(plain) > 5
    for seed in range(2):
        assert detected(shuffled(batches, seed)) == plain


@pytest.mark.parametrize("share", [0.1, 0.3, 0.5, 0.7, 0.9])
def test_two_runs_say_what_one_says(share: float) -> None:
    """The second run goes on from what the first has saved; hits that grew, or that later events speak
    against, replace those of the first.

    Class, level and kind: an attempt that the first run told stays as a reason beside its success.
    """
    batches = shuffled([batch_of(event, number=n) for n, event in enumerate(story())], 9)
    cut = int(len(batches) * share)
    one, first, second = (Behaviours(NETWORKS) for _ in range(3))
    for batch in batches:
        one.observe(batch)
    for batch in batches[:cut]:
        first.observe(batch)
    early = list(first.standing())
    second.restore(first.snapshot())
    for batch in batches[cut:]:
        second.observe(batch)
    two, whole = told([*early, *second.standing()]), told(one.standing())
    assert sorted(verdict[:4] for verdict in two) == sorted(verdict[:4] for verdict in whole)


def test_a_day_later_a_file_says_the_same(corpus: Path, tmp_path: Path) -> None:
    """Nothing in a verdict depends on when, or from where, a file is read."""
    path = next(traces(corpus))
    copy = tmp_path / path.name
    copy.write_bytes(path.read_bytes())
    os.utime(copy, (0, 0))
    again = [list(read(one, Input(str(one)))) for one in (path, copy)]
    assert detected(again[0]) == detected(again[1])


def test_the_clock_says_nothing_in_a_verdict(
    corpus: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same files a day, and over two years, later: by pages that `analyze` prints, packets and logs."""
    log = tmp_path / "auth.log"
    log.write_text(
        "".join(
            f"Mar  2 08:00:{n:02} web1 sshd[9]: Failed password for root from 203.0.113.7 port 4{n:03} ssh2\n"
            for n in range(40)
        )
        + "Mar  2 08:01:00 web1 app[9]: name=a id=11010519491231002X tel=13800138000\n"
    )
    os.utime(log, (START.timestamp() + 86_400,) * 2)
    paths = [*traces(corpus), log]
    real, told = SystemClock.now, []
    for moved in (timedelta(), timedelta(days=1), timedelta(days=800)):
        monkeypatch.setattr(SystemClock, "now", lambda self, by=moved: real(self) + by)
        told.append(analyze(paths, Options()).verdicts)
    assert len(told[0]) > 3
    assert told[0] == told[1] == told[2]


def test_one_clock_alone_is_asked() -> None:
    """What makes events and verdicts has no way to the time but `SystemClock`, which the test above moves."""
    root = Path(__file__).parents[2]
    asks = re.compile(r"\b(datetime\.now|datetime\.utcnow|date\.today|time\.time(_ns)?)\(")
    found = [
        str(path.relative_to(root))
        for folder in ("sensors", "detections", "enrichment", "taishi/core", "taishi/kit")
        for path in (root / folder).rglob("*.py")
        if asks.search(path.read_text("utf-8"))
    ]
    assert found == ["taishi/core/clock.py"]
