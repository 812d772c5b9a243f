"""Port and host scans: one source asks many ports of one host, or one port of many hosts, mostly in vain."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field

from detections.hits import Evidences, Finding, hit
from detections.networks import Networks
from taishi.core.ecs import Kind
from taishi.core.event import Batch, Event
from taishi.core.records import Hit
from taishi.core.text import Text

#: Window in which probes are counted, seconds: a week of ordinary failures must never add up to a scan.
WINDOW = 3600
#: Different ports of one host within a window, and the share that must have come to nothing.
MIN_PORTS, MIN_VAIN = 15, 0.6
#: A burst: this many different TCP ports of one host within a minute, nearly all in vain.
BURST_PORTS, BURST_WINDOW, BURST_VAIN = 8, 60, 0.9
#: Different hosts on one port within a window.
MIN_HOSTS, HOSTS_VAIN = 10, 0.8
#: An outside source that tries this many of our hosts within a day, on any port, and never gets through.
SLOW_HOSTS, SLOW_WINDOW, SLOW_VAIN = 8, 86400, 0.95
#: UDP ports that traceroute counts through (traceroute(8)): questions about a path, not about a service.
_TRACEROUTE = range(33434, 33535)
#: TCP states (Zeek's words) of a probe that came to nothing: no answer, refused, reset at once.
_VAIN = frozenset({"S0", "REJ", "RSTOS0", "RSTRH", "SH", "SHR"})
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


class Tried(dict[object, bool]):
    """What was tried within a window: each thing with whether every try at it came to nothing."""

    def note(self, thing: object, vain: bool) -> None:
        self[thing] = self.get(thing, True) and vain

    def over(self, least: int, share: float) -> bool:
        return len(self) >= least and sum(self.values()) / len(self) >= share


@dataclass
class _Source:
    """One source's tries, by window."""

    ports: dict[tuple[str, int], Tried] = field(default_factory=lambda: defaultdict(Tried))
    burst: dict[tuple[str, int], Tried] = field(default_factory=lambda: defaultdict(Tried))
    hosts: dict[tuple[int, int], Tried] = field(default_factory=lambda: defaultdict(Tried))
    slow: dict[int, Tried] = field(default_factory=lambda: defaultdict(Tried))
    evidence: Evidences = field(default_factory=Evidences)
    by_target: dict[str, Evidences] = field(default_factory=lambda: defaultdict(Evidences))


