"""What is measured of the two engines, on the same events and rules; CPU-seconds throughout."""

import random
import shutil
import statistics
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import groupby, islice
from pathlib import Path
from typing import TypedDict

import engine_events
import engine_evtx
import engine_ours
import engine_pairs
import engine_peer
import orjson
from engine_ours import Ran
from engine_pairs import Comparison, Pair
from engine_peer import Peer
from engine_records import Record, evtx_files, records, write_flat

#: How the peer may be asked. Its own API stands for it; routing by class is ours, built around it.
FORMS: dict[str, tuple[str, ...]] = {
    "an engine for each class of events": ("--route", "classes"),
    "the same, with its bloom filter": ("--route", "classes", "--bloom"),
    "one engine, evaluate_with_logsource": ("--route", "logsource"),
}
#: Events of the stream that most figures are taken on; a longer one is run once.
HEADLINE = 100_000
#: Events by which nearly all classes have turned up.
_FIRST = 10_000
#: Copies of the corpus's EVTX files that are read, some 3,400 records each.
COPIES = 8


class Speed(TypedDict):
    """Events a CPU-second: each run, and their median."""

    runs: list[float]
    median: float


@dataclass(frozen=True)
class Bench:
    """Where things are; `runs`: how often each figure is taken."""

    corpus: Path
    work: Path
    program: Path
    runs: int
    form: Sequence[str] = field(default=FORMS["one engine, evaluate_with_logsource"])

    @property
    def rules(self) -> list[Path]:
        """The folders of SigmaHQ's rules."""
        return sorted(path for path in (self.corpus / "sigma").glob("rules*") if any(path.rglob("*.yml")))

    @property
    def routes(self) -> Path:
        return self.work / "routes.json"

    @property
    def cache(self) -> Path:
        return self.work / "cache"

    def runs_of(self, size: int) -> int:
        """The longest stream is run once."""
        return self.runs if size <= HEADLINE else 1

    def flat(self, size: int) -> Path:
        return self.work / f"{size}.flat.jsonl"

    def lines(self, size: int) -> Path:
        return self.work / f"{size}.jsonl"

    def peer(self, events: Path, rules: Sequence[Path] = (), pairs: Path | None = None) -> Peer:
        return engine_peer.ask(
            self.program, rules or self.rules, self.routes, events, *self.form, pairs=pairs
        )

    def detect(self, inputs: Sequence[Path], cache: Path | None = None) -> Ran:
        return engine_ours.detect(inputs, self.rules, cache or self.cache, self.work / "detected.json")


def speed(rates: Iterable[float]) -> Speed:
    runs = [round(rate, 1) for rate in rates]
    return {"runs": runs, "median": statistics.median(runs)}


def evaluated_by_peer(one: Peer) -> float:
    return one["events"] / one["cpu"]["evaluate"]


def read_by_peer(one: Peer) -> float:
    """From the file to hits; the making of its engine apart."""
    return one["events"] / sum(one["cpu"][stage] for stage in ("read", "json", "evaluate", "release"))


def forms(bench: Bench, size: int) -> dict[str, dict[str, Speed]]:
    """Every way to ask the peer."""
    out = {}
    for name, options in FORMS.items():
        asked = replace(bench, form=options)
        runs = [asked.peer(bench.flat(size)) for _ in range(bench.runs)]
        out[name] = {
            "evaluate": speed(map(evaluated_by_peer, runs)),
            "json": speed(map(read_by_peer, runs)),
        }
    return out


def evaluation(bench: Bench, size: int, form: str) -> Speed:
    """Ours: events that are parsed already become hits."""
    runs = [
        engine_ours.evaluate(bench.rules, bench.flat(size), bench.cache, form=form) for _ in range(bench.runs)
    ]
    return speed(one["timed"] / one["cpu"]["evaluate"] for one in runs)


