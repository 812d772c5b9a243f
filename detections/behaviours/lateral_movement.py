"""Lateral movement: one host of ours gets through to the administration of many others in a short time.

Attacking from inside makes an attacker, not by itself a compromise (`worm` in port_scan.py is more). Jump
hosts, deployment and inventory do this for a living and are what exceptions are for.
"""

from collections import defaultdict
from collections.abc import Iterator

import numpy as np
import pyarrow as pa

from detections.hits import Finding, attack_hit
from detections.ledger.addresses import inside
from detections.ledger.exhibits import FlowRow, gathered
from detections.ledger.view import View
from detections.services import ADMIN_PORTS
from taishi.core.records import Hit, Level
from taishi.core.text import Text

_MINUTE = 60_000_000
#: Hosts reached for the first time that day within so long; SSH is how fleets are kept, so more of it.
QUICK_HOSTS, QUICK = 10, 10 * _MINUTE
HOSTS, SPAN = 20, 60 * _MINUTE
_SSH_TIMES = 3
#: Where this share of our hosts reaches as many, it is how the network works.
COMMON_SHARE = 0.3

FINDING = Finding(
    "taishi.behaviour.lateral-movement",
    Text("横向移动：一台主机短时间内接入多台主机的管理端口", "Lateral movement: one host administers many"),
    "attempted",
    "medium",
    ("T1021", "T1021.002", "T1021.001", "T1021.003", "T1021.006", "T1047"),
    Text(
        "核实源主机是否为运维跳板或统一管理平台；否则隔离源主机，检查目标上的新服务、计划任务、账号与登录。",
        "Find out whether the source is a jump host or a management platform; if not, isolate it and look on "
        "the targets for new services, tasks, accounts and logons.",
    ),
)


def judge(view: View) -> Iterator[Hit]:
    """Sources inside that reached many hosts inside."""
    flows = view.flows
    fit = np.isin(np.asarray(flows["port"]), list(ADMIN_PORTS)) & (np.asarray(flows["both"]) > 0)
    flows = flows.filter(pa.array(fit))
    flows = flows.filter(pa.array(inside(flows["src"], view.networks) & inside(flows["dst"], view.networks)))
    reached: dict[str, dict[str, FlowRow]] = defaultdict(dict)
    rows: dict[str, list[FlowRow]] = defaultdict(list)
    for row in sorted(flows.to_pylist(), key=lambda row: (row["first"], row["dst"])):
        reached[row["src"]].setdefault(row["dst"], row)
        rows[row["src"]].append(row)
    found = {source: bar for source, first in sorted(reached.items()) if (bar := _over(list(first.values())))}
    if len(found) > max(1, COMMON_SHARE * view.hosts):
        return
    for source, (number, span, level) in found.items():
        yield from _hits(source, rows[source], number, span, level)


def _over(ordered: list[FlowRow]) -> tuple[int, int, Level] | None:
    """How many hosts within which span, for the stricter bar first."""
    times = _SSH_TIMES if all(row["port"] == 22 for row in ordered) else 1
    bars: tuple[tuple[int, int, Level], ...] = ((QUICK_HOSTS, QUICK, "medium"), (HOSTS, SPAN, "low"))
    for least, span, level in bars:
        best = start = 0
        for place, row in enumerate(ordered):
            while row["first"] - ordered[start]["first"] > span:
                start += 1
            best = max(best, place - start + 1)
        if best >= least * times:
            return best, span // _MINUTE, level
    return None


def _hits(source: str, rows: list[FlowRow], number: int, minutes: int, level: Level) -> Iterator[Hit]:
    ways = "、".join(sorted({ADMIN_PORTS[row["port"]] for row in rows}))
    targets: dict[str, list[FlowRow]] = defaultdict(list)
    for row in rows:
        targets[row["dst"]].append(row)
    for target, flows in sorted(targets.items())[:256]:
        yield attack_hit(
            FINDING,
            gathered(flows, "destination"),
            source=source,
            target=target,
            level=level,
            summary=Text(
                f"内部主机 {source} 在 {minutes} 分钟内以 {ways} 接入 {number} 台主机，含 {target}",
                f"{source}, inside, got through to {number} hosts within {minutes} minutes by "
                f"{ways.replace('、', ', ')}, {target} among them",
            ),
        )


BEHAVIOUR = judge
