"""Mining by the shape of its sessions.

A pool keeps one session open for hours over which small jobs come down and smaller shares go up, on ports
that pools use. Only the shape is seen, so it is a risk to look into; where Stratum itself was read, rules say
more.
"""

from collections.abc import Iterator

import numpy as np
import pyarrow as pa

from detections.hits import Finding, hit
from detections.ledger.addresses import out_of
from detections.ledger.exhibits import FlowRow, gathered
from detections.ledger.view import View
from taishi.core.records import Hit
from taishi.core.text import Text

_SECOND = 1_000_000
#: Ports that pools name in their own instructions (xmrig, ethminer and cgminer documentation).
_PORTS = frozenset({3333, 3334, 3355, 3357, 4444, 5555, 7777, 8888, 9999, 14433, 14444, 45560, 45700})
#: Held this long, with packets that follow at this many seconds in the mean, this small.
HELD, PACE, MEAN_BYTES = 1800 * _SECOND, (1, 60), 700
#: More comes down (jobs) than goes up (shares), within reason.
_DOWN_TO_UP = (0.5, 20)

FINDING = Finding(
    "taishi.behaviour.mining-shape",
    Text("疑似挖矿会话", "A session shaped like mining"),
    "risk",
    "medium",
    ("T1496.001",),
    Text(
        "检查该主机的处理器占用与进程，确认是否有挖矿程序；确认后隔离并清除。",
        "Look at the host's processor load and processes; where it mines, isolate and clean it.",
    ),
)


def judge(view: View) -> Iterator[Hit]:
    """Long, slow, small sessions on pool ports."""
    flows = view.flows
    fit = np.isin(np.asarray(flows["port"]), list(_PORTS)) & (np.asarray(flows["held"]) >= HELD)
    flows = flows.filter(pa.array(fit))
    flows = flows.filter(pa.array(out_of(flows, view.networks)))
    for row in sorted(flows.to_pylist(), key=lambda row: (row["src"], row["dst"], row["port"])):
        if is_mining(row):
            yield _hit(row)


def is_mining(row: FlowRow) -> bool:
    """Whether pace, size and direction are those of jobs and shares."""
    packets = row["packets_up"] + row["packets_down"]
    pace = row["longest"] / _SECOND / max(packets, 1)
    small = (row["up"] + row["down"]) / max(packets, 1) <= MEAN_BYTES
    return (
        PACE[0] <= pace <= PACE[1]
        and small
        and _DOWN_TO_UP[0] <= row["down"] / max(row["up"], 1) <= _DOWN_TO_UP[1]
    )


def _hit(row: FlowRow) -> Hit:
    hours = row["held"] / _SECOND / 3600
    return hit(
        FINDING,
        gathered([row]),
        key=f"{row['dst']}:{row['port']}",
        subject=row["src"],
        subject_kind="ip",
        peers=[row["dst"]],
        summary=Text(
            f"{row['src']} 与矿池常用端口 {row['dst']}:{row['port']} 保持会话 {hours:.1f} 小时，"
            f"下行 {row['down'] / 1024:.0f} KB、上行 {row['up'] / 1024:.0f} KB，小报文缓慢往来",
            f"{row['src']} held a session with {row['dst']}:{row['port']}, a port of mining pools, for "
            f"{hours:.1f} hours: {row['down'] / 1024:.0f} KB down, {row['up'] / 1024:.0f} KB up, "
            "slow small packets",
        ),
    )


BEHAVIOUR = judge
