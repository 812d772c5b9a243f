"""Orders and answers inside ICMP: shells and back doors that talk in pings.

"The data received in the echo message must be returned in the echo reply message" (RFC 792): an answer that
carries more than any question, or data where the question had none, is nobody's ping. Tools such as icmpsh
run a shell like that; Pingback takes its orders in echoes of a fixed 788 bytes (ATT&CK T1095). Look-alikes:
hosts that cut long replies short (never longer than the question), and lost packets (then the numbers
differ).
"""

from collections.abc import Iterator

import msgspec

from detections.hits import Evidences, Finding, hit
from detections.networks import Networks
from detections.sequences.recent import Recent, rows_with
from taishi.core.ecs import Kind
from taishi.core.event import Batch, Event, Json
from taishi.core.records import Hit
from taishi.core.text import Text

_ECHOES = frozenset({0, 8, 128, 129})
#: Echoes both ways from which their sizes are compared.
MIN_ECHOES = 4
#: Size of the orders of Pingback (Trustwave's analysis of May 2021).
_PINGBACK = 788
#: What shells say, as far as the first bytes tell.
_SHELL = tuple(
    said.hex() for said in (b"Microsoft Windows [", b"uid=0(", b"uid=33(", b"C:\\Windows\\", b"C:\\Users\\")
)

FINDING = Finding(
    "taishi.sequence.icmp-channel",
    Text("利用 ICMP 的命令通道", "Orders inside ICMP"),
    "compromised",
    "high",
    ("T1095",),
    Text(
        "立即断网隔离该主机，查明收发 ICMP 数据的进程并清除；在边界限制 ICMP 的大小与方向。",
        "Isolate the host, find and remove the process behind the ICMP data; limit ICMP at the boundary.",
    ),
)


class _Pair(msgspec.Struct, forbid_unknown_fields=True):
    ours: str = ""
    why: str = ""
    evidence: Evidences = msgspec.field(default_factory=Evidences)


class IcmpChannel:
    """Watches echoes of ICMP."""

    id = FINDING.rule
    kinds: frozenset[Kind] = frozenset({"flow"})

    def __init__(self, networks: Networks) -> None:
        self._networks = networks
        self._pairs = Recent(tuple[str, str], _Pair)

    def observe(self, batch: Batch) -> None:
        for event in rows_with(batch, "network.transport", "icmp").events():
            if event.number("source.port") in _ECHOES and (why := _why(event)):
                self._note(event, why)

    def _note(self, event: Event, why: str) -> None:
        source, destination = event.text("source.ip"), event.text("destination.ip")
        pair = self._pairs[min(source, destination), max(source, destination)]
        # Pingback's victim is who is pinged; a shell's is who is ours.
        pinged = why == "pingback" or not self._networks.inside(source)
        pair.ours, pair.why = (destination, why) if pinged else (source, why)
        pair.evidence.add(event, side="destination" if pinged else "source")

    def hits(self) -> Iterator[Hit]:
        for ends, pair in self._pairs.items():
            other = next((end for end in ends if end != pair.ours), pair.ours)
            words = _WORDS[pair.why]
            yield hit(
                FINDING,
                pair.evidence,
                key=other,
                subject=pair.ours,
                subject_kind="ip",
                peers=[other],
                summary=Text(
                    f"{pair.ours} 与 {other} 的 ICMP 回显{words.zh}",
                    f"Echoes between {pair.ours} and {other} {words.en}",
                ),
            )


_WORDS = {
    "shell": Text("带有命令行内容", "carry what a shell says"),
    "answers": Text("应答内容与请求不符，不是 ping", "are answered with other data than was sent: no ping"),
    "pingback": Text("长度与 Pingback 后门的指令一致", "have the size of orders of the Pingback back door"),
}


def _why(event: Event) -> str | None:
    heads = [event.extra.get(f"payload.{side}_head") for side in ("source", "destination")]
    if any(isinstance(head, str) and head.startswith(_SHELL) for head in heads):
        return "shell"
    asked, told = (_sizes(event.extra.get(f"payload.{side}_sizes")) for side in ("source", "destination"))
    if asked[:2] == (_PINGBACK, _PINGBACK):
        return "pingback"
    packets = event.number("source.packets"), event.number("destination.packets")
    if min(packets) < MIN_ECHOES or packets[0] != packets[1]:
        return None
    return "answers" if told[1] > asked[1] or (asked[2] != told[2] and told[1]) else None


def _sizes(told: Json) -> tuple[int, int, int]:
    """Least and greatest payload, and how many packets had any."""
    if not isinstance(told, dict):
        return 0, 0, 0
    least, most, packets = (told.get(name) for name in ("min", "max", "packets"))
    return tuple(one if isinstance(one, int) else 0 for one in (least, most, packets))  # type: ignore[return-value]


SEQUENCE = IcmpChannel
