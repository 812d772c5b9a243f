"""Port and host scans: one source asks many ports of one host, or one port of many hosts, mostly in vain."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from ipaddress import ip_address

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from detections.hits import Finding, attack_hit, hit
from detections.ledger.addresses import unicast
from detections.ledger.exhibits import FlowRow, gathered
from detections.ledger.view import View, rows_where
from taishi.core.records import Hit, Level
from taishi.core.text import Text

_SECOND = 1_000_000


@dataclass(frozen=True)
class Bar:
    """So many different things within so many seconds, of which this share came to nothing."""

    least: int
    seconds: int
    vain: float

    def most(self, rows: Sequence[FlowRow]) -> int:
        """The most things in any span that is over the bar; 0 where none is."""
        if len(rows) < self.least or sum(map(in_vain, rows)) < self.vain * self.least:
            return 0
        ordered = sorted(rows, key=lambda row: row["first"])
        best = start = vain = 0
        for place, row in enumerate(ordered):
            vain += in_vain(row)
            while row["first"] - ordered[start]["first"] > self.seconds * _SECOND:
                vain -= in_vain(ordered[start])
                start += 1
            number = place - start + 1
            if number >= self.least and vain >= self.vain * number:
                best = max(best, number)
        return best


#: Ports of one host: within an hour, in a burst, and over the day (a patient scanner stays below the others).
PORTS, BURST, DAY = Bar(15, 3600, 0.6), Bar(8, 60, 0.9), Bar(30, 86400, 0.9)
#: Hosts on one port: within an hour, and neighbours (of one /24 or /64) in a burst: where a network is down,
#: everything fails as well, but not address beside address.
HOSTS, NEIGHBOURS = Bar(10, 3600, 0.8), Bar(6, 60, 0.9)
#: An outside source that tries this many of our hosts within a day, on any port, and never gets through.
SLOW_HOSTS, SLOW_VAIN = 8, 0.95
#: UDP ports that traceroute counts through (traceroute(8)): questions about a path, not about a service.
_TRACEROUTE = (33434, 33534)
#: Vain tries at one host, and on one port, below which no bar can be met.
_FEWEST_PORTS, _FEWEST_HOSTS = 7, 6
#: So many hosts of ours to which so many addresses of the web are silent in ten minutes: the line is down.
_WEB, _TOGETHER, _SILENT, _NEAR = frozenset({80, 443}), 3, 5, 600 * _SECOND
#: Targets named one by one for a host scan; the summary tells the full number.
MAX_TARGETS = 256
#: A host of ours that sweeps this many others, one of these ports among them, spreads like a worm.
_WORM_PORTS = frozenset({22, 23, 135, 139, 445, 1433, 2323, 3389, 5985, 6379, 7001})
WORM_HOSTS = 60

_TECHNIQUE = ("T1046", "T1595.001")
_ADVICE = Text(
    "核对开放端口是否必要，关闭不需要的端口；确认边界策略只放行业务所需；检查扫描之后有无成功登录。",
    "Check that every open port is needed and close the rest; let the boundary pass only what the service "
    "needs; look for successful logons after the scan.",
)
VERTICAL = Finding(
    "taishi.behaviour.port-scan", Text("端口扫描", "Port scan"), "attempted", "medium", _TECHNIQUE, _ADVICE
)
HORIZONTAL = Finding(
    "taishi.behaviour.host-scan", Text("主机扫描", "Host scan"), "attempted", "medium", _TECHNIQUE, _ADVICE
)
SLOW = Finding(
    "taishi.behaviour.slow-scan", Text("慢速扫描", "Slow scan"), "attempted", "low", _TECHNIQUE, _ADVICE
)
WORM = Finding(
    "taishi.behaviour.worm",
    Text("蠕虫式扩散", "Worm-like spread"),
    "compromised",
    "high",
    ("T1210", "T1046"),
    Text(
        "立即断网隔离该主机，查杀并追查传入途径；在交换机上封堵该端口的横向访问，检查被扫描主机的补丁。",
        "Isolate the host, clean it and trace how it was infected; block lateral access to that port, "
        "check the patches of the hosts it asked.",
    ),
)


def in_vain(row: FlowRow) -> bool:
    """Whether every try whose beginning was seen came to nothing."""
    return row["vain"] == row["n"] - row["unseen"]


@dataclass
class _Scanned:
    """What one source tried: ports by host, hosts by port, everything by host."""

    ports: dict[str, list[FlowRow]] = field(default_factory=lambda: defaultdict(list))
    hosts: dict[int, list[FlowRow]] = field(default_factory=lambda: defaultdict(list))


def judge(view: View) -> Iterator[Hit]:
    """Scans by every source that tried enough in vain."""
    for source, rows in _suspects(view):
        yield from _judged(view, source, rows)


def _suspects(view: View) -> Iterator[tuple[str, list[FlowRow]]]:
    """Sources with enough vain tries, each with one row a host and port."""
    flows = _concerned(view)
    vain = flows.filter(pa.array(np.asarray(flows["vain"]) > 0))
    wanted: set[str] = set()
    for keys, least in (
        (["src", "dst"], _FEWEST_PORTS),
        (["src", "port"], _FEWEST_HOSTS),
        (["src"], SLOW_HOSTS - 1),
    ):
        counted = vain.group_by(keys).aggregate([("vain", "count")])
        enough = (
            counted.filter(pa.array(np.asarray(counted["vain_count"]) >= least))["src"].unique().to_pylist()
        )
        # Slow scans are those of strangers; a host of ours fails here and there all day.
        wanted |= {one for one in enough if len(keys) > 1 or not view.networks.inside(one)}
    flows = rows_where(flows, "src", wanted)
    by_source: dict[str, dict[tuple[str, int], FlowRow]] = defaultdict(dict)
    for row in flows.to_pylist():
        known = by_source[row["src"]].setdefault((row["dst"], row["port"]), row)
        if known is not row:  # the same port by another transport or protocol
            for name in ("n", "vain", "unseen", "refused", "answered"):
                known[name] += row[name]
            known["first"] = min(known["first"], row["first"])
    for source in sorted(by_source):
        yield source, list(by_source[source].values())


def _concerned(view: View) -> pa.Table:
    flows, networks = view.flows, view.networks
    port, transport = np.asarray(flows["port"]), flows["transport"]
    fit = np.asarray(pc.is_in(transport, pa.array(["tcp", "udp", "sctp"])))
    traced = np.asarray(pc.equal(transport, "udp")) & (port >= _TRACEROUTE[0]) & (port <= _TRACEROUTE[1])
    fit &= ~traced & (np.asarray(flows["n"]) > np.asarray(flows["unseen"]))
    fit &= unicast(flows["src"], networks) & unicast(flows["dst"], networks)
    return flows.filter(pa.array(fit))


def _judged(view: View, source: str, rows: list[FlowRow]) -> Iterator[Hit]:
    tried = _Scanned()
    for row in rows:
        tried.ports[row["dst"]].append(row)
        tried.hosts[row["port"]].append(row)
    scanned = {target: most for target, asked in tried.ports.items() if (most := _most_ports(asked))}
    for target, most in scanned.items():
        yield _vertical(source, target, most, tried.ports[target], _level(view, source, scanned, tried))
    swept = {port: asked for port, asked in tried.hosts.items() if _sweeps(asked)}
    swept = {port: asked for port, asked in swept.items() if not _line_is_down(view, source, port, asked)}
    for port, asked in swept.items():
        hosts = sorted({row["dst"] for row in asked})
        yield from _swept(HORIZONTAL, source, f"{port}", hosts, _named(view, hosts), asked)
    everybody = {row["dst"] for asked in swept.values() for row in asked}
    if view.networks.inside(source) and len(everybody) >= WORM_HOSTS and _WORM_PORTS & swept.keys():
        yield _worm(source, sorted(swept), len(everybody), [row for one in swept.values() for row in one])
    if not scanned and not swept:
        yield from _slow(view, source, tried)


def _most_ports(asked: list[FlowRow]) -> int:
    tcp = [row for row in asked if row["transport"] == "tcp"]
    return max(PORTS.most(asked), BURST.most(tcp))


def _sweeps(asked: list[FlowRow]) -> bool:
    if HOSTS.most(asked):
        return True
    if sum(map(in_vain, asked)) < NEIGHBOURS.vain * NEIGHBOURS.least:
        return False
    neighbours: dict[int, list[FlowRow]] = defaultdict(list)
    for row in asked:
        neighbours[_network(row["dst"])].append(row)
    return any(NEIGHBOURS.most(near) for near in neighbours.values())


def _line_is_down(view: View, source: str, port: int, asked: list[FlowRow]) -> bool:
    """Whether what looks like a sweep of the web is what several hosts of ours see then: no answer."""
    inside = view.networks.inside
    if port not in _WEB or not inside(source) or any(inside(row["dst"]) for row in asked):
        return False
    first, last = (pick(row["first"] for row in asked) for pick in (min, max))
    flows = view.day.tallies["flows"].all()
    near = (np.asarray(flows["first"]) >= first - _NEAR) & (np.asarray(flows["first"]) <= last + _NEAR)
    dead = np.asarray(flows["vain"]) == np.asarray(flows["n"])
    silent = flows.filter(pa.array(near & dead & (np.asarray(flows["port"]) == port)))
    counted = silent.group_by("src").aggregate([("dst", "count_distinct")]).to_pylist()
    deaf = [row for row in counted if row["dst_count_distinct"] >= _SILENT and inside(row["src"])]
    return len(deaf) >= _TOGETHER


def _network(address: str) -> int:
    parsed = ip_address(address)
    return int(parsed) >> (8 if parsed.version == 4 else 64)


def _level(view: View, source: str, scanned: dict[str, int], tried: _Scanned) -> Level:
    """Low where one host of ours asked one other and found nothing open: maintenance looks like that, and
    nobody was harmed. A scan from outside, of several hosts, or with a find is medium."""
    inside = view.networks.inside
    found = any(row["answered"] for target in scanned for row in tried.ports[target])
    return (
        "low"
        if len(scanned) == 1 and inside(source) and all(map(inside, scanned)) and not found
        else "medium"
    )


def _named(view: View, hosts: list[str]) -> list[str]:
    """The targets that are ours; where none is, one stands for all."""
    return [host for host in hosts if view.networks.inside(host)][:MAX_TARGETS] or hosts[:1]


def _slow(view: View, source: str, tried: _Scanned) -> Iterator[Hit]:
    """What is too slow for the bars above: strangers over the day at many hosts, anybody at many ports."""
    ours = [host for host in sorted(tried.ports) if view.networks.inside(host)]
    vain = [host for host in ours if all(map(in_vain, tried.ports[host]))]
    if not view.networks.inside(source) and len(ours) >= SLOW_HOSTS and len(vain) >= SLOW_VAIN * len(ours):
        yield from _swept(
            SLOW, source, "", ours, ours[:MAX_TARGETS], [row for one in tried.ports.values() for row in one]
        )
        return
    for target, asked in tried.ports.items():
        if most := DAY.most(asked):
            yield _vertical(source, target, most, asked, "low", SLOW)


def _vertical(
    source: str, target: str, ports: int, rows: list[FlowRow], level: Level, finding: Finding = VERTICAL
) -> Hit:
    vain, opened = sum(map(in_vain, rows)), sum(1 for row in rows if row["answered"])
    return attack_hit(
        finding,
        gathered(rows, "destination"),
        source=source,
        target=target,
        level=level,
        summary=Text(
            f"{source} 在短时间内探测了 {target} 的 {ports} 个端口，{vain} 个无果，{opened} 个有应答",
            f"{source} probed {ports} ports of {target} within a short time, {vain} in vain, "
            f"{opened} answered",
        ),
    )


def _swept(
    finding: Finding, source: str, port: str, hosts: list[str], named: list[str], asked: Sequence[FlowRow]
) -> Iterator[Hit]:
    which = Text(f"的 {port} 端口", f" for port {port}") if port else Text("", "")
    for target in named:
        yield attack_hit(
            finding,
            gathered([row for row in asked if row["dst"] == target], "destination"),
            source=source,
            target=target,
            key=f"{source}:{port}",
            summary=Text(
                f"{source} 探测了 {len(hosts)} 台主机{which.zh}，含 {target}，几乎全部未应答",
                f"{source} asked {len(hosts)} hosts{which.en}, {target} among them, nearly all in vain",
            ),
        )


def _worm(source: str, ports: list[int], hosts: int, rows: list[FlowRow]) -> Hit:
    which = "、".join(map(str, ports[:8]))
    return hit(
        WORM,
        gathered(rows),
        key="worm",
        subject=source,
        subject_kind="ip",
        attackers=[source],
        summary=Text(
            f"{source} 向 {hosts} 台主机的 {which} 端口发起连接，绝大多数未应答",
            f"{source} tried ports {which.replace('、', ', ')} of {hosts} hosts, nearly all in vain",
        ),
    )


BEHAVIOUR = judge
