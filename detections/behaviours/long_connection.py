"""Long connections: one session with an outside address is held for hours.

Thresholds as RITA v5 has them. People's messengers, VPNs and pushed pages hold sessions as well, so this is a
risk to look into; a command channel is told by more than its length (command_channel.py).
"""

from collections.abc import Iterator

import numpy as np
import pyarrow as pa

from detections.hits import Finding, hit
from detections.ledger.exhibits import FlowRow, gathered
from detections.ledger.view import COMMON_SHARE, MIN_HOSTS, View
from detections.traits import peer_traits, said
from taishi.core.records import Hit, Level
from taishi.core.text import Text

_HOUR = 3_600_000_000
#: RITA's `long_connection_score_thresholds`: low, high. The shorter needs traits of weight 2 beside it.
LONG, VERY_LONG, MIN_WEIGHT = 4 * _HOUR, 12 * _HOUR, 2

FINDING = Finding(
    "taishi.behaviour.long-connection",
    Text("长时间外联会话", "A session with an outside address held for hours"),
    "risk",
    "low",
    ("T1571", "T1219"),
    Text(
        "核实会话对应的程序与用途；确为业务所需的，可按目的地设置例外。",
        "Find out which program holds the session and what for; where it is needed, make an exception for "
        "the destination.",
    ),
)


def judge(view: View) -> Iterator[Hit]:
    """Sessions from a host of ours to the outside that last long, where not everybody has such."""
    long = view.flows.filter(pa.array(np.asarray(view.flows["longest"]) >= LONG))
    view.callers(set(long["dst"].to_pylist()))  # all at once is cheaper
    for row in sorted(
        long.to_pylist(), key=lambda row: (row["src"], row["dst"], row["port"], row["protocol"])
    ):
        networks = view.networks
        outward = networks.inside(row["src"]) and not networks.inside(row["dst"])
        if outward and networks.unicast(row["dst"]) and not _everybodys(view, row["dst"]):
            yield from _judged(view, row)


def _everybodys(view: View, destination: str) -> bool:
    callers = view.callers([destination])[destination]
    return view.hosts >= MIN_HOSTS and callers > COMMON_SHARE * view.hosts


def _judged(view: View, row: FlowRow) -> Iterator[Hit]:
    traits = peer_traits(view, row["src"], [row["dst"]], [row["port"]], "")
    heavy = sum(one.weight for one in traits) >= MIN_WEIGHT
    if not heavy and row["longest"] < VERY_LONG:
        return
    level: Level = "medium" if heavy and row["longest"] >= VERY_LONG else "low"
    hours, words = row["longest"] / _HOUR, said(traits)
    yield hit(
        FINDING,
        gathered([row]),
        key=f"{row['dst']}:{row['port']}",
        subject=row["src"],
        subject_kind="ip",
        peers=[row["dst"]],
        level=level,
        summary=Text(
            f"{row['src']} 与 {row['dst']}:{row['port']} 的会话保持 {hours:.1f} 小时"
            + (f"；佐证：{words.zh}" if traits else ""),
            f"{row['src']} held a session with {row['dst']}:{row['port']} for {hours:.1f} hours"
            + (f"; beside it: {words.en}" if traits else ""),
        ),
    )


BEHAVIOUR = judge
