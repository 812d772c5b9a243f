"""ICMP tunnels: echo packets that carry far more, and more varied, data than a ping does."""

from collections import defaultdict
from collections.abc import Iterator

from detections.hits import Finding, hit
from detections.ledger.exhibits import FlowRow, gathered
from detections.ledger.view import View, rows_where
from taishi.core.records import Hit
from taishi.core.text import Text

#: Bytes both ways (IP headers included) below which nothing worth a tunnel has passed.
MIN_BYTES = 30_000
#: Mean bytes of a packet: a ping has 60 to 98, a path-MTU probe is few.
MIN_MEAN = 130
MIN_PACKETS = 50
#: The share that goes the other way: echoes are answered, while errors, which quote up to 576 bytes of what
#: they answer (RFC 1812 section 4.3.2.3), run one way.
MIN_BACK = 0.15

FINDING = Finding(
    "taishi.behaviour.icmp-tunnel",
    Text("ICMP 隧道", "ICMP tunnel"),
    "compromised",
    "high",
    ("T1095", "T1572"),
    Text(
        "立即断网隔离该主机，查明收发 ICMP 数据的进程并清除；在边界限制 ICMP 的大小与速率。",
        "Isolate the host, find and remove the process behind the ICMP data; limit ICMP size and rate.",
    ),
)


def judge(view: View) -> Iterator[Hit]:
    """Pairs whose ICMP packets carry much, whichever side is called the source."""
    pairs: dict[tuple[str, str], list[FlowRow]] = defaultdict(list)
    seen: set[tuple[str, str, str]] = set()
    for table in (view.flows, view.flows_to):
        for row in rows_where(table, "transport", ["icmp", "ipv6-icmp"]).to_pylist():
            one, other = sorted((row["src"], row["dst"]))
            if (row["src"], row["dst"], row["example"]) not in seen:
                seen.add((row["src"], row["dst"], row["example"]))
                pairs[one, other].append(row)
    for rows in pairs.values():
        carried = sum(row["sent"] + row["received"] for row in rows)
        packets = sum(row["packets_up"] + row["packets_down"] for row in rows)
        if (
            carried >= MIN_BYTES
            and packets >= MIN_PACKETS
            and carried / packets >= MIN_MEAN
            and _both_ways(rows)
        ):
            yield _hit(view, rows, carried, packets)


def _both_ways(rows: list[FlowRow]) -> bool:
    one = rows[0]["src"]
    there = sum(row["sent"] if row["src"] == one else row["received"] for row in rows)
    back = sum(row["received"] if row["src"] == one else row["sent"] for row in rows)
    return min(there, back) >= MIN_BACK * (there + back)


def _hit(view: View, rows: list[FlowRow], carried: int, packets: int) -> Hit:
    first = min(rows, key=lambda row: str(row["example"]))
    ours, other, side = str(first["src"]), str(first["dst"]), "source"
    if view.networks.inside(other) and not view.networks.inside(ours):
        ours, other, side = other, ours, "destination"
    return hit(
        FINDING,
        gathered(rows, side),
        key=other,
        subject=ours,
        subject_kind="ip",
        peers=[other],
        summary=Text(
            f"{ours} 与 {other} 以 ICMP 传输 {carried / 1024:.0f} KB，{packets} 个报文，"
            f"平均每个 {carried / packets:.0f} 字节（普通 ping 不超过 98）",
            f"{carried / 1024:.0f} KB passed between {ours} and {other} in {packets} ICMP packets of "
            f"{carried / packets:.0f} bytes each (a ping has 98 at most)",
        ),
    )


BEHAVIOUR = judge
