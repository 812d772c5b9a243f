"""预警通报: drafted by a person from facts; then approved and issued like every letter."""

from datetime import UTC

from msgspec.structs import replace

from notices import policy
from notices.warning import warned
from taishi.app.letters import ANSWER_DAYS
from taishi.app.notice_history import keep_move
from taishi.app.refusal import Refusal
from taishi.app.roles import TRIAGE, require
from taishi.app.settings import Settings
from taishi.core.clock import ZONE, Clock
from taishi.core.notice_records import Notice, WarningFacts
from taishi.core.ports import Find, StateStore
from taishi.core.records import Unit


def draft_warning(
    state: StateStore, clock: Clock, settings: Settings, facts: WarningFacts, unit: str, by: str
) -> Notice:
    """To one unit of the register. Raises Refusal where there is none of that name."""
    with state.transaction():
        person, now = require(state, by, *TRIAGE), clock.now()
        if not state.count(Unit, Find(where={"name": unit})):
            raise Refusal(f"台账中没有单位“{unit}”", f"there is no unit {unit} in the register")
        year = now.astimezone(ZONE).year
        notice_id = f"N-{year}-{state.next_number(f'notice-{year}'):06d}"
        due = policy.extended(now, ANSWER_DAYS, settings.policy()).astimezone(UTC)
        notice = replace(warned(notice_id, unit, facts, now, due), drafted_by=(person.id,))
        keep_move(state, now, person.id, "draft", notice, f"warning {facts.subject}")
        return notice