class Starts(TypedDict):
    """`taishi detect` on one event: with nothing kept, and again."""

    first: dict[str, float]
    warm: list[dict[str, float]]
    warm_cpu: float


def starts(bench: Bench) -> Starts:
    one, fresh = bench.work / "one.jsonl", bench.work / "fresh"
    with bench.lines(min_size(bench)).open("rb") as lines:
        one.write_bytes(lines.readline())
    shutil.rmtree(fresh, ignore_errors=True)
    first = bench.detect([one], fresh)
    warm = [bench.detect([one], fresh) for _ in range(bench.runs)]
    return {
        "first": _told(first),
        "warm": [_told(run) for run in warm],
        "warm_cpu": statistics.median(run.cpu for run in warm),
    }


def min_size(bench: Bench) -> int:
    return min(int(path.name.partition(".")[0]) for path in bench.work.glob("[0-9]*.flat.jsonl"))


def _told(run: Ran) -> dict[str, float]:
    return {
        "cpu": round(run.cpu, 3),
        "elapsed": round(run.elapsed, 3),
        "rss_mib": round(run.peak_rss_kib / 1024),
    }


@dataclass(frozen=True)
class Begun:
    """What a run had cost by the time its engine was made: CPU-seconds, and events that it took for it."""

    cpu: float
    events: int = 0


class Through(TypedDict):
    """`taishi detect` as a whole: events a CPU-second, with and without its beginning; most memory in MiB."""

    whole: Speed
    running: Speed
    rss_mib: int


def made(bench: Bench, sizes: Sequence[int]) -> Begun:
    """The shortest stream. The peer makes its engine before its figures begin; ours makes it for one class of
    events after the other as they turn up, and nearly all do so here.
    """
    events = min(sizes)
    bench.detect([bench.flat(events)])  # the rules are compiled in there
    return Begun(statistics.median(bench.detect([bench.flat(events)]).cpu for _ in range(bench.runs)), events)


def through(bench: Bench, inputs: Sequence[Path], events: int, begun: Begun, runs: int) -> Through:
    """`running` leaves out what it took to begin."""
    done = [bench.detect(inputs) for _ in range(runs)]
    return {
        "whole": speed(events / one.cpu for one in done),
        "running": speed((events - begun.events) / (one.cpu - begun.cpu) for one in done),
        "rss_mib": round(max(one.peak_rss_kib for one in done) / 1024),
    }


def json_lines(bench: Bench, size: int, begun: Begun) -> Through:
    """`taishi detect` on the same flat lines that the peer reads."""
    return through(bench, [bench.flat(size)], size, begun, bench.runs_of(size))


def json_trees(bench: Bench, size: int, begun: Begun) -> Through:
    """`taishi detect` on the events as evtx_dump writes them."""
    return through(bench, [bench.lines(size)], size, begun, bench.runs_of(size))


class Replayed(TypedDict):
    """Events a CPU-second on the corpus's own records over and over, by ours and by the peer."""

    events: int
    evaluate: Speed
    json: Through
    peer_evaluate: Speed
    peer_json: Speed


def replayed(bench: Bench, found: Sequence[Record], size: int, seed: int) -> Replayed:
    """Records drawn as for the stream; only time, record id and process id are fresh: values repeat."""
    rng, lines = random.Random(seed), bench.work / "replayed.flat.jsonl"  # noqa: S311 - a repeatable draw
    first = bench.work / "replayed.first.jsonl"
    likely = engine_events.weights(found, hitting(bench, bench.work / "records.flat"))
    with lines.open("wb") as file:
        for number, one in enumerate(rng.choices(found, likely, k=size)):
            time = datetime(2026, 3, 2, tzinfo=UTC) + timedelta(milliseconds=number)
            fresh = {"EventRecordID": number, "SystemTime": time.isoformat()}
            pid = {"ProcessId": rng.randrange(4, 60_000, 4)} if "ProcessId" in one.flat else {}
            file.write(orjson.dumps({**one.flat, **fresh, **pid}) + b"\n")
    with lines.open("rb") as file:
        first.write_bytes(b"".join(islice(file, _FIRST)))
    begun = Begun(statistics.median(bench.detect([first]).cpu for _ in range(bench.runs)), _FIRST)
    ours = [engine_ours.evaluate(bench.rules, lines, bench.cache) for _ in range(bench.runs)]
    peer = [bench.peer(lines) for _ in range(bench.runs)]
    return {
        "events": size,
        "evaluate": speed(one["timed"] / one["cpu"]["evaluate"] for one in ours),
        "json": through(bench, [lines], size, begun, bench.runs),
        "peer_evaluate": speed(map(evaluated_by_peer, peer)),
        "peer_json": speed(map(read_by_peer, peer)),
    }