class PortScan:
    """Watches flows."""

    id = VERTICAL.rule
    kinds: frozenset[Kind] = frozenset({"flow"})

    def __init__(self, networks: Networks) -> None:
        self._networks = networks
        self._sources: dict[str, _Source] = defaultdict(_Source)

    def observe(self, batch: Batch) -> None:
        for event in batch.events():
            if self._concerns(event):
                self._note(event)

    def _concerns(self, event: Event) -> bool:
        transport, port = event.text("network.transport"), event.number("destination.port")
        return (
            transport in ("tcp", "udp", "sctp")
            and not (transport == "udp" and port in _TRACEROUTE)
            and self._networks.unicast(event.text("destination.ip"))
            and self._networks.unicast(event.text("source.ip"))
        )

    def _note(self, event: Event) -> None:
        vain = in_vain(event)
        if vain is None:
            return
        source, target = self._sources[event.text("source.ip")], event.text("destination.ip")
        port, second = event.number("destination.port"), int(event.time.timestamp())
        source.ports[target, second // WINDOW].note(port, vain)
        source.hosts[port, second // WINDOW].note(target, vain)
        source.slow[second // SLOW_WINDOW].note(target, vain)
        if event.text("network.transport") == "tcp":
            source.burst[target, second // BURST_WINDOW].note(port, vain)
        source.by_target[target].add(event, side="destination")
        if vain:
            source.evidence.add(event, side="source")

    def hits(self) -> Iterator[Hit]:
        for address, source in self._sources.items():
            scanned = _scanned_ports(source)
            yield from (_vertical(address, target, ports, source) for target, ports in scanned.items())
            swept = _swept_hosts(source)
            for port, hosts in swept.items():
                yield from _swept(HORIZONTAL, address, f"{port}", hosts, self._named(hosts), source)
            everybody = set().union(*swept.values())
            if self._ours(address) and len(everybody) >= WORM_HOSTS and _WORM_PORTS & swept.keys():
                yield _worm(address, sorted(swept), len(everybody), source)
            if not scanned and not swept and not self._networks.inside(address):
                yield from self._slow(address, source)

    def _ours(self, address: str) -> bool:
        return self._networks.inside(address)

    def _named(self, hosts: set[str]) -> list[str]:
        """The targets that are ours; where none is, one stands for all."""
        ours = sorted(host for host in hosts if self._ours(host))
        return ours[:MAX_TARGETS] or sorted(hosts)[:1]

    def _slow(self, address: str, source: _Source) -> Iterator[Hit]:
        for tried in source.slow.values():
            ours = Tried((host, vain) for host, vain in tried.items() if self._ours(str(host)))
            if ours.over(SLOW_HOSTS, SLOW_VAIN):
                hosts = {str(host) for host in ours}
                yield from _swept(SLOW, address, "", hosts, self._named(hosts), source)


def in_vain(event: Event) -> bool | None:
    """Whether a flow came to nothing: no payload answered, and for TCP a state that says so.

    None where its beginning was not seen: what nobody saw open is nobody's probe.
    """
    if event.number("taishi.flow.destination_payload"):
        return False
    state = event.text("taishi.flow.state")
    if event.text("network.transport") == "tcp" and state:
        if state == "OTH":
            return None
        return state in _VAIN or (state.startswith("RST") and not event.number("taishi.flow.source_payload"))
    return not event.number("destination.packets") and not event.number("destination.bytes")


def _scanned_ports(source: _Source) -> dict[str, int]:
    """Targets of which many ports were asked, with the most within one window."""
    most: dict[str, int] = {}
    for windows, least, share in (
        (source.ports, MIN_PORTS, MIN_VAIN),
        (source.burst, BURST_PORTS, BURST_VAIN),
    ):
        for (target, _), tried in windows.items():
            if tried.over(least, share):
                most[target] = max(most.get(target, 0), len(tried))
    return most


def _swept_hosts(source: _Source) -> dict[int, set[str]]:
    """Ports for which many hosts were asked, with those hosts."""
    swept: dict[int, set[str]] = defaultdict(set)
    for (port, _), tried in source.hosts.items():
        if tried.over(MIN_HOSTS, HOSTS_VAIN):
            swept[port] |= {str(host) for host in tried}
    return swept


def _vertical(address: str, target: str, ports: int, source: _Source) -> Hit:
    return hit(
        VERTICAL,
        source.by_target[target],
        key=address,
        subject=target,
        subject_kind="ip",
        peers=[address],
        attackers=[address],
        summary=Text(
            f"{address} 在短时间内探测了 {target} 的 {ports} 个端口",
            f"{address} probed {ports} ports of {target} within a short time",
        ),
    )


def _swept(
    finding: Finding, address: str, port: str, hosts: set[str], named: list[str], source: _Source
) -> Iterator[Hit]:
    which = Text(f"的 {port} 端口", f" for port {port}") if port else Text("", "")
    for target in named:
        yield hit(
            finding,
            source.by_target[target],
            key=f"{address}:{port}",
            subject=target,
            subject_kind="ip",
            peers=[address],
            attackers=[address],
            summary=Text(
                f"{address} 探测了 {len(hosts)} 台主机{which.zh}，含 {target}，几乎全部未应答",
                f"{address} asked {len(hosts)} hosts{which.en}, {target} among them, nearly all in vain",
            ),
        )


def _worm(address: str, ports: list[int], hosts: int, source: _Source) -> Hit:
    which = "、".join(map(str, ports[:8]))
    return hit(
        WORM,
        source.evidence,
        key="worm",
        subject=address,
        subject_kind="ip",
        attackers=[address],
        summary=Text(
            f"{address} 向 {hosts} 台主机的 {which} 端口发起连接，绝大多数未应答",
            f"{address} tried ports {which.replace('、', ', ')} of {hosts} hosts, nearly all in vain",
        ),
    )


BEHAVIOUR = PortScan
