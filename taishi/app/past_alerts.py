"""A new exception reaches back as far as it says: alerts that rest on nothing else are dismissed by it."""

from functools import partial

import msgspec

from detections.exceptions import Exceptions
from detections.verdict import episodes, judge
from taishi.app.desk import Desk
from taishi.app.owning import owned
from taishi.app.refusal import Refusal
from taishi.app.surroundings import Prevalence
from taishi.core.ports import Find
from taishi.core.records import Alert, Hit, RuleException

_SETTING = "exceptions.applied"


def except_past(desk: Desk, exceptions: Exceptions) -> int:
    """Applies every exception that is new since the last call; gives how many alerts moved.

    An alert of which all hits are covered is dismissed in the name of who made the exception; one that rests
    on others as well is judged again without them. Each exception does this once: what a person opens again
    stays open.
    """
    done = set(msgspec.json.decode(desk.state.setting(_SETTING) or "[]", type=list[str]))
    fresh = [one for one in desk.state.find(RuleException) if one.mode == "except" and one.id not in done]
    if not fresh:
        return 0
    moved = 0
    for alert in desk.state.find(Alert):
        if alert.state != "dismissed":
            moved += _applied(desk, exceptions, fresh, alert)
    desk.state.set_setting(_SETTING, msgspec.json.encode(sorted(done | {one.id for one in fresh})).decode())
    return moved


def _applied(desk: Desk, exceptions: Exceptions, fresh: list[RuleException], alert: Alert) -> bool:
    first, last = alert.verdict.first_seen, alert.verdict.last_seen
    known = desk.state.find(Hit, Find({"subject": alert.verdict.subject}))
    hits = [one for one in known if first <= one.last_seen and one.first_seen <= last]
    covered = {hit.id for hit in hits if not Exceptions(fresh).admits_hit(hit)}
    if not covered:
        return False
    around = Prevalence(desk.state).around()
    left = [hit for hit in hits if exceptions.admits_hit(hit)]
    if left:
        whose = partial(owned, desk.register.current.now().register)
        verdicts = [verdict for matter in episodes(left) for verdict in judge(matter, around, whose)]
        return bool([moved for verdict in verdicts if (moved := desk.alerts.record(verdict))])
    by = next(one for one in fresh if any(not Exceptions([one]).admits_hit(hit) for hit in hits))
    try:
        desk.alerts.dismiss(alert.id, by.who, f"{by.id}: {by.why}")
    except Refusal:  # who made the exception may not triage any more
        return False
    return True
