"""What comes after a letter has left: it is appended, or opens the letter again under its number."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from msgspec.structs import replace

from notices import policy
from notices.life import closing
from notices.measures import Policy
from taishi.app.alerts import needed_alert
from taishi.app.loop.acts import KEEPS, Acts
from taishi.app.loop.limits import Limits
from taishi.app.notice_items import item_of
from taishi.app.refusal import Refusal, needed_reason
from taishi.app.roles import SYSTEM
from taishi.core.clock import ZONE
from taishi.core.notice_records import MATTERS, OUTSTANDING, Notice, NoticeItem
from taishi.core.ports import Find
from taishi.core.records import Alert, AlertState

_STANDING: tuple[AlertState, ...] = ("new", "confirmed")


class Growing:
    """Acts of the system, and reopening by hand."""

    def __init__(self, acts: Acts, measures: Callable[[], Policy], limits: Callable[[], Limits]) -> None:
        """`measures` gives the policy, `limits` what the loop measures by, as set now."""
        self._acts, self._letters = acts, acts.letters
        self._measures, self._limits = measures, limits

    def absorb(self, alert_id: str, type_: str) -> Notice | None:
        """The letter that takes the alert in, for which a letter of that type would be due: the unit's open
        one of its class, or a closed one that said the same not long ago, opened again. None where there is
        neither: a new letter is due."""
        with self._acts.state.transaction():
            alert = needed_alert(self._acts.state, alert_id)
            unit = alert.verdict.unit
            if unit is None or alert.state == "dismissed":
                return None
            notice = self._letters.open_letter(unit, alert.verdict.threat, type_) or self._closed(alert)
            return notice and self._grown(notice, alert)

    def follow(self, alert_id: str) -> None:
        """Letters that have left and name the alert say what is known of it now: those that are open; where
        none is, the one closed last, if that was not long ago."""
        with self._acts.state.transaction():
            alert = needed_alert(self._acts.state, alert_id)
            if alert.state == "dismissed":
                return
            about = [one for one in self._letters.about(alert_id) if _says(one, alert)]
            out = [notice for notice in about if notice.state in OUTSTANDING]
            closed = [notice for notice in about if self._recent(notice)]
            for notice in out or sorted(closed, key=_closed_at)[-1:]:
                self._grown(notice, alert)

    def returned(self, notice: Notice) -> list[Alert]:
        """The alerts that speak of what the letter said again, since its answer: on the same address, by
        the same rule."""
        since = notice.answered_at
        if since is None:
            return []
        addresses = tuple(dict.fromkeys(item.address for item in notice.items))
        found = self._acts.state.find(Alert, Find(where={"subject": addresses, "state": _STANDING}))
        return [alert for alert in found if _speaks_again(notice, alert, since)]

    def reopen(self, notice_id: str, why: str, by: str = SYSTEM) -> Notice:
        """重开 under the same number, with a new deadline by the policy."""
        with self._acts.state.transaction():
            notice, actor = self._acts.staff(notice_id, "reopen", by, *KEEPS)
            self._refuse_second(notice)
            return self._reopened(notice, actor, needed_reason(why), self.returned(notice))

    def _refuse_second(self, notice: Notice) -> None:
        """A unit has one open letter of a class: a newer one goes on instead of an older one."""
        out = Find(where={"unit": notice.unit, "type": notice.type, "state": OUTSTANDING})
        for other in self._acts.state.find(Notice, out):
            if other.id != notice.id and other.threat == notice.threat:
                raise Refusal(
                    f"{notice.unit}的同类事项已有在办函件 {other.number}，不再重开 {notice.number}",
                    f"{notice.unit} has the open letter {other.number} of that class",
                )

    def _reopened(self, notice: Notice, actor: str, why: str, alerts: list[Alert]) -> Notice:
        now = self._acts.clock.now()
        items = [replace(item_of(alert), appended_at=now) for alert in alerts]
        due = policy.deadline(now, items or notice.items, self._measures()).astimezone(UTC)
        notice = closing.reopen(notice, at=now, deadline=due, items=items)
        self._letters.drop_about(notice.id, "recheck", actor, why)
        return self._acts.keep(notice, "reopen", actor, why)

    def recurred(self, notice: Notice) -> Notice | None:
        """The letter opened again where what it said has come back since its answer, else None."""
        alerts = self.returned(notice)
        return self._reopened(notice, SYSTEM, _again(alerts), alerts) if alerts else None

    def _grown(self, notice: Notice, alert: Alert) -> Notice:
        now, item = self._acts.clock.now(), item_of(alert)
        told = next((one for one in notice.items if one.alert_id == alert.id), None)
        if told is not None and (told.count, told.last_seen, told.level) == (
            item.count,
            item.last_seen,
            item.level,
        ):
            return notice
        since = notice.answered_at
        if since is not None and (told is None or _speaks_again(notice, alert, since)):
            return self._reopened(notice, SYSTEM, _again([alert]), [alert])
        if notice.state == "closed":
            return notice
        if told is not None and since is not None:  # another rule: what is to be quiet is what was answered
            item = replace(item, rules=told.rules)
        grown = closing.append(notice, items=[replace(item, appended_at=now)], at=now)
        said = f"{alert.id} {item.address} ×{item.count}"
        return self._acts.keep(grown, "append", SYSTEM, said)

    def _closed(self, alert: Alert) -> Notice | None:
        """The letter closed last that said the same of the same address, not long ago."""
        found = self._acts.state.find(Notice, Find(where={"unit": alert.verdict.unit, "state": "closed"}))
        same = [
            notice
            for notice in found
            if notice.type in MATTERS
            and self._recent(notice)
            and notice.answered_at is not None
            and _speaks_again(notice, alert, notice.answered_at)
        ]
        return max(same, key=_closed_at, default=None)

    def _recent(self, notice: Notice) -> bool:
        if notice.state != "closed" or notice.closed_at is None:
            return False
        return self._acts.clock.now() - notice.closed_at <= timedelta(days=self._limits().reopen_days)


def _speaks_again(notice: Notice, alert: Alert, since: datetime) -> bool:
    """Whether a rule that the letter named spoke on the same address after that moment."""
    return any(
        _same(item, alert.verdict.subject, reason.rule) and reason.last_seen > since
        for item in notice.items
        for reason in alert.verdict.because
    )


def _says(notice: Notice, alert: Alert) -> bool:
    """Whether it is a letter that a unit answers, and says of the alert the class that it has now."""
    item = next(one for one in notice.items if one.alert_id == alert.id)
    return notice.type in MATTERS and item.threat == alert.verdict.threat


def _closed_at(notice: Notice) -> str:
    return str(notice.closed_at)


def _same(item: NoticeItem, subject: str, rule: str) -> bool:
    """Letters of a version that kept no rules tell by the address alone."""
    return item.address == subject and (not item.rules or rule in item.rules)


def _again(alerts: list[Alert]) -> str:
    last = max(alert.verdict.last_seen for alert in alerts).astimezone(ZONE)
    named = " ".join(f"{alert.id} {alert.verdict.subject}" for alert in alerts)
    return f"答复后再次出现 seen again after the answer: {named}, {last:%Y-%m-%d %H:%M}"