class Evtx(TypedDict):
    records: int
    ours: Through
    peer_json: Speed


def from_evtx(bench: Bench, start: float, seed: int) -> Evtx:
    """EVTX files read by us; the same records, as flat lines, by the peer."""
    folder = bench.work / "evtx"
    folder.mkdir(exist_ok=True)
    files = [path for path in evtx_files(bench.corpus) if path.is_relative_to(bench.corpus / "evtx")]
    made = engine_evtx.copies(bench.corpus, files, folder, COPIES, seed)
    flat = bench.work / "evtx.flat"
    count = write_flat(records(folder, made), flat)
    runs = [bench.peer(flat) for _ in range(bench.runs)]
    return {
        "records": count,
        "ours": through(bench, [folder], count, Begun(start), bench.runs),
        "peer_json": speed(map(read_by_peer, runs)),
    }


class Point(TypedDict):
    """Microseconds of CPU an event."""

    ours: float
    peer: float


def by_rules(bench: Bench, counts: Sequence[int], size: int, seed: int) -> dict[int, Point]:
    """Evaluation with some of the rules, drawn by the seed, and with all."""
    every = sorted(path for folder in bench.rules for path in folder.rglob("*.yml"))
    random.Random(seed).shuffle(every)  # noqa: S311 - a repeatable draw
    out = {}
    for count in (*counts, len(every)):
        folder = bench.work / f"rules-{count}"
        _copied(every[:count], bench.corpus, folder)
        out[count] = point(bench, [folder], size)
    return out


def _copied(paths: Iterable[Path], root: Path, folder: Path) -> None:
    """Copies files to where they stand under a root."""
    for path in paths:
        target = folder / path.relative_to(root)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, target)


class Silent(TypedDict):
    """The fewest rules, and with `further` ones that never hit: microseconds of CPU an event."""

    further: int
    few: Point
    more: Point
    whole: dict[str, float]


def silent(bench: Bench, fewest: int, every: int, size: int) -> Silent:
    """What rules cost apart from hits: to the fewest of `by_rules` come all others that hit nothing here."""
    few, all_of_them = (bench.work / f"rules-{count}" for count in (fewest, every))
    found, more = bench.work / "hits.pairs", bench.work / "rules-silent"
    engine_ours.evaluate([all_of_them], bench.flat(size), bench.cache, found)
    hitting = {rule for _, rule in engine_peer.pairs_of(found)}
    others = [
        path
        for path in sorted(all_of_them.rglob("*.yml"))
        if not (few / path.relative_to(all_of_them)).exists()
        and hitting.isdisjoint(engine_pairs.ids(path.read_text("utf-8")))
    ]
    _copied(few.rglob("*.yml"), few, more)
    _copied(others, all_of_them, more)
    points = [point(bench, [folder], size) for folder in (few, more)]
    whole = by_rules_whole(bench, [few, more], size)
    return {"further": len(others), "few": points[0], "more": points[1], "whole": whole}


