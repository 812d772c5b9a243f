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
#: The same of ICMP, which carries no traffic of people; `ping -f` gets its answers.
ECHOES, ECHOES_RATE = 3_000, 500
#: Answers that nobody asked for, of services that answer with more than was asked: their number, a second,
#: and how many servers sent them (RFC 4732, 3.1).
REFLECTED, REFLECTED_RATE, REFLECTORS = 1_000, 50, 10
_REFLECTING = (17, 19, 53, 111, 123, 161, 389, 1900, 3702, 5353, 11211)
#: Connections of one source to one web server that stay open over requests that never end: number, seconds,
#: bytes each; the share that may be answered (T1499.002).
KEPT_OPEN, KEPT_S, KEPT_BYTES, KEPT_ANSWERED = 50, 20, 2_000, 0.05
_WEB = (80, 443, 8000, 8080, 8443)
#: Connections with an answer of one outside source to one web server: number, a second.
CALLS, CALLS_RATE = 1_000, 50
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
    yield from _reflected(view)
    yield from _held_open(view)
    flows = view.flows_to
    up, down = np.asarray(flows["packets_up"]), np.asarray(flows["packets_down"])
    rate = up / np.maximum((np.asarray(flows["last"]) - np.asarray(flows["first"])) / _SECOND, 1)
    many = (up >= PACKETS) & (rate >= PACKETS_RATE) & (down <= BACK * up)
    asks = np.asarray(pc.equal(flows["transport"], "udp")) & np.isin(np.asarray(flows["port"]), [67, 547])
    echo = np.asarray(pc.is_in(flows["transport"], pa.array(["icmp", "ipv6-icmp"])))
    many |= echo & (up >= ECHOES) & (rate >= ECHOES_RATE) & (down <= BACK * up)
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


def _reflected(view: View) -> Iterator[Hit]:
    """Answers of many servers to somebody who did not ask."""
    udp = rows_where(view.flows, "transport", ["udp"])
    silent = np.asarray(udp["packets_up"]) == 0
    udp = udp.filter(pa.array(silent & np.isin(np.asarray(udp["port"]), _REFLECTING)))
    if not udp.num_rows:
        return
    asked = [("packets_down", "sum"), ("dst", "count_distinct"), ("first", "min"), ("last", "max")]
    sums = udp.group_by(["src", "port"]).aggregate(asked)
    span = np.maximum((np.asarray(sums["last_max"]) - np.asarray(sums["first_min"])) / _SECOND, 1)
    number = np.asarray(sums["packets_down_sum"])
    over = (number >= REFLECTED) & (number / span >= REFLECTED_RATE)
    over &= np.asarray(sums["dst_count_distinct"]) >= REFLECTORS
    for one in sorted(sums.filter(pa.array(over)).to_pylist(), key=lambda row: (row["src"], row["port"])):
        of = rows_where(udp, "src", [one["src"]]).to_pylist()
        rows = [row for row in of if row["port"] == one["port"]]
        seconds = max((one["last_max"] - one["first_min"]) / _SECOND, 1)
        servers = sorted({row["dst"] for row in rows})
        yield _hit(
            rows, one["src"], f"udp/{one['port']}", one["packets_down_sum"], seconds, servers, "source"
        )


def _held_open(view: View) -> Iterator[Hit]:
    """Web servers kept busy by one source: requests that never end, or without end."""
    flows = rows_where(view.flows_to, "transport", ["tcp"])
    flows = flows.filter(pa.array(np.isin(np.asarray(flows["port"]), _WEB)))
    number, answered = np.asarray(flows["n"]), np.asarray(flows["answered"])
    longest, up = np.asarray(flows["longest"]) / _SECOND, np.asarray(flows["up"])
    span = np.maximum((np.asarray(flows["last"]) - np.asarray(flows["first"])) / _SECOND, 1)
    kept = (number >= KEPT_OPEN) & (longest >= KEPT_S) & (answered <= KEPT_ANSWERED * number)
    kept &= (up > 0) & (up <= KEPT_BYTES * number) & (np.asarray(flows["vain"]) <= KEPT_ANSWERED * number)
    called = (answered >= CALLS) & (number / span >= CALLS_RATE)
    for row in flows.filter(pa.array(kept | called)).to_pylist():
        seconds = max((row["last"] - row["first"]) / _SECOND, 1)
        if row["answered"] <= KEPT_ANSWERED * row["n"] or not view.networks.inside(row["src"]):
            yield _hit([row], row["dst"], f"tcp/{row['port']}", row["n"], seconds, [row["src"]])


def _hit(
    rows: list[FlowRow],
    target: str,
    service: str,
    number: int,
    seconds: float,
    sources: list[str],
    side: str = "destination",
) -> Hit:
    who = sources[0] if len(sources) == 1 else f"{len(sources)} 个来源"
    by = sources[0] if len(sources) == 1 else f"{len(sources)} sources"
    return hit(
        FINDING,
        gathered(rows, side),
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
