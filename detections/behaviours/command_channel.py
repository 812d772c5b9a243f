"""Command channels: what one host of ours and one server do together, added up to a score.

Each trait alone has innocent causes (a home-made certificate, a service on an odd port, a long session);
remote-control tools show several at once towards the same server. The score is their sum, and the summary
names every trait that counted.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from ipaddress import ip_address

from detections.hits import Evidences, Finding, hit
from detections.networks import Networks
from taishi.core.ecs import Kind
from taishi.core.event import Batch, Event
from taishi.core.records import Hit
from taishi.core.text import Text

#: Sum of the traits' weights from which a pair is called a command channel.
MIN_SCORE = 6
#: Sessions of the same size within which tools poll for work.
MIN_ALIKE = 20
ALIKE_SHARE = 0.7
#: A session held this long, seconds, with payload both ways, is somebody's presence.
HELD = 600
#: Ports on which services that people run are found; anything else is odd for a session to the outside.
_USUAL = frozenset(
    {
        20,
        21,
        22,
        23,
        25,
        53,
        80,
        88,
        110,
        123,
        135,
        139,
        143,
        389,
        443,
        445,
        465,
        587,
        636,
        853,
        873,
        989,
        990,
    }
    | {
        993,
        995,
        1194,
        1433,
        1521,
        1701,
        1723,
        1883,
        1935,
        3268,
        3269,
        3306,
        3389,
        3478,
        5060,
        5061,
        5222,
        5223,
    }
    | {
        5228,
        5432,
        5671,
        5672,
        5900,
        5938,
        5985,
        5986,
        6379,
        8000,
        8080,
        8081,
        8443,
        8801,
        8883,
        9000,
        9200,
        27017,
    }
)
_TLS_PORTS = frozenset({443, 465, 563, 587, 636, 853, 989, 990, 993, 995, 5061, 5223, 5228, 5986, 8883})

FINDING = Finding(
    "taishi.behaviour.command-channel",
    Text("疑似远程控制信道", "Command channel to a control server"),
    "compromised",
    "high",
    ("T1071.001", "T1573.002"),
    Text(
        "立即断网隔离该主机，保留证据，查明建立会话的进程并清除；同网段其他主机一并核查是否连接过该地址。",
        "Isolate the host, keep evidence, find and remove the process that holds the session; check whether "
        "other hosts talked to that address.",
    ),
)


@dataclass(frozen=True)
class Trait:
    """One thing that speaks for a command channel, and how much."""

    weight: int
    words: Text


_SELF_SIGNED = Trait(2, Text("证书自签名", "self-signed certificate"))
_NO_NAME = Trait(1, Text("TLS 未给出域名", "TLS without a server name"))
_ODD_TLS = Trait(1, Text("TLS 使用非常用端口", "TLS on an unusual port"))
_ALIKE = Trait(3, Text("大量大小相同的短会话", "many short sessions of equal size"))
_HELD = Trait(2, Text("会话长时间保持", "a session held for long"))
_UNKNOWN = Trait(
    2, Text("非常用端口上的未知协议长会话", "a long session of an unknown protocol on an odd port")
)
_SEVERAL = Trait(1, Text("同一服务器多种信道", "several kinds of channel to the same server"))


@dataclass
class _Pair:
    sizes: Counter[tuple[int, int]] = field(default_factory=Counter)
    channels: set[tuple[int, str]] = field(default_factory=set)
    traits: set[Trait] = field(default_factory=set)
    sessions: int = 0
    evidence: Evidences = field(default_factory=Evidences)


class CommandChannel:
    """Watches flows and TLS from inside to servers that are not of the same network."""

    id = FINDING.rule
    kinds: frozenset[Kind] = frozenset({"flow", "tls"})

    def __init__(self, networks: Networks) -> None:
        self._networks = networks
        self._pairs: dict[tuple[str, str], _Pair] = defaultdict(_Pair)

    def observe(self, batch: Batch) -> None:
        for event in batch.events():
            if self._concerns(event):
                pair = self._pairs[event.text("source.ip"), event.text("destination.ip")]
                (_note_tls if batch.kind == "tls" else _note_flow)(pair, event)

    def _concerns(self, event: Event) -> bool:
        source, destination = event.text("source.ip"), event.text("destination.ip")
        return (
            (self._networks.inside(source) or not self._networks.inside(destination))
            and self._networks.unicast(destination)
            and not _neighbours(source, destination)
        )

    def hits(self) -> Iterator[Hit]:
        for (source, destination), pair in self._pairs.items():
            traits = sorted(_traits(pair), key=lambda trait: (-trait.weight, trait.words.en))
            if sum(trait.weight for trait in traits) >= MIN_SCORE:
                yield _hit(source, destination, pair, traits)


def _neighbours(source: str, destination: str) -> bool:
    """Whether both stand in the same /16 (IPv6: /48): neighbours hold long sessions all day."""
    try:
        one, other = ip_address(source), ip_address(destination)
    except ValueError:
        return True
    keep = 16 if one.version == 4 else 80
    return one.version == other.version and int(one) >> keep == int(other) >> keep


def _note_tls(pair: _Pair, event: Event) -> None:
    pair.evidence.add(event, side="source")
    port = event.number("destination.port")
    if event.fields.get("taishi.tls.self_signed"):
        pair.traits.add(_SELF_SIGNED)
        if port not in _TLS_PORTS:
            pair.traits.add(_ODD_TLS)
        if _no_name(event.text("tls.client.server_name")):
            pair.traits.add(_NO_NAME)


def _no_name(name: str) -> bool:
    try:
        return not name or bool(ip_address(name))
    except ValueError:
        return False


def _note_flow(pair: _Pair, event: Event) -> None:
    up, down = event.number("taishi.flow.source_payload"), event.number("taishi.flow.destination_payload")
    if event.text("network.transport") != "tcp" or not up or not down:
        return
    port, protocol = event.number("destination.port"), event.text("network.protocol")
    pair.sessions += 1
    pair.sizes[up, down] += 1
    pair.channels.add((port, protocol))
    pair.evidence.add(event, side="source")
    if event.number("event.duration") >= HELD * 1e9:
        pair.traits.add(_HELD)
        if not protocol and port not in _USUAL:
            pair.traits.add(_UNKNOWN)


def _traits(pair: _Pair) -> set[Trait]:
    traits = set(pair.traits)
    alike = pair.sizes.most_common(1)[0][1] if pair.sizes else 0
    if alike >= MIN_ALIKE and alike / pair.sessions >= ALIKE_SHARE:
        traits.add(_ALIKE)
    if len(pair.channels) > 1 and _UNKNOWN in traits and _SELF_SIGNED in traits:
        traits.add(_SEVERAL)
    return traits


def _hit(source: str, destination: str, pair: _Pair, traits: list[Trait]) -> Hit:
    return hit(
        FINDING,
        pair.evidence,
        key=destination,
        subject=source,
        subject_kind="ip",
        peers=[destination],
        summary=Text(
            f"{source} 与 {destination} 的 {pair.sessions} 次会话具有控制信道特征："
            + "、".join(trait.words.zh for trait in traits),
            f"{pair.sessions} sessions of {source} with {destination} look like a command channel: "
            + ", ".join(trait.words.en for trait in traits),
        ),
    )


BEHAVIOUR = CommandChannel
