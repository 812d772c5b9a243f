"""The Sigma engine against rsigma-eval: speed, growth, memory, start, and the pairs that each finds.

Run: TAISHI_CORPUS=DIR scripts/bench engine    (needs cargo; about twenty minutes; 3 GB in a temporary folder)
     … python bench/engine.py --sizes 10000,100000 --runs 1 --work DIR            (a short run, files kept)

Writes bench/results/engine.json and engine_pairs.json (rule ids, file names and record numbers, no contents),
prints the table, and exits with 1 where a bar of the issue does not hold.
All figures are CPU-seconds, user and system, of processes of their own, on the same machine in the same run.
"""

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TypedDict

import engine_events
import engine_measures as measures
import engine_pairs
import engine_peer
from demand_bar import Bar
from engine_measures import FORMS, HEADLINE, Bench, Evtx, Point, Replayed, Silent, Speed, Starts, Through
from engine_pairs import Comparison
from engine_records import evtx_files, records, write_flat

RESULTS = Path(__file__).parent / "results"
SIZES, RULES = (10_000, 100_000, 1_000_000), (500, 1_500)
#: "Close to flat": what an event may cost on the longest stream against the shortest but one, and with all
#: rules against the fewest.
FLAT_EVENTS, FLAT_RULES = 1.25, 1.5


class Results(TypedDict):
    machine: dict[str, str]
    stream: dict[str, object]
    forms: dict[str, dict[str, Speed]]
    form: str
    evaluate: Speed
    evaluate_mappings: Speed
    json: dict[int, Through]
    json_trees: Through
    replayed: Replayed
    evtx: Evtx
    by_events: dict[int, Point]
    by_rules: dict[int, Point]
    by_rules_whole: dict[str, float]
    silent: Silent
    starts: Starts
    corpus_pairs: Comparison
    stream_pairs: Comparison


def measure(bench: Bench, sizes: Sequence[int]) -> Results:
    """Everything, once; the peer as its own API is used, its other forms beside it."""
    size = max(one for one in sizes if one <= HEADLINE)
    stream = make_stream(bench, sizes)
    tried = measures.forms(bench, size)
    starts = measures.starts(bench)
    start = starts["warm_cpu"]
    made = measures.made(bench, sizes)
    by_rules = measures.by_rules(bench, RULES, size, engine_events.SEED)
    return {
        "machine": machine(),
        "stream": stream,
        "forms": tried,
        "form": next(name for name, form in FORMS.items() if form == bench.form),
        "starts": starts,
        "corpus_pairs": measures.pairs_of_corpus(bench),
        "stream_pairs": measures.pairs_of_stream(bench, size),
        "evaluate": measures.evaluation(bench, size, "tables"),
        "evaluate_mappings": measures.evaluation(bench, size, "mappings"),
        "json": {
            one: measures.json_lines(bench, one, made if one > made.events else measures.Begun(start))
            for one in sizes
        },
        "json_trees": measures.json_trees(bench, size, made),
        "replayed": measures.replayed(
            bench, list(records(bench.corpus, evtx_files(bench.corpus))), size, engine_events.SEED
        ),
        "evtx": measures.from_evtx(bench, start, engine_events.SEED),
        "by_events": measures.by_events(bench, sizes),
        "by_rules": by_rules,
        "by_rules_whole": measures.by_rules_whole(
            bench, [bench.work / f"rules-{count}" for count in by_rules], size
        ),
        "silent": measures.silent(bench, min(by_rules), max(by_rules), size),
    }


def make_stream(bench: Bench, sizes: Sequence[int]) -> dict[str, object]:
    """The events, in both forms, and what they are like."""
    found = list(records(bench.corpus, evtx_files(bench.corpus)))
    flat = bench.work / "records.flat"
    write_flat(found, flat)
    means = engine_events.make(found, measures.hitting(bench, flat), bench.work, sizes)
    repeats = {size: measures.distinct(bench.flat(size)) for size in sizes if size <= HEADLINE}
    return {"seed": engine_events.SEED, "mean_bytes": means, "events_for_each_distinct_value": repeats}


