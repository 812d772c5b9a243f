"""One host on the extranet and on the internet at once (左右互联, 违规外联): the boundary is bypassed.

A government extranet reaches the internet by its own egress, or not at all; a host that also hangs on a
phone's hotspot, a 4G stick or a broadband line joins the two behind everybody's back. What shows it on the
wire:

- one hardware address speaks with one address of the extranet and with one or two of another network, and
  from there reaches the internet itself. Routers forward for many addresses and are told by that; so are
  hosts with several addresses of the same network (the same /16 counts as the same).
- a host of a network that was declared isolated is answered by a public address.

Both need to be told which networks are the extranet (`--internal`, the register, the settings) or isolated;
without that nothing is said. It is a violation of rules (GB/T 20986: 违规操作), a risk and no attack.
"""

from collections.abc import Iterator

import msgspec
import pyarrow as pa
import pyarrow.compute as pc

from detections.hits import Evidences, Finding, hit
from detections.networks import Networks
from detections.sequences.recent import MOST_THIN, Recent
from taishi.core.ecs import Kind
from taishi.core.event import Batch, Event
from taishi.core.records import Hit
from taishi.core.text import Text

#: Addresses of another network that one host may have; a hardware address with more stands for many hosts.
_OTHERS, _ROUTER = 2, 4
_PEERS = 20
#: Answered sessions to the internet below which nothing is said: a stray packet is no bridge.
MIN_SESSIONS = 3

_ADVICE = Text(
    "立即断开该主机的互联网侧连接（热点、上网卡、宽带），核查期间数据有无外流；按“两网不得互联”规定问询并整改。",
    "Cut the host's line to the internet (hotspot, 4G stick, broadband) at once, check what left meanwhile; "
    "have the unit explain and put it right.",
)
BRIDGED = Finding(
    "taishi.sequence.two-networks",
    Text("一机两网：同时接入政务外网和互联网", "One host on the extranet and the internet at once"),
    "risk",
    "high",
    ("T1133",),
    _ADVICE,
)
DIRECT = Finding(
    "taishi.sequence.direct-egress",
    Text("违规外联：隔离网络的主机直接访问互联网", "A host of an isolated network reaches the internet"),
    "risk",
    "high",
    ("T1133",),
    _ADVICE,
)


class _Card(msgspec.Struct, forbid_unknown_fields=True):
    """What one hardware address did. `ours` and `others` stop growing once it is a router's."""

    ours: set[str] = msgspec.field(default_factory=set)
    others: set[str] = msgspec.field(default_factory=set)
    peers: set[str] = msgspec.field(default_factory=set)
    evidence: Evidences = msgspec.field(default_factory=Evidences)
    gateway: bool = False

    @property
    def router(self) -> bool:
        """A way to others: many addresses, or public ones that are called by it."""
        return self.gateway or len(self.ours) + len(self.others) > _ROUTER


class _Egress(msgspec.Struct, forbid_unknown_fields=True):
    peers: set[str] = msgspec.field(default_factory=set)
    evidence: Evidences = msgspec.field(default_factory=Evidences)


class TwoNetworks:
    """Watches flows for the addresses behind each hardware address."""

    id = BRIDGED.rule
    kinds: frozenset[Kind] = frozenset({"flow"})

    def __init__(self, networks: Networks) -> None:
        self._networks = networks
        self._cards = Recent(str, _Card, MOST_THIN)
        self._direct = Recent(str, _Egress)

    def observe(self, batch: Batch) -> None:
        if self._networks.told:
            self._note_cards(batch)
            for event in self._outward(batch):
                self._note(event)

    def _note_cards(self, batch: Batch) -> None:
        """Every pair of hardware address and address, once a batch."""
        for side in ("source", "destination"):
            names = (f"{side}.mac", f"{side}.ip", f"taishi.{side}.unit", f"taishi.{side}.asset")
            pairs = batch.rows.select(list(names)).filter(pc.is_valid(batch.rows[names[0]]))
            for row in pa.Table.from_batches([pairs]).group_by(list(names)).aggregate([]).to_pylist():
                card = self._cards[row[names[0]]]
                self._note_card(card, row[names[1]], called=side == "destination")
                if row[names[1]] in card.ours and card.evidence.unit is None:
                    card.evidence.unit, card.evidence.asset = row[names[2]], row[names[3]]

    def _note_card(self, card: _Card, address: str | None, *, called: bool) -> None:
        card.gateway = card.gateway or bool(called and address and self._networks.public(address))
        if address and not card.router and self._networks.of_a_host(address):
            (card.ours if self._networks.extranet(address) else card.others).add(address)

    def _outward(self, batch: Batch) -> Iterator[Event]:
        """Answered flows to public addresses, of isolated hosts or of another network's address."""
        answered = batch.rows.filter(pc.greater(pc.fill_null(batch.rows["destination.packets"], 0), 0))
        ends = zip(*(answered[name].to_pylist() for name in ("source.ip", "destination.ip")), strict=True)
        networks = self._networks
        chosen = [
            bool(source and target)
            and (networks.isolated(source) or not networks.extranet(source))
            and networks.public(target)
            for source, target in ends
        ]
        yield from Batch(batch.kind, answered.filter(pa.array(chosen, pa.bool_()))).events()

    def _note(self, event: Event) -> None:
        source, target = event.text("source.ip"), event.text("destination.ip")
        if self._networks.isolated(source):
            egress = self._direct[source]
            egress.evidence.add(event, side="source")
            if len(egress.peers) < _PEERS:
                egress.peers.add(target)
        mac = event.text("source.mac")
        card = self._cards.get(mac) if mac else None
        if card is not None and not card.router and source in card.others:
            card.evidence.add(event)
            if len(card.peers) < _PEERS:
                card.peers.add(target)

    def hits(self) -> Iterator[Hit]:
        for mac, card in self._cards.items():
            if self._bridges(card):
                yield _bridged(mac, card)
        for source, egress in self._direct.items():
            yield _direct(source, egress)

    def _bridges(self, card: _Card) -> bool:
        if len(card.ours) != 1 or not 1 <= len(card.others) <= _OTHERS or card.evidence.count < MIN_SESSIONS:
            return False
        (ours,) = card.ours
        return not any(self._networks.alike(ours, other) for other in card.others)


def _bridged(mac: str, card: _Card) -> Hit:
    (ours,), others = card.ours, sorted(card.others)
    return hit(
        BRIDGED,
        card.evidence,
        key=mac,
        subject=ours,
        subject_kind="ip",
        peers={*others, *card.peers},
        summary=Text(
            f"{ours} 所在主机（{mac}）另以 {'、'.join(others)} 接入其他网络，"
            f"并由此访问互联网 {card.evidence.count} 次",
            f"the host of {ours} ({mac}) is on another network as {', '.join(others)}, too, and reached the "
            f"internet from there {card.evidence.count} times",
        ),
    )


def _direct(source: str, egress: _Egress) -> Hit:
    return hit(
        DIRECT,
        egress.evidence,
        key="direct",
        subject=source,
        subject_kind="ip",
        peers=egress.peers,
        summary=Text(
            f"{source} 属隔离网络，却直接访问互联网 {egress.evidence.count} 次，如 {min(egress.peers)}",
            f"{source} is on an isolated network and reached the internet directly "
            f"{egress.evidence.count} times, such as {min(egress.peers)}",
        ),
    )


SEQUENCE = TwoNetworks
