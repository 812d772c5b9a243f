"""Beaconing: a host calls one outside address or name in an even rhythm, with even sizes, for long.

Score: RITA v5's four parts (detections/regularity.py). Monitoring agents, synchronizing clients and update
checks keep a rhythm as well, so rhythm alone is a risk to look into; a host is called compromised only where
the peer has traits of a control server beside it (detections/traits.py) that weigh two or more.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from detections.hits import Finding, hit
from detections.ledger.addresses import inside
from detections.ledger.exhibits import gathered
from detections.ledger.records import PROXY_PORTS
from detections.ledger.view import COMMON_SHARE, MIN_HOSTS, View, rows_where
from detections.regularity import MIN_CALLS, Regularity, evenness, interval, regularity, timestamp_score
from detections.traits import Trait, peer_traits, said
from taishi.core.records import Hit, Level, Threat
from taishi.core.text import Text

#: RITA scores from 4 calls on; to name a host in a letter takes more.
ENOUGH_CALLS = 24
MIN_SCORE, SURE_SCORE = 0.8, 0.95
#: A rhythm must also be kept: timing and size alone have to be this even.
MIN_EVENNESS = 0.8
#: Shortest span in which a rhythm is called one, seconds.
MIN_SPAN = 1800
#: Weight of traits beside the rhythm from which a peer is called a control server, and surely one.
MIN_WEIGHT, SURE_WEIGHT = 2, 3

FINDING = Finding(
    "taishi.behaviour.beacon",
    Text("周期性外联（疑似控制信道）", "Beaconing to an outside address"),
    "compromised",
    "high",
    ("T1071", "T1571"),
    Text(
        "立即断网隔离该主机，保留内存与磁盘证据，查明发起外联的进程并清除，修改该主机上使用过的口令。",
        "Isolate the host, keep memory and disk evidence, find and remove the calling process, "
        "change every password used on it.",
    ),
)
ALONE = Finding(
    "taishi.behaviour.regular-calls",
    Text("规律性外联", "Regular calls to an outside address"),
    "risk",
    "medium",
    ("T1071",),
    Text(
        "核实发起外联的程序与用途；确为监控、同步或更新的，可按目的地设置例外。",
        "Find out which program calls and what for; where it monitors, synchronizes or updates, "
        "make an exception for the destination.",
    ),
)


@dataclass(frozen=True)
class Calls:
    """One host's calls to one target: a name where one is known, else an address."""

    table: pa.Table
    rows: NDArray[np.int64]
    moments: NDArray[np.int64]
    sizes: NDArray[np.int64]

    def _first(self, column: str) -> str:
        return str(self.table[column][int(self.rows[0])].as_py())

    @property
    def source(self) -> str:
        return self._first("src")

    @property
    def name(self) -> str:
        return self._first("name")

    @property
    def destinations(self) -> list[str]:
        return sorted(set(self.table["dst"].take(pa.array(self.rows)).to_pylist()))

    @property
    def ports(self) -> list[int]:
        return sorted(set(self.table["port"].take(pa.array(self.rows)).to_pylist()))

    @property
    def target(self) -> str:
        return self.name or self.destinations[0]


def judge(view: View) -> Iterator[Hit]:
    """Hosts that call in a rhythm."""
    window = span(view.day.tallies["calls"].all())
    if window is None or view.calls.num_rows < ENOUGH_CALLS:
        return
    for calls in grouped(view, ENOUGH_CALLS):
        parts = scored(calls, *window)
        if parts is None or parts.score < MIN_SCORE:
            continue
        callers = max(view.callers(calls.destinations).values(), default=1)
        if view.hosts < MIN_HOSTS or callers <= COMMON_SHARE * view.hosts:
            yield _hit(view, calls, parts)


def span(calls: pa.Table) -> tuple[int, int] | None:
    """First and last second of a day's calls: the window that rhythm is measured against."""
    if not calls.num_rows:
        return None
    low, high = pc.min(calls["t"]).as_py() // 1_000_000, pc.max(calls["t"]).as_py() // 1_000_000
    return (low, high) if high > low else None