def by_rules_whole(bench: Bench, folders: Iterable[Path], size: int) -> dict[str, float]:
    """`taishi detect` from JSON lines with folders that `by_rules` made, microseconds of CPU an event: what
    those cost that come after the shortest stream, by whose end the engine is made.
    """
    begin, out = min_size(bench), {}
    for folder in folders:
        costs = []
        for _ in range(bench.runs + 1):  # the first compiles the rules
            short, long = (
                engine_ours.detect([bench.flat(one)], [folder], bench.cache, bench.work / "detected.json").cpu
                for one in (begin, size)
            )
            costs.append(1e6 * (long - short) / (size - begin))
        out[folder.name] = round(statistics.median(costs[1:]), 2)
    return out


def by_events(bench: Bench, sizes: Sequence[int]) -> dict[int, Point]:
    """Evaluation of ever longer streams."""
    return {size: point(bench, bench.rules, size) for size in sizes}


def point(bench: Bench, rules: Sequence[Path], size: int) -> Point:
    """Both engines in turn, so that what else the machine does meets both."""
    ours, peer = list[float](), list[float]()
    for _ in range(bench.runs_of(size)):
        mine = engine_ours.evaluate(rules, bench.flat(size), bench.cache)
        theirs = bench.peer(bench.flat(size), rules)
        ours.append(1e6 * mine["cpu"]["evaluate"] / mine["timed"])
        peer.append(1e6 * theirs["cpu"]["evaluate"] / theirs["events"])
    return {"ours": round(statistics.median(ours), 2), "peer": round(statistics.median(peer), 2)}


def distinct(path: Path) -> dict[str, float]:
    """How honest the stream is: how often values repeat, over all columns and in some that rules ask for."""
    values: dict[str, set[object]] = {}
    counts: dict[str, int] = {}
    with path.open("rb") as lines:
        for line in lines:
            for name, value in orjson.loads(line).items():
                values.setdefault(name, set()).add(str(value))
                counts[name] = counts.get(name, 0) + 1
    shown = ("CommandLine", "Image", "TargetFilename", "TargetObject", "User", "Computer", "Hashes")
    each = {name: round(counts[name] / len(values[name]), 1) for name in shown if name in counts}
    return {"all columns": round(sum(counts.values()) / sum(map(len, values.values())), 1), **each}


def pairs_of_corpus(bench: Bench) -> Comparison:
    """Every EVTX file of the corpus: the real `taishi detect` on the files, the peer on their flat lines."""
    files = evtx_files(bench.corpus)
    found = list(records(bench.corpus, files))
    flat, out = bench.work / "corpus.flat", bench.work / "peer.pairs"
    write_flat(found, flat)
    bench.peer(flat, pairs=out)
    peer = [(found[line].file, found[line].place, rule) for line, rule in engine_peer.pairs_of(out)]
    bench.detect(files)
    told = orjson.loads((bench.work / "detected.json").read_bytes())
    ours = [
        (str(Path(hit["path"]).relative_to(bench.corpus)), hit["record"], hit["rule"]) for hit in told["hits"]
    ]
    return engine_pairs.compare(ours, peer, engine_pairs.rule_texts(bench.rules))


def pairs_of_stream(bench: Bench, size: int) -> Comparison:
    """The generated events, evaluated by both."""
    ours, peer = bench.work / "ours.pairs", bench.work / "peer.pairs"
    engine_ours.evaluate(bench.rules, bench.flat(size), bench.cache, ours)
    bench.peer(bench.flat(size), pairs=peer)
    return engine_pairs.compare(_lines(ours), _lines(peer), engine_pairs.rule_texts(bench.rules))


def _lines(path: Path) -> list[Pair]:
    return [("", line, rule) for line, rule in engine_peer.pairs_of(path)]


def hitting(bench: Bench, flat: Path) -> frozenset[int]:
    """The lines on which some rule hits, as the peer finds them."""
    out = bench.work / "hitting.pairs"
    bench.peer(flat, pairs=out)
    return frozenset(line for line, _ in groupby(engine_peer.pairs_of(out), key=lambda pair: pair[0]))
