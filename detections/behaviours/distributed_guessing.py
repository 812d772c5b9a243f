"""One account tried from many addresses, few times from each: no single source shows it."""

from collections.abc import Iterator
from typing import cast

import pyarrow as pa
import pyarrow.compute as pc

from detections.guesses import MANY, accounts, failures, in_order
from detections.hits import Finding
from detections.ledger.exhibits import TryRow
from detections.ledger.view import View
from detections.logon_hits import ADVICE, guess_hit
from taishi.core.records import Hit
from taishi.core.text import Text

#: Addresses that fail as one account in a day and never succeed: one person has a desk, a telephone, a home
#: and a road. Within the network a shared mailbox with a new password shows at every desk: twice as many.
SOURCES, SOURCES_INSIDE = 5, 10

FOUND = Finding(
    "taishi.behaviour.distributed-guessing", Text("多源口令猜测", "Password guessing from many addresses"),
    "attempted", "medium", ("T1110.001",), ADVICE,
)  # fmt: skip

_ACCOUNT = ["target", "service", "user"]


def judge(view: View) -> Iterator[Hit]:
    """Accounts that failed from many sources of which none succeeded."""
    if not view.tries.num_rows:
        return
    rows = view.day.tallies["tries"].all()
    failed = rows.filter(pc.and_(pc.equal(rows["outcome"], "failure"), pc.not_equal(rows["user"], "")))
    counted = failed.group_by(_ACCOUNT).aggregate([("source", "count_distinct")])
    wide = counted.filter(pc.greater_equal(counted["source_count_distinct"], SOURCES))
    for one in sorted(wide.select(_ACCOUNT).to_pylist(), key=lambda one: [one[name] for name in _ACCOUNT]):
        hit = _judged(view, _of(rows, one["target"], one["service"]), one["user"])
        if hit is not None:
            yield hit


def _of(rows: pa.Table, target: str, service: str) -> list[TryRow]:
    fit = pc.and_(pc.equal(rows["target"], target), pc.equal(rows["service"], service))
    return in_order(cast(list[TryRow], rows.filter(fit).to_pylist()))


def _judged(view: View, rows: list[TryRow], user: str) -> Hit | None:
    known = {row["source"] for row in rows if row["outcome"] == "success"}
    tried = [row for row in rows if row["user"] == user and row["source"] not in known]
    by_source: dict[str, list[TryRow]] = {}
    for row in tried:
        by_source.setdefault(row["source"], []).append(row)
    found = {source: failures(own) for source, own in by_source.items()}
    sources = {source for source, own in found.items() if own}
    outside = {source for source in sources if not view.networks.inside(source)}
    if len(outside) < SOURCES and (len(sources) < SOURCES_INSIDE or _is_used(rows, user)):
        return None
    failed = in_order([row for own in found.values() for row in own])
    if len(failed) < MANY or not accounts(failed):
        return None
    one = failed[0]
    said = Text(
        f"{len(sources)} 个地址对 {one['target']} 的 {one['service']} 账号 {user} "
        f"共登录失败 {len(failed)} 次，均未成功",
        f"{len(sources)} addresses failed {len(failed)} times to log on to {one['target']} "
        f"({one['service']}) as {user}, none succeeded",
    )
    return guess_hit(FOUND, failed, said, sources=sources, key=f"{one['service']}:{user}")


def _is_used(rows: list[TryRow], user: str) -> bool:
    """Whether somebody logs on as that account."""
    return any(row["outcome"] == "success" and row["user"] == user for row in rows)


BEHAVIOUR = judge
