"""File sharing or RPC of Windows answered to an address outside: worms and ransom gangs look for it.

A finished SMB or RPC exchange between a stranger and a host of ours shows that no filter stands between them
(ATT&CK T1133; GB/T 22239 8.1.3.2 asks for access control at the boundary). Look-alike: a partner network that
is not named among the internal ones.
"""

from collections.abc import Iterator

import msgspec

from detections.hits import Evidences, Finding, hit
from detections.networks import Networks
from detections.sequences.recent import Recent, rows_with
from taishi.core.ecs import Kind
from taishi.core.event import Batch
from taishi.core.records import Hit
from taishi.core.text import Text

_PEERS = 20

FINDING = Finding(
    "taishi.sequence.exposed-shares",
    Text("SMB 或 RPC 服务暴露到外部", "SMB or RPC reachable from outside"),
    "risk",
    "high",
    ("T1133",),
    Text(
        "在边界禁止 135、139、445 及 RPC 动态端口，确需共享的改走 VPN；核查是否已被入侵。",
        "Block ports 135, 139, 445 and RPC's dynamic ports at the boundary, share over a VPN where needed; "
        "check for intrusion.",
    ),
)


class _Served(msgspec.Struct, forbid_unknown_fields=True):
    peers: set[str] = msgspec.field(default_factory=set)
    evidence: Evidences = msgspec.field(default_factory=Evidences)


class ExposedShares:
    """Watches sessions and calls that were answered."""

    id = FINDING.rule
    kinds: frozenset[Kind] = frozenset({"smb", "rpc"})

    def __init__(self, networks: Networks) -> None:
        self._networks = networks
        self._served = Recent(str, _Served)

    def observe(self, batch: Batch) -> None:
        answered = "taishi.smb.version" if batch.kind == "smb" else "taishi.rpc.result"
        inside = self._networks.inside
        for event in rows_with(batch, answered).events():
            source, target = event.text("source.ip"), event.text("destination.ip")
            if source and inside(target) and not inside(source):
                served = self._served[target]
                served.evidence.add(event, side="destination")
                if len(served.peers) < _PEERS:
                    served.peers.add(source)

    def hits(self) -> Iterator[Hit]:
        for target, served in self._served.items():
            number = len(served.peers)
            yield hit(
                FINDING,
                served.evidence,
                key="shares",
                subject=target,
                subject_kind="ip",
                peers=served.peers,
                summary=Text(
                    f"{target} 的 SMB 或 RPC 服务应答了 {number} 个外部地址",
                    f"SMB or RPC on {target} answered {number} outside addresses",
                ),
            )


SEQUENCE = ExposedShares
