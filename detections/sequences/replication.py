"""DCSync: a host that is no domain controller has the directory replicated to it, passwords included.

Controllers pull changes from each other with IDL_DRSGetNCChanges (MS-DRSR 4.1.10); a tool that owns a
privileged account asks the same from any host. The arguments are encrypted, the operation is not. A
controller shows itself: others log on at it (Kerberos, Netlogon) or replicate from it. Look-alikes: identity
synchronisation servers (except them), and a controller of which nothing else is seen. ATT&CK T1003.006.
"""

from collections.abc import Iterator

from detections.hits import Evidences, Finding, hit
from detections.networks import Networks
from detections.sequences.recent import MOST_THIN, Recent, rows_with
from taishi.core.ecs import Kind
from taishi.core.event import Batch
from taishi.core.records import Hit
from taishi.core.text import Text

_GET_CHANGES = 3

FINDING = Finding(
    "taishi.sequence.directory-replication",
    Text("非域控主机复制目录（DCSync）", "Directory replicated to a host that is no controller (DCSync)"),
    "compromised",
    "medium",
    ("T1003.006",),
    Text(
        "核实该主机是否为域控制器或目录同步服务器；否则隔离该主机，"
        "停用所用账号，重置 krbtgt 与特权账号口令。",
        "Find out whether the host is a controller or synchronises identities; if not, isolate it, disable "
        "the account in use, reset krbtgt and privileged accounts.",
    ),
)


class Replication:
    """Watches replication calls, and who behaves as a controller."""

    id = FINDING.rule
    kinds: frozenset[Kind] = frozenset({"rpc", "kerberos"})

    def __init__(self, networks: Networks) -> None:
        self._networks = networks
        self._pulled = Recent(tuple[str, str], Evidences)
        self._controllers = Recent(str, bool, MOST_THIN)

    def observe(self, batch: Batch) -> None:
        if batch.kind == "kerberos":
            for address in batch.rows.column("destination.ip").unique().to_pylist():
                self._controllers[address or ""] = True
            return
        for interface in ("drsuapi", "netlogon"):
            for event in rows_with(batch, "taishi.rpc.interface", interface).events():
                source, target = event.text("source.ip"), event.text("destination.ip")
                self._controllers[target] = True
                changes = interface == "drsuapi" and event.number("taishi.rpc.opnum") == _GET_CHANGES
                if (
                    changes
                    and event.fields.get("taishi.rpc.answered")
                    and event.text("event.outcome") != "failure"
                ):
                    self._pulled[source, target].add(event, side="source")

    def hits(self) -> Iterator[Hit]:
        for (source, target), evidence in self._pulled.items():
            yield hit(
                FINDING,
                evidence,
                key=target,
                subject=source,
                subject_kind="ip",
                peers=[target],
                withdrawn=self._controllers.get(source) is not None,
                summary=Text(
                    f"{source} 从域控制器 {target} 复制目录数据，但未见其提供域控制器服务",
                    f"{source} replicates the directory from {target} and was never seen to be a controller",
                ),
            )


SEQUENCE = Replication
