"""What a policy would have sent over a window, beside what was sent: before another one is put in place."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from notices.measures import Policy
from notices.plan import Plan, plan
from taishi.app.window import Window
from taishi.core.notice_records import MATTERS, Notice
from taishi.core.ports import Find, StateStore
from taishi.core.records import Alert


@dataclass(frozen=True)
class Given:
    """What a policy gives for the alerts first seen in the window; `letters` by type.

    alerts = `told` by letters + lines of `summary` + those `waiting` for the end of their week + `ownerless`.
    """

    alerts: int
    letters: Mapping[str, int]
    told: int
    summary: int
    waiting: int
    ownerless: int
    blocks: int
    by_unit: Mapping[str, int]

    @property
    def total(self) -> int:
        """All letters."""
        return sum(self.letters.values())


@dataclass(frozen=True)
class Trial:
    """`now` by the policy that counts, `other` by the one on trial; `sent`: letters that really left in the
    window, by type, without the papers about them."""

    window: Window
    now: Given
    other: Given
    sent: Mapping[str, int]


def tried(state: StateStore, window: Window, now: Policy, other: Policy) -> Trial:
    """Nothing is written."""
    alerts = state.find(Alert, Find(between={"first_seen": (window.since, window.until)}))
    matters = state.find(Notice, Find({"type": MATTERS}))
    left = [one for one in matters if one.issued_at and one.issued_at in window]
    return Trial(
        window,
        _given(plan(now, alerts, window.until)),
        _given(plan(other, alerts, window.until)),
        dict(Counter(one.type for one in left)),
    )


def _given(planned: Plan) -> Given:
    told = sum(len(letter.alerts) for letter in planned.letters)
    alone = len(planned.summary), len(planned.waiting), len(planned.ownerless)
    return Given(
        told + sum(alone),
        dict(Counter(letter.type for letter in planned.letters)),
        told,
        *alone,
        len(planned.blocks),
        dict(Counter(letter.unit for letter in planned.letters).most_common()),
    )
