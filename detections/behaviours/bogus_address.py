"""Spoofed or bogus addresses: packets from where none can come from.

Only what no network may carry counts: private, shared and documentation space is in real use behind NAT and
in laboratories. A loopback talk that was captured on the host itself has loopback on both ends.
"""

from collections import defaultdict
from collections.abc import Iterator
from functools import lru_cache
from ipaddress import ip_address

from detections.hits import Finding, hit
from detections.ledger.exhibits import FlowRow, gathered
from detections.ledger.view import View, rows_where
from taishi.core.records import Hit
from taishi.core.text import Text

#: Packets from which it is no stray.
MIN_PACKETS = 3

FINDING = Finding(
    "taishi.behaviour.bogus-address",
    Text("伪造的源地址", "Forged source address"),
    "attempted",
    "low",
    ("T1498",),
    Text(
        "在边界与接入交换机启用源地址验证（BCP 38、uRPF、IP Source Guard），按 MAC 地址找到发送方。",
        "Validate sources at the boundary and the access switches (BCP 38, uRPF, IP Source Guard); find the "
        "sender by its MAC address.",
    ),
)


def judge(view: View) -> Iterator[Hit]:
    """Targets that were sent packets with a source that cannot be."""
    found: dict[tuple[str, Text], list[FlowRow]] = defaultdict(list)
    suspects = [one for one in view.flows["src"].unique().to_pylist() if impossible(one)]
    rows = rows_where(view.flows, "src", suspects).to_pylist() if suspects else []
    for row in rows:
        if not _is_loopback(row["dst"]) and row["transport"] in ("tcp", "udp", "icmp"):
            found[row["dst"], impossible(row["src"]) or Text("", "")].append(row)
    for row in _to_themselves(view):
        found[row["dst"], Text("源与目的地址相同（LAND）", "the target's own (LAND)")].append(row)
    for (target, why), flows in sorted(found.items(), key=lambda one: (one[0][0], one[0][1].en)):
        if sum(max(row["packets_up"], row["n"]) for row in flows) >= MIN_PACKETS and view.networks.unicast(
            target
        ):
            yield _hit(target, why, flows)


def _to_themselves(view: View) -> list[FlowRow]:
    """CVE-1999-0016: an opening that claims to come from its own target."""
    tcp = rows_where(view.flows, "transport", ["tcp"])
    same = [src == dst for src, dst in zip(tcp["src"].to_pylist(), tcp["dst"].to_pylist(), strict=True)]
    return (
        [row for row in tcp.filter(same).to_pylist() if row["vain"] and not _is_loopback(row["src"])]
        if any(same)
        else []
    )


@lru_cache(maxsize=65536)
def impossible(address: str) -> Text | None:
    """Why nobody can send from there; None where somebody may."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return None
    if parsed.is_multicast:
        return Text("组播地址不能作源（RFC 1112）", "multicast (RFC 1112)")
    if parsed.is_loopback:
        return Text("环回地址不得上网（RFC 1122）", "loopback (RFC 1122)")
    if parsed.version == 4 and int(parsed) >> 28 == 15:
        return Text("保留或广播地址（RFC 1112 第 4 节）", "reserved or broadcast (RFC 1112 section 4)")
    if parsed.version == 4 and int(parsed) >> 24 == 0 and int(parsed):
        return Text("“本网络”地址（RFC 1122）", "of “this network” (RFC 1122)")
    return None


def _is_loopback(address: str) -> bool:
    try:
        return ip_address(address).is_loopback
    except ValueError:
        return True


def _hit(target: str, why: Text, flows: list[FlowRow]) -> Hit:
    sources = sorted({row["src"] for row in flows})
    packets = sum(max(row["packets_up"], row["n"]) for row in flows)
    return hit(
        FINDING,
        gathered(flows, "destination"),
        key=why.en,
        subject=target,
        subject_kind="ip",
        peers=sources,
        attackers=[],
        summary=Text(
            f"{target} 收到 {packets} 个源地址不可能的报文，如 {sources[0]}：{why.zh}",
            f"{target} was sent {packets} packets from where none can come, such as {sources[0]}: {why.en}",
        ),
    )


BEHAVIOUR = judge
