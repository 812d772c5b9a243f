"""One source that a service turns away again and again: mail, name and telephone servers, VPN, traps."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import cast

from detections.guesses import BURST, BURST_WINDOW, HOUR, MINUTE, UNFINISHED, densest, failures, in_order
from detections.hits import Finding
from detections.ledger.exhibits import TryRow
from detections.ledger.view import View
from detections.logon_hits import guess_hit
from taishi.core.records import Hit
from taishi.core.text import Text

#: Refusals within an hour. Honest mail servers wait half an hour before they come again (RFC 5321 4.5.4.1),
#: so they meet two; clients of a name server or a VPN that is closed to them give up as soon.
REFUSALS = 4
#: Who is refused relaying and asks again within this time queues nothing: no mail server. Microseconds.
AGAIN = (2_000_000, 5 * MINUTE)

FOUND = Finding(
    "taishi.behaviour.refused-often", Text("反复被服务拒绝", "Refused by a service again and again"),
    "attempted", "low", ("T1595",),
    Text("限定该服务的来源地址，在边界封堵该来源；核对服务有无被放行的请求。",
         "Limit who may reach the service, block the source; check whether it was ever served."),
)  # fmt: skip


def judge(view: View) -> Iterator[Hit]:
    """Sources by target and service."""
    groups: dict[tuple[str, str, str], list[TryRow]] = defaultdict(list)
    for row in cast(list[TryRow], view.tries.to_pylist()):
        groups[row["source"], row["target"], row["service"]].append(row)
    for _, rows in sorted(groups.items()):
        ordered = in_order(rows)
        refused = [row for row in ordered if row["outcome"] == "denied" or row["action"] in UNFINISHED]
        if refused and not any(row["outcome"] == "success" for row in rows) and _is_often(ordered, refused):
            one = refused[0]
            yield guess_hit(FOUND, refused, _said(refused), key=f"{one['source']}:{one['service']}:refused")


def _is_often(rows: Sequence[TryRow], refused: Sequence[TryRow]) -> bool:
    moments = sorted(row["t"] for row in [*refused, *failures(rows)])
    if densest(moments, HOUR) >= REFUSALS or densest(moments, BURST_WINDOW) >= BURST:
        return True
    relayed = [row["t"] for row in refused if row["action"] == "relay-denied"]
    return any(AGAIN[0] <= after - before <= AGAIN[1] for before, after in pairwise(relayed))


def _said(refused: Sequence[TryRow]) -> Text:
    one = refused[0]
    what = ", ".join(sorted({row["action"] for row in refused}))
    return Text(
        f"{one['target']} 的 {one['service']} 拒绝 {one['source']} 共 {len(refused)} 次（{what}）",
        f"{one['service']} on {one['target']} refused {one['source']} {len(refused)} times ({what})",
    )


BEHAVIOUR = judge
