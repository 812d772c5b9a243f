"""Exceptions to rules: who keeps what from coming up, for how long and why."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from msgspec.structs import replace

from detections.exceptions import EVERY_RULE
from taishi.app.refusal import Refusal, needed_reason
from taishi.app.roles import TRIAGE, require
from taishi.core.clock import ZONE, Clock
from taishi.core.ports import Find, StateStore
from taishi.core.records import RuleException

#: Nobody remembers a longer one; it is looked at again when it ends.
DEFAULT_SPAN, MOST_SPAN = timedelta(days=90), timedelta(days=366)
#: Suppression longer than this hides instead of thinning out.
MOST_EVERY = timedelta(days=30)


@dataclass(frozen=True)
class Wish:
    """What is to be kept back. `since`: now; `until`: 90 days later; `every`: none lets no hit through."""

    rule: str
    where: Mapping[str, str] = field(default_factory=dict)
    since: datetime | None = None
    until: datetime | None = None
    every: timedelta | None = None
    group: Sequence[str] = ()


class RuleExceptions:
    """Analysts make and end them; every act is audited in the transaction that does it."""

    def __init__(self, state: StateStore, clock: Clock) -> None:
        self._state, self._clock = state, clock

    def list(self) -> list[RuleException]:
        """All there ever were, the newest first; ended ones stay, for they explain what never came up."""
        return self._state.find(RuleException, Find(order="id", descending=True))

    def add(self, wish: Wish, by: str, why: str) -> RuleException:
        """Raises Refusal for a span that is too long, no reason, or every rule without any condition."""
        why = needed_reason(why)
        now = self._clock.now()
        since, until, every = _checked(wish, now)
        with self._state.transaction():
            person = require(self._state, by, *TRIAGE)
            year = f"{now.astimezone(ZONE):%Y}"
            made = RuleException(
                id=f"X-{year}-{self._state.next_number(f'exception-{year}'):04d}",
                rule=wish.rule,
                since=since,
                until=until,
                why=why,
                who=person.id,
                created_at=now,
                where=dict(wish.where),
                mode="suppress" if every else "except",
                every_s=int(every.total_seconds()) if every else 0,
                group=tuple(wish.group),
            )
            self._state.put(made)
            self._audit(person.id, made.mode, made, described(made), why)
            return made

    def end(self, exception_id: str, by: str, why: str) -> RuleException:
        """Ends it now: what happens from now on comes up again. Refused where it is over already."""
        now = self._clock.now()
        with self._state.transaction():
            person = require(self._state, by, *TRIAGE)
            found = self._state.get(RuleException, exception_id)
            if found is None:
                raise Refusal(f"没有例外 {exception_id}", f"there is no exception {exception_id}")
            if found.until <= now:
                raise Refusal(f"例外 {exception_id} 已到期", f"exception {exception_id} is over already")
            ended = replace(found, since=min(found.since, now), until=now, ended_by=person.id)
            self._state.put(ended)
            self._audit(person.id, "unexcept", ended, "ended", why)
            return ended

    def _audit(self, actor: str, action: str, one: RuleException, result: str, why: str) -> None:
        self._state.decide(self._clock.now(), actor, action, "rule exception", one.id, result, why)


def described(one: RuleException) -> str:
    """What it covers, on one line."""
    where = " ".join(f"{name}={value}" for name, value in one.where.items()) or "everywhere"
    of = f" of the same {', '.join(one.group)}" if one.group else ""
    often = f", one in {timedelta(seconds=one.every_s)}{of}" if one.mode == "suppress" else ""
    return f"{one.rule} {where}{often}"


def _checked(wish: Wish, now: datetime) -> tuple[datetime, datetime, timedelta | None]:
    since = wish.since or now
    until = wish.until or since + DEFAULT_SPAN
    if not since < until:
        raise Refusal("例外的结束时间须晚于开始时间", "an exception must end after it begins")
    if until <= now or until - since > MOST_SPAN:
        raise Refusal(
            "例外须在将来结束，最长一年", "an exception ends in the future and lasts a year at most"
        )
    if wish.rule == EVERY_RULE and not wish.where:
        raise Refusal(
            "不能无条件关闭全部规则，请给出字段条件", "every rule, everywhere: give a field that must hold"
        )
    if wish.every is not None and not timedelta(seconds=1) <= wish.every <= MOST_EVERY:
        raise Refusal("抑制间隔须为 1 秒至 30 天", "suppression is one hit in 1 second up to 30 days")
    if wish.group and wish.every is None:
        raise Refusal("分组字段只用于抑制", "fields to group by are for suppression only")
    return since, until, wish.every
