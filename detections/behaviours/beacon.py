"""Beaconing: a host of ours calls one outside address in an even rhythm, with even sizes, for long.

Score: a quarter each for rhythm, size, histogram and duration (RITA v5, see detections/regularity.py).
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from statistics import median

from detections.hits import Evidences, Finding, hit
from detections.networks import Networks
from detections.regularity import duration_score, evenness, histogram_score, timing_score
from taishi.core.ecs import Kind
from taishi.core.event import Batch, Event
from taishi.core.records import Hit
from taishi.core.text import Text

#: Calls below this are no rhythm. RITA looks from 4 on; a letter that names a host needs more.
MIN_CALLS = 24
MIN_SCORE = 0.85
#: A rhythm must also be kept: timing and size alone have to be this even.
MIN_EVENNESS = 0.8
#: A destination that this share of our active hosts calls is a service of everybody's, not a control server.
COMMON_SHARE = 0.3
#: The share is only meaningful among this many hosts.
MIN_HOSTS = 10
#: Services whose clients poll by design, known by protocol and not by address.
_POLLING = frozenset(
    {"ntp", "dns", "mdns", "llmnr", "dhcp", "snmp", "syslog", "icmp", "ssdp", "netbios"}
    | {"imap", "pop3", "smtp"}
)
_POLLING_PORTS = frozenset(
    {53, 67, 68, 123, 137, 138, 161, 514, 1900, 5353}  # names, addresses, time, monitoring
    | {25, 110, 143, 465, 587, 993, 995}  # mail programs look for new mail every few minutes
)
#: Shortest window in which a rhythm is called one, seconds.
MIN_SPAN = 1800.0

FINDING = Finding(
    rule="taishi.behaviour.beacon",
    title=Text("周期性外联（疑似控制信道）", "Beaconing to an outside address"),
    threat="compromised",
    level="high",
    technique=("T1071", "T1571"),
    advice=Text(
        "立即断网隔离该主机，保留内存与磁盘证据，查明发起外联的进程并清除，修改该主机上使用过的口令。",
        "Isolate the host, keep memory and disk evidence, find and remove the calling process, "
        "change every password used on it.",
    ),
)


@dataclass
class _Pair:
    moments: list[float] = field(default_factory=list)
    sizes: list[float] = field(default_factory=list)
    evidence: Evidences = field(default_factory=Evidences)


class Beacon:
    """Watches flows to outside. Where neither side is ours, the caller is the one that is watched."""

    id = FINDING.rule
    kinds: frozenset[Kind] = frozenset({"flow"})

    def __init__(self, networks: Networks) -> None:
        self._networks = networks
        self._pairs: dict[tuple[str, str, int], _Pair] = defaultdict(_Pair)
        self._callers: dict[str, set[str]] = defaultdict(set)
        self._hosts: set[str] = set()
        self._start, self._end = float("inf"), float("-inf")

    def observe(self, batch: Batch) -> None:
        for event in batch.events():
            moment = event.time.timestamp()
            self._start, self._end = min(self._start, moment), max(self._end, moment)
            if self._outward(event):
                self._note(event, moment)

    def _outward(self, event: Event) -> bool:
        source, destination = event.text("source.ip"), event.text("destination.ip")
        return (
            not self._networks.inside(destination)
            and self._networks.unicast(destination)
            and self._networks.unicast(source)
            and event.text("network.protocol") not in _POLLING
            and event.number("destination.port") not in _POLLING_PORTS
            and event.text("network.transport") in ("tcp", "udp")
        )

    def _note(self, event: Event, moment: float) -> None:
        source, destination = event.text("source.ip"), event.text("destination.ip")
        self._hosts.add(source)
        self._callers[destination].add(source)
        pair = self._pairs[source, destination, event.number("destination.port")]
        pair.moments.append(moment)
        pair.sizes.append(float(event.number("source.bytes")))
        pair.evidence.add(event, side="source")

    def hits(self) -> Iterator[Hit]:
        for (source, destination, port), pair in self._pairs.items():
            if len(pair.moments) < MIN_CALLS or self._common(destination):
                continue
            score, parts = self._score(pair)
            if score >= MIN_SCORE and min(parts[:2]) >= MIN_EVENNESS:
                yield self._hit(source, destination, port, pair, score)

    def _common(self, destination: str) -> bool:
        hosts = len(self._hosts)
        return hosts >= MIN_HOSTS and len(self._callers[destination]) / hosts > COMMON_SHARE

    def _score(self, pair: _Pair) -> tuple[float, tuple[float, float, float, float]]:
        moments = sorted(pair.moments)
        if moments[-1] - moments[0] < MIN_SPAN:
            return 0.0, (0.0, 0.0, 0.0, 0.0)
        parts = (
            timing_score(moments),
            evenness(pair.sizes),
            histogram_score(moments, moments[0], moments[-1]),
            duration_score(moments, self._start, self._end),
        )
        return sum(parts) / 4, parts

    def _hit(self, source: str, destination: str, port: int, pair: _Pair, score: float) -> Hit:
        moments = sorted(pair.moments)
        every = median(later - earlier for earlier, later in pairwise(moments))
        calls = len(moments)
        return hit(
            FINDING,
            pair.evidence,
            key=f"{destination}:{port}",
            subject=source,
            subject_kind="ip",
            peers=[destination],
            summary=Text(
                f"{source} 每 {every:.0f} 秒连接一次 {destination}:{port}，共 {calls} 次，规律度 {score:.2f}",
                f"{source} calls {destination}:{port} every {every:.0f} s, {calls} times, "
                f"regularity {score:.2f}",
            ),
        )


BEHAVIOUR = Beacon