def bars(found: Results) -> Iterator[Bar]:
    """The demands of the issue, each with its figure."""
    peer = found["forms"][found["form"]]
    size = max(size for size in found["json"] if size <= HEADLINE)
    pair = found["by_events"][size]  # taken in turn: what else the machine does meets both
    yield Bar("evaluation, times the peer", pair["peer"] / pair["ours"], 2)
    running = found["json"][size]["running"]["median"]
    yield Bar("from JSON lines, times the peer", running / peer["json"]["median"], 1.5)
    again = found["replayed"]
    ratio = again["evaluate"]["median"] / again["peer_evaluate"]["median"]
    yield Bar("the same on records that repeat", ratio, 2)
    ratio = again["json"]["running"]["median"] / again["peer_json"]["median"]
    yield Bar("the same from JSON lines", ratio, 1.5)
    evtx = found["evtx"]
    ratio = evtx["ours"]["running"]["median"] / evtx["peer_json"]["median"]
    yield Bar("from EVTX, times the peer from JSON", ratio, 0.25)
    points = [point["ours"] for _, point in sorted(found["by_events"].items())]
    yield Bar(
        "cost an event, longest stream against the one before", points[-1] / points[-2], FLAT_EVENTS, False
    )
    points = [point["ours"] for _, point in sorted(found["by_rules"].items())]
    yield Bar("evaluation of an event, all rules against 500", points[-1] / points[0], FLAT_RULES, False)
    whole = list(found["by_rules_whole"].values())
    yield Bar("the same from JSON lines", whole[-1] / whole[0], FLAT_RULES, False)
    most = max([*(one["rss_mib"] for one in found["json"].values()), evtx["ours"]["rss_mib"]])
    yield Bar("most memory of a run, MiB", most, 400, False)
    yield Bar("warm start, CPU-seconds", found["starts"]["warm_cpu"], 1, False)
    yield Bar("first compile, CPU-seconds", found["starts"]["first"]["cpu"], 20, False)
    unexplained = found["corpus_pairs"]["unexplained"] + found["stream_pairs"]["unexplained"]
    yield Bar("pairs that differ without a reason", unexplained, 0, False)


def report(found: Results, held: Sequence[Bar]) -> str:
    """The tables as people read them."""
    rows = [("events a CPU-second", "evaluation", "from JSON lines")]
    rows += [
        (f"rsigma-eval: {name}", _speed(one["evaluate"]), _speed(one["json"]))
        for name, one in found["forms"].items()
    ]
    size = max(size for size in found["json"] if size <= HEADLINE)
    rows.append(("ours", _speed(found["evaluate"]), _speed(found["json"][size]["running"])))
    rows.append(("ours, of events that are Python mappings", _speed(found["evaluate_mappings"]), ""))
    rows.append(("ours, start included", "", _speed(found["json"][size]["whole"])))
    rows.append(("ours, from evtx_dump's trees", "", _speed(found["json_trees"]["running"])))
    again = found["replayed"]
    rows.append(
        ("records that repeat: rsigma-eval", _speed(again["peer_evaluate"]), _speed(again["peer_json"]))
    )
    rows.append(("records that repeat: ours", _speed(again["evaluate"]), _speed(again["json"]["running"])))
    evtx = found["evtx"]
    rows.append(("EVTX records: rsigma-eval from flat JSON", "", _speed(evtx["peer_json"])))
    rows.append(("EVTX records: ours from EVTX", "", _speed(evtx["ours"]["running"])))
    costs: list[tuple[str, ...]] = [("microseconds an event, evaluation", "ours", "rsigma-eval")]
    costs += [(f"{count:,} events", *_point(one)) for count, one in sorted(found["by_events"].items())]
    costs += [(f"{count:,} rules", *_point(one)) for count, one in sorted(found["by_rules"].items())]
    costs += [(f"{name}, from JSON lines", f"{one:.2f}", "") for name, one in found["by_rules_whole"].items()]
    costs += _silent(found["silent"])
    demands: list[tuple[str, ...]] = [("bar", "figure", "demanded", "holds")]
    demands += [
        (
            one.name,
            f"{one.figure:.2f}",
            f"{'≥' if one.at_least else '≤'} {one.bar:g}",
            "yes" if one.holds else "NO",
        )
        for one in held
    ]
    pairs = engine_pairs.table(found["corpus_pairs"])
    return "\n\n".join([_table(rows), _table(costs), pairs, _table(demands)])


