"""Command channels: what one host of ours and one server do together, added up to a score.

Each trait alone has innocent causes (a home-made certificate, a service on an odd port, a long session);
remote-control tools show several at once towards the same server. The score is their sum, and the summary
names every trait that counted.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from ipaddress import ip_address

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from detections.hits import Finding, hit
from detections.ledger.exhibits import FlowRow, gathered
from detections.ledger.view import View, rows_where
from detections.services import COLLECTOR_PORTS, HOME_MADE_PORT, TLS_PORTS, USUAL_PORTS
from detections.traits import Trait, is_address, said
from taishi.core.records import Hit
from taishi.core.text import Text

#: Sum of the traits' weights from which a pair is called a command channel.
MIN_SCORE = 6
#: Sessions of the same size within which tools poll for work.
MIN_ALIKE, ALIKE_SHARE = 20, 0.7
_SECOND = 1_000_000
#: A session held this long with payload both ways is somebody's presence; one in which only the server
#: speaks must last longer, one in which only the client does may be shorter.
HELD, SERVER_SPEAKS, CLIENT_SPEAKS = 600 * _SECOND, 3600 * _SECOND, 120 * _SECOND
#: Packets each way of a one-sided session, and bytes a packet: messages, no transfer of files or pictures.
_MESSAGES, _MESSAGE_BYTES = 20, 400

FINDING = Finding(
    "taishi.behaviour.command-channel",
    Text("疑似远程控制信道", "Command channel to a control server"),
    "compromised",
    "high",
    ("T1071.001", "T1095", "T1573.002"),
    Text(
        "立即断网隔离该主机，保留证据，查明建立会话的进程并清除；同网段其他主机一并核查是否连接过该地址。",
        "Isolate the host, keep evidence, find and remove the process that holds the session; check whether "
        "other hosts talked to that address.",
    ),
)

_SELF_SIGNED = Trait(2, Text("证书自签名", "self-signed certificate"))
_NO_NAME = Trait(1, Text("TLS 未给出域名", "TLS without a server name"))
_ODD_TLS = Trait(1, Text("TLS 使用非常用端口", "TLS on an unusual port"))
_ALIKE = Trait(3, Text("大量大小相同的短会话", "many short sessions of equal size"))
_HELD = Trait(2, Text("会话长时间保持", "a session held for long"))
_UNKNOWN = Trait(
    2, Text("非常用端口上的未知协议长会话", "a long session of an unknown protocol on an odd port")
)
_SEVERAL = Trait(1, Text("同一服务器多种信道", "several kinds of channel to the same server"))
#: In every protocol of clients and servers the client asks first and both speak. A client that connects and
#: only listens for an hour waits for orders; one that only ever reports and gets no answer is an implant's
#: keep-alive. Collectors are written to like that as well, and are known by their ports.
_LISTENS = Trait(
    6,
    Text(
        "非常用端口上的未知协议：客户端一言不发，只听服务端零星下发超过一小时",
        "an unknown protocol on an odd port: the client never speaks, the server now and then, for an hour",
    ),
)
_REPORTS = Trait(
    6,
    Text(
        "非常用端口上的未知协议：客户端不断外发小消息，外部服务端从不应答",
        "an unknown protocol on an odd port: the client keeps sending small messages, the outside server "
        "never answers",
    ),
)


@dataclass
class _Pair:
    flows: list[FlowRow] = field(default_factory=list)
    traits: set[Trait] = field(default_factory=set)


def judge(view: View) -> Iterator[Hit]:
    """Pairs whose traits add up."""
    pairs: dict[tuple[str, str], _Pair] = defaultdict(_Pair)
    alike = _alike(view)
    signed = _self_signed(view)
    for row in _candidates(view, {*alike, *signed}).to_pylist():
        pairs[row["src"], row["dst"]].flows.append(row)
    for (source, destination), pair in sorted(pairs.items()):
        far = not neighbours(source, destination)
        pair.traits |= _of_flows(pair.flows, far, view.networks.inside(destination))
        if far:
            pair.traits |= signed.get((source, destination), set())
            pair.traits |= {_ALIKE} if (source, destination) in alike else set()
        channels = {(row["port"], row["protocol"]) for row in pair.flows if row["both"]}
        if len(channels) > 1 and {_UNKNOWN, _SELF_SIGNED} <= pair.traits:
            pair.traits.add(_SEVERAL)
        if sum(trait.weight for trait in pair.traits) >= MIN_SCORE:
            yield _hit(source, destination, pair)


def _candidates(view: View, pairs: set[tuple[str, str]]) -> pa.Table:
    """Flows to a server that are held long, or of a pair with another trait."""
    flows = rows_where(view.flows, "transport", ["tcp"])
    servers = pa.array(sorted({destination for _, destination in pairs}), pa.string())
    long = np.asarray(flows["longest"]) >= CLIENT_SPEAKS
    spoken = (np.asarray(flows["up"]) > 0) | (np.asarray(flows["down"]) > 0)
    flows = flows.filter(pa.array((long | np.asarray(pc.is_in(flows["dst"], servers))) & spoken))
    inside, unicast = view.networks.inside, view.networks.unicast
    concerned = [
        unicast(destination) and (inside(source) or not inside(destination))
        for source, destination in zip(flows["src"].to_pylist(), flows["dst"].to_pylist(), strict=True)
    ]
    return flows.filter(pa.array(concerned, pa.bool_()))


def neighbours(source: str, destination: str) -> bool:
    """Whether both stand in the same /16 (IPv6: /48): neighbours hold long sessions all day."""
    try:
        one, other = ip_address(source), ip_address(destination)
    except ValueError:
        return True
    keep = 16 if one.version == 4 else 80
    return one.version == other.version and int(one) >> keep == int(other) >> keep


def _of_flows(flows: list[FlowRow], far: bool, inside: bool) -> set[Trait]:
    traits = set()
    for row in flows:
        odd = not row["protocol"] and row["port"] not in USUAL_PORTS
        if odd and _only_listens(row):
            traits.add(_LISTENS)
        if odd and far and not inside and _only_reports(row):
            traits.add(_REPORTS)
        if far and row["held"] >= HELD:
            traits |= {_HELD, _UNKNOWN} if odd else {_HELD}
    return traits


def _only_listens(row: FlowRow) -> bool:
    few = row["down"] <= _MESSAGE_BYTES * row["packets_down"]
    return few and not row["up"] and row["longest"] >= SERVER_SPEAKS and row["packets_down"] >= _MESSAGES


def _only_reports(row: FlowRow) -> bool:
    small = row["up"] <= _MESSAGE_BYTES * row["packets_up"] and row["port"] not in COLLECTOR_PORTS
    answered = row["down"] or min(row["packets_up"], row["packets_down"]) < _MESSAGES
    return small and not answered and row["longest"] >= CLIENT_SPEAKS and not row["vain"]


def _alike(view: View) -> set[tuple[str, str]]:
    """Pairs that keep exchanging exactly the same number of bytes."""
    calls = view.calls
    spoke = calls.filter(pc.and_(pc.greater(calls["up"], 0), pc.greater(calls["down"], 0)))
    alike = spoke.group_by(["src", "dst", "up", "down"]).aggregate([("t", "count")])
    alike = alike.filter(pa.array(np.asarray(alike["t_count"]) >= MIN_ALIKE))
    pairs = spoke.group_by(["src", "dst"]).aggregate([("t", "count")])
    all_of = {
        (row["src"], row["dst"]): row["t_count"]
        for row in rows_where(pairs, "src", set(alike["src"].to_pylist())).to_pylist()
    }
    return {
        (row["src"], row["dst"])
        for row in alike.to_pylist()
        if row["t_count"] >= ALIKE_SHARE * all_of[row["src"], row["dst"]]
    }


def _self_signed(view: View) -> dict[tuple[str, str], set[Trait]]:
    """Traits of the handshakes of each pair whose server signed for itself."""
    found: dict[tuple[str, str], set[Trait]] = defaultdict(set)
    shaken = view.handshakes
    for row in shaken.filter(pc.greater(shaken["self_signed"], 0)).to_pylist():
        traits = found[row["src"], row["dst"]]
        traits.add(_SELF_SIGNED)
        if row["port"] not in TLS_PORTS - {HOME_MADE_PORT}:
            traits.add(_ODD_TLS)
        if not row["name"] or is_address(row["name"]):
            traits.add(_NO_NAME)
    return found


def _hit(source: str, destination: str, pair: _Pair) -> Hit:
    traits = sorted(pair.traits, key=lambda trait: (-trait.weight, trait.words.en))
    sessions, words = sum(row["n"] for row in pair.flows), said(traits)
    score = sum(trait.weight for trait in traits)
    return hit(
        FINDING,
        gathered(pair.flows),
        key=destination,
        subject=source,
        subject_kind="ip",
        peers=[destination],
        summary=Text(
            f"{source} 与 {destination} 的 {sessions} 次会话具有控制信道特征"
            f"（评分 {score}，标准 {MIN_SCORE}）：{words.zh}",
            f"{sessions} sessions of {source} with {destination} look like a command channel "
            f"(score {score}, bar {MIN_SCORE}): " + words.en,
        ),
    )


BEHAVIOUR = judge
