"""ICMP sweeps: one source asks address after address whether anybody is there, or for clocks and masks.

Monitoring asks many hosts too, but hosts that are there: most answer. Timestamp and address-mask questions
(RFC 792, RFC 950) have had no use on networks for decades but to take stock of hosts.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence

from detections.hits import Finding, attack_hit
from detections.ledger.exhibits import FlowRow, gathered
from detections.ledger.view import View, rows_where
from taishi.core.records import Hit
from taishi.core.text import Text

#: Echo requests of ICMP and ICMPv6; timestamp, information and address-mask requests.
_ECHO, _STOCK = frozenset({8, 128}), frozenset({13, 15, 17})
#: Hosts asked within an hour, and the share that must be silent; hosts asked for clock or mask.
MIN_HOSTS, MIN_SILENT, MIN_STOCK = 25, 0.5, 5
_HOUR = 3_600_000_000
#: Targets named one by one; the summary tells the full number.
MAX_TARGETS = 256

FINDING = Finding(
    "taishi.behaviour.icmp-sweep",
    Text("ICMP 主机探测", "ICMP sweep"),
    "attempted",
    "medium",
    ("T1018", "T1595.001"),
    Text(
        "核实该来源是否为授权的监控或扫描；否则定位并处置该主机，在边界丢弃外来的 ICMP 请求。",
        "Find out whether the source is an approved monitor or scanner; else deal with the host, drop ICMP "
        "questions from outside at the boundary.",
    ),
)


def judge(view: View) -> Iterator[Hit]:
    """Sources that asked enough hosts."""
    asked: dict[tuple[str, bool], list[FlowRow]] = defaultdict(list)
    for row in rows_where(view.flows, "transport", ["icmp", "ipv6-icmp"]).to_pylist():
        kind = _kind(row)
        if kind in _ECHO | _STOCK and view.networks.unicast(row["dst"]):
            asked[row["src"], kind in _STOCK].append(row)
    for (source, stock), rows in sorted(asked.items()):
        within = _within_an_hour(sorted(rows, key=lambda row: (row["first"], row["dst"])))
        silent = sum(row["vain"] == row["n"] for row in within)
        enough = MIN_STOCK if stock else MIN_HOSTS
        if len(within) >= enough and (stock or silent >= MIN_SILENT * len(within)):
            yield from _hits(source, within, silent)


def _kind(row: FlowRow) -> int:
    """The type of the first message: the port of its source."""
    port = str(row["example"]).split("|")[2]
    return int(port) if port.isdigit() else -1


def _within_an_hour(rows: Sequence[FlowRow]) -> Sequence[FlowRow]:
    """The longest stretch of rows, ordered by their first time, that lies within an hour."""
    best: Sequence[FlowRow] = ()
    start = 0
    for place, row in enumerate(rows):
        while row["first"] - rows[start]["first"] > _HOUR:
            start += 1
        if place - start + 1 > len(best):
            best = rows[start : place + 1]
    return best


def _hits(source: str, rows: Sequence[FlowRow], silent: int) -> Iterator[Hit]:
    said = Text(
        f"{source} 以 ICMP 探测了 {len(rows)} 个地址，{silent} 个没有应答",
        f"{source} asked {len(rows)} addresses by ICMP, {silent} of them silent",
    )
    for row in rows[:MAX_TARGETS]:
        yield attack_hit(
            FINDING,
            gathered([row], "destination"),
            source=source,
            target=row["dst"],
            summary=said,
        )


BEHAVIOUR = judge