def _speed(given: Speed) -> str:
    return f"{given['median']:,.0f}"


def _point(given: Point) -> tuple[str, str]:
    return f"{given['ours']:.2f}", f"{given['peer']:.2f}"


def _silent(given: Silent) -> list[tuple[str, ...]]:
    """What rules add that never hit."""
    name = f"{given['further']:,} further rules that never hit"
    times = [f"× {given['more'][who] / given['few'][who]:.2f}" for who in ("ours", "peer")]
    few, more = given["whole"].values()
    return [(name, *times), (f"{name}, from JSON lines", f"× {more / few:.2f}", "")]


def _table(rows: Sequence[Sequence[str]]) -> str:
    head, *body = (f"| {' | '.join(row)} |" for row in rows)
    return "\n".join([head, "|" + "---|" * len(rows[0]), *body])


def machine() -> dict[str, str]:
    """What the figures were taken on."""
    cpu = ""
    if Path("/proc/cpuinfo").is_file():
        names = [
            line for line in Path("/proc/cpuinfo").read_text().splitlines() if line.startswith("model name")
        ]
        cpu = names[0].partition(":")[2].strip() if names else ""
    rust = subprocess.run(["rustc", "--version"], capture_output=True, text=True, check=False).stdout.strip()  # noqa: S607
    return {"cpu": cpu, "python": platform.python_version(), "rust": rust, "peer": "rsigma-eval 0.23.0"}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--sizes", default=",".join(map(str, SIZES)), help="events of the streams")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--work", type=Path, help="folder for events and caches, kept; else a temporary one")
    given = parser.parse_args()
    corpus = Path(os.environ.get("TAISHI_CORPUS", ""))
    if not (corpus / "evtx").is_dir() or not (corpus / "sigma").is_dir():
        print("engine: set TAISHI_CORPUS to the folder that holds evtx and sigma", file=sys.stderr)
        return 2
    with tempfile.TemporaryDirectory(prefix="taishi-bench-") as temporary:
        work = given.work or Path(temporary)
        work.mkdir(parents=True, exist_ok=True)
        try:
            bench = Bench(corpus.resolve(), work.resolve(), engine_peer.build(), given.runs)
            engine_peer.write_routes(bench.routes)
            found = measure(bench, sorted(int(size) for size in given.sizes.split(",")))
        except subprocess.CalledProcessError as error:
            said = error.stderr.decode() if isinstance(error.stderr, bytes) else error.stderr or ""
            print(f"engine: {error.cmd[:3]} failed\n{said}", file=sys.stderr)
            return 2
    held = list(bars(found))
    write(found, held)
    print(report(found, held))
    return 0 if all(one.holds for one in held) else 1


def write(found: Results, held: Sequence[Bar]) -> None:
    pairs = {"corpus": found["corpus_pairs"], "stream": found["stream_pairs"]}
    counts = {
        name: {key: value for key, value in one.items() if key != "differences"}
        for name, one in pairs.items()
    }
    rest = {key: value for key, value in found.items() if not key.endswith("_pairs")}
    told = {**rest, "pairs": counts, "bars": [{**asdict(one), "holds": one.holds} for one in held]}
    for name, content in (("engine.json", told), ("engine_pairs.json", pairs)):
        (RESULTS / name).write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", "utf-8")


if __name__ == "__main__":
    sys.exit(main())
