"""Exfiltration: a host sends far more to the outside than it ever did and than its peers do.

Backups to a cloud, published videos and large mail do the same, so volume alone is a risk to look into; with
traits of the receiver that weigh two or more (detections/traits.py) the host is called compromised.
"""

from collections import defaultdict
from collections.abc import Iterator
from statistics import median

import numpy as np
import pyarrow as pa

from detections.hits import Finding, hit
from detections.ledger.addresses import out_of
from detections.ledger.exhibits import FlowRow, gathered
from detections.ledger.history import LEARNED
from detections.ledger.view import MIN_HOSTS, View
from detections.traits import Trait, peer_traits, said
from taishi.core.records import Hit
from taishi.core.text import Text

_MB = 1_000_000
#: Sent in a day at the least; times the host's own greatest day; times the median of its peers.
MIN_SENT, TIMES_OWN, TIMES_PEERS = 500 * _MB, 5, 20
#: What is sent must outweigh what is fetched, and most of it go to one receiver.
TIMES_FETCHED, ONE_RECEIVER = 5, 0.6
MIN_WEIGHT = 2

FINDING = Finding(
    "taishi.behaviour.exfiltration",
    Text("异常大量数据外传", "Far more data sent out than ever"),
    "risk",
    "medium",
    ("T1041", "T1048", "T1567"),
    Text(
        "核实外传数据的程序、内容与审批；无法说明用途的，立即阻断并按数据泄露处置。",
        "Find out what program sent which data with whose approval; what nobody can explain is stopped and "
        "handled as a leak.",
    ),
)


def judge(view: View) -> Iterator[Hit]:
    """Hosts over all three bars, as far as there is a past or peers to compare with."""
    outward = view.flows.filter(pa.array(out_of(view.flows, view.networks)))
    if not outward.num_rows:
        return
    sums = outward.group_by("src").aggregate([("up", "sum"), ("down", "sum")]).to_pylist()
    for one in sorted(sums, key=lambda row: str(row["src"])):
        if one["up_sum"] >= max(MIN_SENT, TIMES_FETCHED * one["down_sum"]):
            rows = [row for row in outward.to_pylist() if row["src"] == one["src"]]
            yield from _judged(view, one["src"], one["up_sum"], rows)


def _judged(view: View, source: str, sent: int, rows: list[FlowRow]) -> Iterator[Hit]:
    to: dict[str, list[FlowRow]] = defaultdict(list)
    for row in rows:
        to[row["dst"]].append(row)
    receiver = max(sorted(to), key=lambda address: sum(row["up"] for row in to[address]))
    share = sum(row["up"] for row in to[receiver]) / sent
    own, peers = view.history.sent(source), _peers(view, source)
    known = len(own) >= LEARNED
    if share < ONE_RECEIVER or (known and sent < TIMES_OWN * max(own)):
        return
    if (not known and len(peers) < MIN_HOSTS) or (peers and sent < TIMES_PEERS * median(peers)):
        return
    traits = peer_traits(view, source, [receiver], [row["port"] for row in to[receiver]], "")
    yield _hit(source, receiver, sent, max(own) if known else None, peers, to[receiver], traits)


def _peers(view: View, source: str) -> list[int]:
    """What every other host of ours sent to the outside that day."""
    flows = view.day.tallies["flows"].all()
    outward = flows.filter(pa.array(out_of(flows, view.networks)))
    sums = outward.group_by("src").aggregate([("up", "sum")])
    others = np.asarray([name != source for name in sums["src"].to_pylist()], bool)
    return list(sums.filter(pa.array(others))["up_sum"].to_pylist())


def _hit(
    source: str,
    receiver: str,
    sent: int,
    own: int | None,
    peers: list[int],
    rows: list[FlowRow],
    traits: list[Trait],
) -> Hit:
    compromised = sum(one.weight for one in traits) >= MIN_WEIGHT
    words = said(traits)
    past = (
        Text(f"，自身以往单日最多 {own / _MB:.0f} MB", f", its greatest day before had {own / _MB:.0f} MB")
        if (own is not None)
        else Text("", "")
    )
    others = (
        Text(
            f"，其他主机中位数 {median(peers) / _MB:.1f} MB",
            f", the median of others {median(peers) / _MB:.1f} MB",
        )
        if (peers)
        else Text("", "")
    )
    return hit(
        FINDING,
        gathered(rows),
        key=receiver,
        subject=source,
        subject_kind="ip",
        peers=[receiver],
        threat="compromised" if compromised else "risk",
        summary=Text(
            f"{source} 当日外传 {sent / _MB:.0f} MB，主要发往 {receiver}{past.zh}{others.zh}"
            + (f"；佐证：{words.zh}" if traits else ""),
            f"{source} sent {sent / _MB:.0f} MB out in a day, most of it to {receiver}{past.en}{others.en}"
            + (f"; beside it: {words.en}" if traits else ""),
        ),
    )


BEHAVIOUR = judge
