"""What is gathered by weeks: at the policy's moment one letter a unit and week, and of each class its own."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from notices.weeks import WEEK, week_of
from taishi.app.measures.following import Following
from taishi.app.roles import SYSTEM
from taishi.core.clock import rfc3339
from taishi.core.ports import Find
from taishi.core.problems import Refused
from taishi.core.records import LEVELS, THREATS, Alert, Threat

#: The end of the last week that was gathered.
_GATHERED = "policy.gathered"
#: An alert that was last seen so long before and became known only now is looked at too.
_LATE = timedelta(days=30)

#: By unit, type of letter and class.
_Held = Mapping[tuple[str, str, Threat], Sequence[Alert]]


def gather(following: Following) -> int:
    """Drafts the letters of the weeks that are over, and gives how many. A week is gathered once; after a
    kill on the way it goes on with what is not told yet."""
    state = following.state
    end, _ = week_of(following.clock.now(), following.policy().weekly)
    done = state.setting(_GATHERED)
    since = datetime.fromisoformat(done) if done else end - WEEK
    if since >= end:
        return 0
    held = _waiting(following, since, end)
    drafted = sum(_write(following, type_, alerts) for (_, type_, _), alerts in sorted(held.items()))
    state.set_setting(_GATHERED, rfc3339(end))
    return drafted


def _waiting(following: Following, since: datetime, end: datetime) -> _Held:
    """What was seen before the end, is news since the last gathering, and no letter tells."""
    policy, held = following.policy(), defaultdict[tuple[str, str, Threat], list[Alert]](list)
    weekly = [(a, b) for a in THREATS for b in LEVELS if policy.measure(a, b).when == "weekly"]
    for threat, level in weekly:
        where = {"threat": threat, "level": level, "state": ("new", "confirmed")}
        seen = Find(
            where, {"last_seen": (since - _LATE, None), "first_seen": (None, end)}, order="first_seen"
        )
        for alert in following.state.find(Alert, seen):
            letter, unit = policy.measure(threat, level).letter, alert.verdict.unit
            news = alert.updated_at is None or alert.updated_at >= since
            if letter and unit and news and following.told(alert, letter) is None:
                held[unit, letter, threat].append(alert)
    return held


def _write(following: Following, type_: str, alerts: Sequence[Alert]) -> bool:
    """One draft about what no open letter takes in; whether there is one."""
    with following.state.transaction():
        left = [one for one in alerts if following.loop.absorb(one.id, type_) is None]
        try:
            if left:
                following.letters.draft([one.id for one in left], SYSTEM, type_)
            return bool(left)
        except Refused as refused:
            for one in left:
                following.note(one, "notice.draft", type_, refused)
            return False
