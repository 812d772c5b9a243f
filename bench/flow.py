"""The flow meter against softflowd, argus, nfpcapd with nfdump, nfstream and ndpiReader.

Run: TAISHI_CORPUS=DIR scripts/bench flow     (ten minutes; 3 GB in a temporary folder)
     … scripts/bench flow -- --sizes 250000 --runs 1 --work DIR     (a short run; peers of Python kept)

Peers come from Debian (softflowd, argus-server, nfdump, libndpi-bin) and PyPI (nfstream, in an environment of
its own); those that are missing are left out. Writes bench/results/flow.json, prints the table, and exits
with 1 where a bar of the issue does not hold. CPU-seconds, user and system, of whole processes in one run.
"""

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from typing import TypedDict

import flow_mix
from demand_bar import Bar
from flow_runs import Cost, cost, nfstream, ours, parts, peak_flows, peers

RESULTS = Path(__file__).parent / "results" / "flow.json"
SIZES = (500_000, 2_000_000, 8_000_000)
#: The size that the issue states its bars for: the first capture that has at least so many packets.
_STATED = 2_000_000
#: What was taken off wires; captures of flow exports are read as such.
_FOLDERS = ("attempt", "benign", "compromised", "risk")
_PEERS = ("softflowd", "argus", "nfpcapd+nfdump")
#: Metadata is extracted once a size, and not from the longest.
_MOST_METADATA = 4_000_000
_METER, _ARROW, _METADATA = "taishi flows", "taishi flows, as Arrow", "taishi with metadata"
#: What a packet may cost on the longest capture against the shortest.
_LINEAR = 1.25


class Figure(TypedDict):
    packets_per_cpu_s: float
    cpu_s: list[float]
    rss_mib: float


def figure(packets: int, costs: list[Cost]) -> Figure:
    spent = [one.cpu_s for one in costs]
    return {
        "packets_per_cpu_s": packets / statistics.median(spent),
        "cpu_s": [round(one, 3) for one in spent],
        "rss_mib": round(max(one.rss_mib for one in costs), 1),
    }


def measure(capture: Path, packets: int, work: Path, runs: int) -> dict[str, Figure]:
    """Everything once a round, so that a busy moment of the machine strikes all alike."""
    commands = ours(capture) | peers(capture, work)
    costs: dict[str, list[Cost]] = {name: [] for name in commands}
    for number in range(runs):
        peers(capture, work)
        for name, command in commands.items():
            if name != _METADATA or (not number and packets < _MOST_METADATA):
                costs[name].append(cost(command))
    return {name: figure(packets, spent) for name, spent in costs.items() if spent}


def stated(sizes: Iterable[int]) -> int:
    """The size whose figures the bars are about; the largest where none has as many packets."""
    return min((size for size in sizes if size >= _STATED), default=max(sizes))


def bars(found: dict[int, dict[str, Figure]], slow: Figure | None) -> list[Bar]:
    sizes = sorted(found)
    speed = {name: one["packets_per_cpu_s"] for name, one in found[stated(sizes)].items()}
    demands = [
        Bar(f"{mine}, times {name}", speed[mine] / speed[name], 1)
        for mine in (_METER, _ARROW)
        for name in _PEERS
        if name in speed
    ]
    if slow is not None:
        demands.append(Bar("as Arrow, times nfstream", speed[_ARROW] / slow["packets_per_cpu_s"], 15))
    if "ndpiReader" in speed and _METADATA in speed:
        demands.append(Bar("with metadata, times ndpiReader", speed[_METADATA] / speed["ndpiReader"], 1))
    most = max(one[name]["rss_mib"] for one in found.values() for name in (_METER, _METADATA) if name in one)
    demands.append(Bar("most memory, MiB", most, 400, False))
    growth = found[sizes[0]][_METER]["packets_per_cpu_s"] / found[sizes[-1]][_METER]["packets_per_cpu_s"]
    demands.append(Bar("cost a packet, longest against shortest", growth, _LINEAR, False))
    return demands


