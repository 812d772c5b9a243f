"""Dead peers: a host asks many outside addresses on one port within minutes, and a good part is not there.

People and their programs go where a name leads, and somebody answers. Bots carry lists of other infected
hosts or of servers that were taken down; file sharing carries lists of peers as well. So this is a risk to
look into. Where nothing answers at all the line may be down, or it is a scan (port_scan.py); where IPv6 is
broken, browsers fall back to IPv4, so only IPv4 counts.
"""

from collections import defaultdict
from collections.abc import Iterator

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from detections.hits import Finding, hit
from detections.ledger.addresses import out_of
from detections.ledger.exhibits import FlowRow, gathered
from detections.ledger.view import View, rows_where
from taishi.core.records import Hit
from taishi.core.text import Text

_MINUTE = 60_000_000
#: Different hosts asked within the span, how many and which share of them are not there.
HOSTS, SPAN, DEAD, SHARE = 20, 10 * _MINUTE, 8, (0.3, 0.8)

FINDING = Finding(
    "taishi.behaviour.dead-peers",
    Text("大量外联无人应答", "Many outside peers that are not there"),
    "risk",
    "medium",
    ("T1071", "T1008"),
    Text(
        "查明发起外联的程序：僵尸程序会逐个尝试内置的地址表，文件共享软件亦然；确认后清除或卸载。",
        "Find the calling program: bots go through lists of addresses, and so does file sharing; clean or "
        "remove it.",
    ),
)


def judge(view: View) -> Iterator[Hit]:
    """Hosts of ours with many dead peers on one port."""
    tcp = rows_where(view.flows, "transport", ["tcp"])
    tcp = tcp.filter(pc.invert(pc.match_substring(tcp["dst"], ":")))
    counted = tcp.group_by(["src", "port"]).aggregate([("dst", "count_distinct"), ("vain", "sum")])
    many = (np.asarray(counted["dst_count_distinct"]) >= HOSTS) & (np.asarray(counted["vain_sum"]) >= DEAD)
    wanted = {(row["src"], row["port"]) for row in counted.filter(pa.array(many)).to_pylist()}
    if not wanted:
        return
    tcp = rows_where(tcp, "src", {source for source, _ in wanted})
    groups: dict[tuple[str, int], dict[str, FlowRow]] = defaultdict(dict)
    for row in sorted(
        tcp.filter(pa.array(out_of(tcp, view.networks))).to_pylist(), key=lambda row: row["first"]
    ):
        if (row["src"], row["port"]) in wanted:
            groups[row["src"], row["port"]].setdefault(row["dst"], row)
    for (source, port), rows in sorted(groups.items()):
        if found := _over([*rows.values()]):
            yield _hit(source, port, found)


def _over(ordered: list[FlowRow]) -> list[FlowRow]:
    """The rows of the largest span that is over the bar."""
    best: list[FlowRow] = []
    start = dead = 0
    for place, row in enumerate(ordered):
        dead += row["vain"] == row["n"]
        while row["first"] - ordered[start]["first"] > SPAN:
            dead -= ordered[start]["vain"] == ordered[start]["n"]
            start += 1
        number = place - start + 1
        if (
            number >= max(HOSTS, len(best) + 1)
            and dead >= DEAD
            and SHARE[0] * number <= dead < SHARE[1] * number
        ):
            best = ordered[start : place + 1]
    return best


def _hit(source: str, port: int, rows: list[FlowRow]) -> Hit:
    dead = [row for row in rows if row["vain"] == row["n"]]
    return hit(
        FINDING,
        gathered(dead),
        key=f"{port}",
        subject=source,
        subject_kind="ip",
        peers=sorted(row["dst"] for row in dead),
        summary=Text(
            f"{source} 十分钟内访问 {len(rows)} 个外部地址的 {port} 端口，其中 {len(dead)} 个无人应答",
            f"{source} asked port {port} of {len(rows)} outside addresses within ten minutes; {len(dead)} of "
            "them were not there",
        ),
    )


BEHAVIOUR = judge