def grouped(view: View, least: int = MIN_CALLS) -> Iterator[Calls]:
    """Calls by host and target, where there are at least that many."""
    name = pc.replace_substring_regex(_names(view), r":\d+$", "")
    proxied = inside(view.calls["dst"], view.networks)
    # What goes to a host of ours is of interest only where it goes on to a name outside.
    named = view.calls.append_column("name", name)
    onward = np.isin(np.asarray(view.calls["port"]), list(PROXY_PORTS)) & np.asarray(pc.not_equal(name, ""))
    named = named.filter(pa.array(~proxied | onward)).combine_chunks()
    target = pc.if_else(pc.equal(named["name"], ""), named["dst"], named["name"])
    pair = pc.binary_join_element_wise(named["src"], target, "|").combine_chunks().dictionary_encode()
    codes = np.asarray(pair.indices)
    order = np.argsort(codes, kind="stable")
    starts = np.flatnonzero(np.diff(codes[order], prepend=-1))
    ends = np.append(starts[1:], len(order))
    times, sizes = np.asarray(named["t"]) // 1_000_000, np.asarray(named["size"])
    texts = named.select(["src", "dst", "port", "name"])
    for place in np.flatnonzero(ends - starts >= least).tolist():
        rows = order[starts[place] : ends[place]]
        yield Calls(texts, rows, np.sort(times[rows]), sizes[rows])


def _names(view: View) -> pa.Array:
    """The name that each call was for, empty where none is known."""
    keys = ["src", "sport", "dst", "port"]
    names = view.names.group_by(keys).aggregate([("name", "min")])
    place = pc.index_in(_joined(view.calls, keys), value_set=_joined(names, keys))
    return pc.fill_null(names["name_min"].combine_chunks().take(place), "")


def _joined(table: pa.Table, keys: list[str]) -> pa.Array:
    texts = [table[name].cast(pa.string()) for name in keys]
    joined = pc.binary_join_element_wise(*texts, "|")
    return joined.combine_chunks() if isinstance(joined, pa.ChunkedArray) else joined


def scored(calls: Calls, start: int, end: int) -> Regularity | None:
    """The four parts; None where no rhythm is kept."""
    if calls.moments[-1] - calls.moments[0] < MIN_SPAN:
        return None
    try:
        even = timestamp_score(calls.moments) >= MIN_EVENNESS
        if not even or evenness(np.sort(calls.sizes), otherwise=0.0) < MIN_EVENNESS:
            return None
        return regularity(calls.moments, calls.sizes, start, end)
    except ValueError:
        return None


def _hit(view: View, calls: Calls, parts: Regularity) -> Hit:
    traits = peer_traits(view, calls.source, calls.destinations, calls.ports, calls.name)
    weight = sum(one.weight for one in traits)
    threat, level = _judged(weight, parts.score)
    flows = rows_where(rows_where(view.flows, "src", [calls.source]), "dst", calls.destinations)
    rows = [row for row in flows.to_pylist() if row["port"] in calls.ports]
    ports = "、".join(map(str, calls.ports[:4]))
    return hit(
        FINDING if threat == "compromised" else ALONE,
        gathered(rows),
        key=f"{calls.target}:{calls.ports[0]}",
        subject=calls.source,
        subject_kind="ip",
        peers=[calls.target, *calls.destinations] if calls.name else calls.destinations,
        level=level,
        summary=_summary(calls, parts, traits, ports),
    )


def _judged(weight: int, score: float) -> tuple[Threat, Level]:
    if weight >= MIN_WEIGHT:
        return "compromised", "high" if weight >= SURE_WEIGHT else "medium"
    return "risk", "medium" if score >= SURE_SCORE else "low"


def _summary(calls: Calls, parts: Regularity, traits: list[Trait], ports: str) -> Text:
    every, number, words = interval(calls.moments), len(calls.moments), said(traits)
    beside = Text("；佐证：" + words.zh, "; beside it: " + words.en) if traits else Text("", "")
    return Text(
        f"{calls.source} 每 {every:.0f} 秒连接一次 {calls.target}:{ports}，共 {number} 次，"
        f"规律度 {parts.score:.2f}（时间 {parts.timestamp:.2f}、大小 {parts.size:.2f}、"
        f"分布 {parts.histogram:.2f}、"
        f"持续 {parts.duration:.2f}）{beside.zh}",
        f"{calls.source} calls {calls.target}:{ports.replace('、', ', ')} every {every:.0f} s, "
        f"{number} times, regularity {parts.score:.2f} (timing {parts.timestamp:.2f}, size {parts.size:.2f}, "
        f"histogram {parts.histogram:.2f}, duration {parts.duration:.2f}){beside.en}",
    )


BEHAVIOUR = judge
