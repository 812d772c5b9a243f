"""Floods: packets at a rate and one-sidedness that serve only to exhaust who gets them (T1498, T1499)."""

from collections.abc import Iterator

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from detections.hits import Finding, hit
from detections.ledger.exhibits import FlowRow, gathered
from detections.ledger.view import View, rows_where
from taishi.core.records import Hit
from taishi.core.text import Text

_SECOND = 1_000_000
#: TCP openings to one service that came to nothing: number, share, a second.
OPENINGS, VAIN, OPENINGS_RATE = 1000, 0.95, 100
#: Packets one way from one source: number, a second, and what may come back. A video has no such rate of
#: packets, a backup gets acknowledgements.
PACKETS, PACKETS_RATE, BACK = 50_000, 5_000, 0.02
#: DHCP requests of one source (RFC 2131: a client asks some five times and then waits minutes), a second.
REQUESTS, REQUESTS_RATE = 500, 20

FINDING = Finding(
    "taishi.behaviour.flood",
    Text("洪泛攻击（拒绝服务）", "Flood (denial of service)"),
    "attempted",
    "medium",
    ("T1498.001", "T1499.001"),
    Text(
        "在上游限速或清洗到该地址的流量；内部来源的，找到该端口并断开，检查是否环路或中毒。",
        "Limit or scrub traffic to that address upstream; where the source is inside, find its port, cut it "
        "off and look for a loop or an infection.",
    ),
)


def judge(view: View) -> Iterator[Hit]:
    """Floods towards everybody who was sent something."""
    yield from _openings(view)
    flows = view.flows_to
    up, down = np.asarray(flows["packets_up"]), np.asarray(flows["packets_down"])
    rate = up / np.maximum((np.asarray(flows["last"]) - np.asarray(flows["first"])) / _SECOND, 1)
    many = (up >= PACKETS) & (rate >= PACKETS_RATE) & (down <= BACK * up)
    asks = np.asarray(pc.equal(flows["transport"], "udp")) & np.isin(np.asarray(flows["port"]), [67, 547])
    many |= asks & (up >= REQUESTS) & (rate >= REQUESTS_RATE)
    for row in flows.filter(pa.array(many)).to_pylist():
        span = max((row["last"] - row["first"]) / _SECOND, 1)
        yield _hit(
            [row], row["dst"], f"{row['transport']}/{row['port']}", row["packets_up"], span, [row["src"]]
        )


def _openings(view: View) -> Iterator[Hit]:
    """SYN floods: sources may be forged, so openings are counted by target and port."""
    tcp = rows_where(view.flows_to, "transport", ["tcp"])
    if not tcp.num_rows:
        return
    asked = [("n", "sum"), ("vain", "sum"), ("first", "min"), ("last", "max")]
    sums = tcp.group_by(["dst", "port"]).aggregate(asked)
    number, vain = np.asarray(sums["n_sum"]), np.asarray(sums["vain_sum"])
    span = np.maximum((np.asarray(sums["last_max"]) - np.asarray(sums["first_min"])) / _SECOND, 1)
    over = (number >= OPENINGS) & (vain >= VAIN * number) & (number / span >= OPENINGS_RATE)
    for one in sorted(sums.filter(pa.array(over)).to_pylist(), key=lambda row: (row["dst"], row["port"])):
        to = rows_where(tcp, "dst", [one["dst"]])
        rows = [row for row in to.to_pylist() if row["port"] == one["port"]]
        seconds = max((one["last_max"] - one["first_min"]) / _SECOND, 1)
        sources = sorted({row["src"] for row in rows})
        yield _hit(rows, one["dst"], f"tcp/{one['port']}", one["n_sum"], seconds, sources)


def _hit(
    rows: list[FlowRow], target: str, service: str, number: int, seconds: float, sources: list[str]
) -> Hit:
    who = sources[0] if len(sources) == 1 else f"{len(sources)} 个来源"
    by = sources[0] if len(sources) == 1 else f"{len(sources)} sources"
    return hit(
        FINDING,
        gathered(rows, "destination"),
        key=service,
        subject=target,
        subject_kind="ip",
        peers=sources,
        attackers=sources,
        summary=Text(
            f"{who} 在 {seconds:.0f} 秒内向 {target} 的 {service} 发出 {number} 个单向报文或连接请求",
            f"{by} sent {number} one-sided packets or openings to {service} of {target} "
            f"within {seconds:.0f} s",
        ),
    )


BEHAVIOUR = judge