def table(found: dict[int, dict[str, Figure]], slow: Figure | None, held: list[Bar]) -> str:
    sizes = sorted(found)
    rows = [["packets a CPU-second (MiB)", *(f"{size:,} packets" for size in sizes)]]
    for name in found[sizes[0]]:
        rows.append([name, *(_cell(found[size].get(name)) for size in sizes)])
    if slow is not None:
        rows.append(["nfstream, no DPI", *(_cell(slow if size == stated(sizes) else None) for size in sizes)])
    rows += [["bar", "figure", "demanded", "holds"]]
    for one in held:
        sign = "≥" if one.at_least else "≤"
        rows.append([one.name, f"{one.figure:.2f}", f"{sign} {one.bar:g}", "yes" if one.holds else "NO"])
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def _cell(given: Figure | None) -> str:
    if given is None:
        return ""
    return f"{given['packets_per_cpu_s']:,.0f} ({given['rss_mib']:.0f})"


def run(work: Path, corpus: Path, sizes: list[int], runs: int) -> int:
    traces = [trace for folder in _FOLDERS for trace in flow_mix.traces(corpus / "network" / folder)]
    found: dict[int, dict[str, Figure]] = {}
    slow: Figure | None = None
    peaks: dict[int, int] = {}
    spent: dict[str, float] = {}
    for size in sorted(sizes):
        capture = work / f"mix-{size}.pcap"
        packets = flow_mix.write(traces, size, capture)
        if not found:
            for command in ours(capture).values():
                cost(command)
            spent = parts(capture)
        found[packets] = measure(capture, packets, work, runs)
        peaks[packets] = peak_flows(capture)
        if slow is None and (size >= _STATED or size == max(sizes)):
            streamer = nfstream(capture, work)
            slow = figure(packets, [cost(streamer)]) if streamer else None
        for made in (capture, capture.with_suffix(".parquet"), work / "argus.out"):
            made.unlink(missing_ok=True)
    held = bars(found, slow)
    told = {
        "machine": {"cpu": _cpu(), "python": platform.python_version()},
        "mix": {"traces": len(traces), "seed": flow_mix.SEED, "packets_a_second": flow_mix.RATE},
        "figures": found,
        "peak_flows": peaks,
        "nfstream": slow,
        "metadata_cpu_s_by_part": {"packets": min(found), **spent},
        "bars": [{**asdict(one), "holds": one.holds} for one in held],
    }
    RESULTS.write_text(json.dumps(told, indent=1, ensure_ascii=False) + "\n", "utf-8")
    print(table(found, slow, held))
    print("peak flows: " + ", ".join(f"{peak:,} of {packets:,} packets" for packets, peak in peaks.items()))
    print(f"with metadata, CPU-seconds by part of {min(found):,} packets:")
    print("\n".join(f"| {part} | {seconds:.2f} |" for part, seconds in spent.items()))
    return 0 if all(one.holds for one in held) else 1


def _cpu() -> str:
    lines = Path("/proc/cpuinfo").read_text().splitlines() if Path("/proc/cpuinfo").is_file() else []
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--sizes", default=",".join(map(str, SIZES)), help="packets of the captures")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--work", type=Path, help="folder for captures and environments, kept")
    given = parser.parse_args()
    corpus = Path(os.environ.get("TAISHI_CORPUS", ""))
    if not (corpus / "network").is_dir():
        print("flow: set TAISHI_CORPUS to the folder that holds network", file=sys.stderr)
        return 2
    with tempfile.TemporaryDirectory(prefix="taishi-bench-") as temporary:
        work = given.work or Path(temporary)
        work.mkdir(parents=True, exist_ok=True)
        try:
            return run(work.resolve(), corpus, [int(size) for size in given.sizes.split(",")], given.runs)
        except subprocess.CalledProcessError as error:
            print(f"flow: {error.cmd[:3]} ended with {error.returncode}", file=sys.stderr)
            return 2


if __name__ == "__main__":
    sys.exit(main())
