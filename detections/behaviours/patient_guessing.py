"""A few failed logons a day, of many accounts over the days, by one source that never succeeds.

Whoever stays below every bar of one day shows over several: a person fails now and then, but with their own
account, and logs on in between; a job that has an old password has one account.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import TypedDict, cast

from detections.guesses import ACCOUNTS, accounts, failures, in_order
from detections.ledger.exhibits import TryRow
from detections.ledger.view import View
from detections.logon_hits import SLOW, guess_hit
from taishi.core.records import Hit
from taishi.core.text import Text

#: Days with failures, the one that is judged among them.
DAYS = 3

_Place = tuple[str, str, str]


class _Past(TypedDict):
    """A row of `ledger.history.LOGONS`."""

    source: str
    target: str
    service: str
    user: str
    outcome: str
    day: int
    n: int


def judge(view: View) -> Iterator[Hit]:
    """Sources that failed today and on other days before."""
    today: dict[_Place, list[TryRow]] = defaultdict(list)
    for row in cast(list[TryRow], view.tries.to_pylist()):
        today[row["source"], row["target"], row["service"]].append(row)
    before: dict[_Place, list[_Past]] = defaultdict(list)
    past = view.history.logons.among("source", {source for source, _, _ in today})
    for known in cast(list[_Past], past.to_pylist()):
        before[known["source"], known["target"], known["service"]].append(known)
    for place, rows in sorted(today.items()):
        failed = failures(in_order(rows))
        if failed and place in before and not any(row["outcome"] == "success" for row in rows):
            yield from _judged(failed, before[place])


def _judged(failed: Sequence[TryRow], before: Sequence[_Past]) -> Iterator[Hit]:
    days = {row["day"] for row in before if row["outcome"] == "failure"}
    tried = accounts(failed) | {row["user"].lower() for row in before}
    known = any(row["outcome"] == "success" for row in before)
    if known or len(days) + 1 < DAYS or len(tried) < ACCOUNTS:
        return
    one, number = failed[0], len(failed) + sum(row["n"] for row in before)
    source, target, service = one["source"], one["target"], one["service"]
    said = Text(
        f"{source} 在 {len(days) + 1} 天内对 {target} 的 {service} 共尝试 {len(tried)} 个账号 "
        f"{number} 次，从未成功",
        f"{source} tried {len(tried)} accounts of {target} ({service}) {number} times on {len(days) + 1} "
        "days and never succeeded",
    )
    yield guess_hit(SLOW, failed, said, key=f"{source}:{service}:days")


BEHAVIOUR = judge
