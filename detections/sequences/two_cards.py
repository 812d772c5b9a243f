"""A machine with two network cards, one on the extranet and one on the internet (违规外联), by its own logs.

On the wire two cards are two hosts. Agents of the ECS family list all addresses of their machine in
`host.ip`; where one of them is of the extranet and another, of another network, reaches the internet before
our eyes, the two are joined. Look-alikes, of which nothing is said: bridges of virtual machines and
containers (the machine is their gateway, .1 or .254), routers and hypervisors with many addresses, VPN
clients whose other address we never see, and home networks' addresses that two machines claim. Needs to be
told which networks are the extranet, like `two_networks`.
"""

from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta

import msgspec
import pyarrow as pa
import pyarrow.compute as pc

from detections.hits import Evidences, Finding, hit
from detections.networks import Networks
from detections.sequences.recent import Recent
from detections.sequences.two_networks import BRIDGED, MIN_SESSIONS
from taishi.core.ecs import KINDS, Kind
from taishi.core.event import Batch
from taishi.core.records import Hit
from taishi.core.text import Text

#: Addresses of IPv4 above which a machine routes or hosts others; other networks that one may be on.
_ADDRESSES, _OTHERS = 4, 2
_PEERS, _MACHINES = 20, 20
#: Between a machine's list of addresses and what is seen of them: leases change hands.
NEAR = timedelta(days=1)
#: The ends of addresses that gateways, and hosts towards their guests, have.
_GATEWAYS = (".1", ".254")

FINDING = Finding(
    "taishi.sequence.two-cards",
    Text("双网卡主机同时接入政务外网和互联网", "One card on the extranet and another on the internet"),
    "risk",
    "medium",
    BRIDGED.technique,
    BRIDGED.advice,
)


class _Machine(msgspec.Struct, forbid_unknown_fields=True):
    """A pair of addresses that one machine listed together, and when."""

    first: datetime
    last: datetime
    unit: str | None = None
    asset: str | None = None


class _Machines(msgspec.Struct, forbid_unknown_fields=True):
    """Who listed an address of another network: by (machine, address of the extranet)."""

    by: dict[str, _Machine] = msgspec.field(default_factory=dict)


class _Egress(msgspec.Struct, forbid_unknown_fields=True):
    peers: set[str] = msgspec.field(default_factory=set)
    evidence: Evidences = msgspec.field(default_factory=Evidences)


class TwoCards:
    """Watches what machines say of their addresses, and flows from those that are not the extranet's."""

    id = FINDING.rule
    kinds: frozenset[Kind] = frozenset(KINDS)

    def __init__(self, networks: Networks) -> None:
        self._networks = networks
        self._listed = Recent(str, _Machines)
        self._egress = Recent(str, _Egress)

    def observe(self, batch: Batch) -> None:
        if not self._networks.told:
            return
        if batch.kind == "flow":
            self._flows(batch)
        elif batch.rows["host.ip"].null_count < len(batch):
            self._lists(batch)

    def _lists(self, batch: Batch) -> None:
        """Every list of addresses of every machine, once a batch."""
        names = ["host.name", "taishi.host.unit", "taishi.host.asset"]
        listed, named = (pc.is_valid(batch.rows[name]) for name in ("host.ip", "host.name"))
        known = batch.rows.filter(pc.and_(listed, named))
        columns = {name: known[name] for name in names}
        columns |= {"ips": pc.binary_join(known["host.ip"], " "), "at": known["@timestamp"]}
        groups = pa.table(columns).group_by([*names, "ips"]).aggregate([("at", "min"), ("at", "max")])
        for row in groups.to_pylist():
            ours, others = self._cards(row["ips"].split())
            for other in others:
                self._note(other, f"{row['host.name']} {ours}", _Machine(
                    row["at_min"], row["at_max"], row["taishi.host.unit"], row["taishi.host.asset"]
                ))  # fmt: skip

    def _cards(self, addresses: list[str]) -> tuple[str, list[str]]:
        """The one address of the extranet, and those of other networks; none where it is no such machine."""
        four = {one for one in addresses if ":" not in one and self._networks.of_a_host(one)}
        ours = [one for one in four if self._networks.extranet(one)]
        others = [one for one in four if one not in ours and not one.endswith(_GATEWAYS)]
        if len(four) > _ADDRESSES or len(ours) != 1 or len(others) > _OTHERS:
            return "", []
        return ours[0], [one for one in others if not self._networks.alike(ours[0], one)]

    def _note(self, other: str, machine: str, seen: _Machine) -> None:
        by = self._listed[other].by
        old = by.get(machine)
        if old is not None:
            old.first, old.last = min(old.first, seen.first), max(old.last, seen.last)
        elif len(by) < _MACHINES:
            by[machine] = seen

    def _flows(self, batch: Batch) -> None:
        """Answered flows to the internet from private addresses that are not the extranet's."""
        networks = self._networks
        answered = batch.rows.filter(pc.greater(pc.fill_null(batch.rows["destination.packets"], 0), 0))
        ends = zip(*(answered[name].to_pylist() for name in ("source.ip", "destination.ip")), strict=True)
        chosen = [
            bool(source and target)
            and networks.public(target)
            and not networks.public(source)
            and not networks.extranet(source)
            for source, target in ends
        ]
        for event in Batch(batch.kind, answered.filter(pa.array(chosen, pa.bool_()))).events():
            egress = self._egress[event.text("source.ip")]
            egress.evidence.add(event)
            if len(egress.peers) < _PEERS:
                egress.peers.add(event.text("destination.ip"))

    def hits(self) -> Iterator[Hit]:
        for other, machines in self._listed.items():
            egress = self._egress.get(other)
            names = Counter(machine.rpartition(" ")[0] for machine in machines.by)
            if egress is None or egress.evidence.count < MIN_SESSIONS:
                continue
            first, last = egress.evidence.span()
            for machine, seen in machines.by.items():
                near = seen.first - NEAR <= last and first <= seen.last + NEAR
                yield _joined(machine, other, seen, egress, withdrawn=not near or len(names) > 1)


def _joined(machine: str, other: str, seen: _Machine, egress: _Egress, *, withdrawn: bool) -> Hit:
    name, _, ours = machine.rpartition(" ")
    evidence = msgspec.structs.replace(egress.evidence, unit=seen.unit, asset=seen.asset)
    return hit(
        FINDING,
        evidence,
        key=f"{name} {other}",
        subject=ours,
        subject_kind="ip",
        peers={other, *egress.peers},
        withdrawn=withdrawn,
        summary=Text(
            f"主机 {name} 同时有政务外网地址 {ours} 和其他网络地址 {other}，"
            f"后者访问互联网 {evidence.count} 次",
            f"the machine {name} has {ours} on the extranet and {other} on another network, from which the "
            f"internet was reached {evidence.count} times",
        ),
    )


SEQUENCE = TwoCards
