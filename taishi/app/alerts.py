"""Alerts and the risk events behind them: what detection found and what people made of it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from msgspec.structs import replace

from detections.incident import plain
from detections.verdict import QUIET
from taishi.app.posture import OWNERLESS
from taishi.app.refusal import Refusal, needed_reason
from taishi.app.risk_versions import keep
from taishi.app.roles import SYSTEM, TRIAGE, require
from taishi.app.window import Window
from taishi.core.clock import ZONE, Clock
from taishi.core.event import Event
from taishi.core.ports import EventStore, Find, Scalar, StateStore
from taishi.core.records import (
    LEVELS,
    THREATS,
    Alert,
    AlertState,
    Hit,
    Level,
    Person,
    RiskEvent,
    RiskState,
    Threat,
    Verdict,
)

#: A subject that was quiet for longer than this and is seen again is a new alert and a new risk event,
#: counted by its own first sighting. Ours: no standard names a figure; a month is what reports cover.
QUIET_DAYS = QUIET.days

#: Why the system dismisses.
_TAKEN_BACK = "后来的事件说明并非如此 later events speak against it"
_RISK_ACTS: dict[RiskState, str] = {"open": "reopen", "withdrawn": "withdraw", "closed": "close"}
_STATES: dict[AlertState, str] = {"new": "待研判", "confirmed": "确认", "dismissed": "排除"}


@dataclass(frozen=True)
class AlertFilter:
    """What must hold, all of it. `window` is of the first sighting, as the reports count; `unit` 未登记
    means none; `state` may be several; `incident` is the key of its kind; `text` is part of the subject, or
    an alert's number.
    """

    window: Window | None = None
    threat: Threat | None = None
    level: Level | None = None
    unit: str | None = None
    state: AlertState | tuple[AlertState, ...] | None = None
    text: str | None = None
    incident: str | None = None

    def find(self, limit: int | None = None, offset: int = 0) -> Find:
        """As a question to the state store, last seen first."""
        chosen = {
            "threat": self.threat,
            "level": self.level,
            "unit": self.unit,
            "state": self.state,
            "incident": self.incident,
        }
        where: dict[str, Scalar | tuple[Scalar, ...]] = {k: v for k, v in chosen.items() if v is not None}
        if self.unit == OWNERLESS:
            where["unit"] = None
        text = (self.text or "").strip()
        if text.startswith("A-"):
            where["id"] = text
        contains = {"subject": text} if text and "id" not in where else {}
        between = {"first_seen": (self.window.since, self.window.until)} if self.window else {}
        return Find(where, between, contains, order="last_seen", descending=True, limit=limit, offset=offset)


@dataclass(frozen=True)
class AlertPage:
    """Some alerts and how many there are in all."""

    alerts: tuple[Alert, ...]
    total: int


class Alerts:
    """Every act is one transaction with its audit line, and raises Refusal where it is not allowed."""

    def __init__(self, state: StateStore, events: EventStore, clock: Clock) -> None:
        self._state = state
        self._events = events
        self._clock = clock

    def list(self, wanted: AlertFilter | None = None, limit: int | None = 50, offset: int = 0) -> AlertPage:
        wanted = wanted or AlertFilter()
        found = self._state.find(Alert, wanted.find(limit, offset))
        return AlertPage(tuple(found), self._state.count(Alert, wanted.find()))

    def get(self, alert_id: str) -> Alert:
        return needed_alert(self._state, alert_id)

    def risk_event(self, alert_id: str) -> RiskEvent | None:
        found = self._state.find(RiskEvent, Find(where={"alert_id": alert_id}, limit=1))
        return found[0] if found else None

    def events_of(self, alert_id: str) -> Sequence[Event]:
        """The evidence, oldest first; events that the store no longer holds are left out."""
        ids = {e.event_id for reason in self.get(alert_id).verdict.because for e in reason.evidence}
        found = (self._events.get(event_id) for event_id in ids)
        return sorted((event for event in found if event), key=lambda event: (event.time, event.id))

    def record(self, verdict: Verdict) -> Alert | None:
        """Takes in what detection found: a new alert, or the subject's running one as it is now.

        It runs until the subject was quiet for QUIET_DAYS; what comes after is a new one, and so is what
        came long before (a log read late). None where nothing changed. Another class, level, owner or an
        earlier first sighting is a new version of the risk event with a line in the audit. A dismissed
        alert keeps counting; a new rule, a worse class or a worse level opens it again.
        """
        verdict = replace(verdict, incident=verdict.incident or plain(verdict.threat))
        with self._state.transaction():
            alert = self._running(verdict)
            if alert is None:
                return self._open(verdict)
            verdict = _spanning(alert.verdict, verdict)
            same = verdict == alert.verdict and not alert.taken_back
            return None if same else self._update(alert, verdict)

    def take_back(self, subject: str, gone: Sequence[Hit], left: Sequence[Verdict]) -> None:
        """Dismisses the subject's new alerts of which nothing is left. `gone`: hits that are withdrawn;
        `left`: the verdicts without them. What a person confirmed or closed stays as they said."""
        rules = {hit.rule for hit in gone}
        for alert in self._state.find(Alert, Find({"subject": subject, "state": "new"})) if gone else ():
            told = rules & {reason.rule for reason in alert.verdict.because}
            risk = self.risk_event(alert.id)
            closed = risk is not None and risk.state == "closed"
            if told and not closed and not any(_near(alert.verdict, verdict) for verdict in left):
                why = f"{_TAKEN_BACK}: {', '.join(sorted(told))}"
                self._set_risk(alert.id, "withdrawn", SYSTEM, why)
                self._move(replace(alert, taken_back=True), "dismissed", SYSTEM, "dismiss", why)

    def confirm(self, alert_id: str, by: str, why: str = "") -> Alert:
        with self._state.transaction():
            alert, person = self._triage(alert_id, by)
            if alert.state != "new":
                raise Refusal(
                    f"告警 {alert_id} 已{_STATES[alert.state]}，不能再确认",
                    f"alert {alert_id} is {alert.state}; only a new one can be confirmed",
                )
            return self._move(alert, "confirmed", person.id, "confirm", why.strip())

    def dismiss(self, alert_id: str, by: str, why: str) -> Alert:
        """Not a risk after all: its risk event is withdrawn and counts no more."""
        with self._state.transaction():
            alert, person = self._triage(alert_id, by)
            if alert.state == "dismissed":
                raise Refusal(f"告警 {alert_id} 已排除", f"alert {alert_id} is dismissed already")
            return self.disprove(alert, person.id, needed_reason(why))

    def disprove(self, alert: Alert, by: str, why: str) -> Alert:
        """Dismisses it within an act that has asked who may: a unit's objection was right."""
        self._set_risk(alert.id, "withdrawn", by, why)
        return self._move(alert, "dismissed", by, "dismiss", why)

    def settle(self, alert_ids: Iterable[str], by: str, why: str) -> None:
        """The risk events behind the alerts are dealt with: their letter is closed. They go on counting, and
        what comes back opens them again. Call it in the act's transaction."""
        for alert_id in alert_ids:
            risk = self.risk_event(alert_id)
            if risk is not None and risk.state == "open":
                self._set_risk(alert_id, "closed", by, why)

    def reopen(self, alert_id: str, by: str, why: str) -> Alert:
        """Back to new; a withdrawn risk event counts again."""
        with self._state.transaction():
            alert, person = self._triage(alert_id, by)
            if alert.state == "new":
                raise Refusal(f"告警 {alert_id} 尚未处理", f"alert {alert_id} is open already")
            why = needed_reason(why)
            self._set_risk(alert_id, "open", person.id, why)
            return self._move(replace(alert, taken_back=False), "new", person.id, "reopen", why)

    def assign(self, alert_id: str, to: str | None, by: str) -> Alert:
        """Gives it to somebody who may triage; None takes it back."""
        with self._state.transaction():
            alert, person = self._triage(alert_id, by)
            assignee = require(self._state, to, *TRIAGE).id if to else None
            alert = replace(alert, assignee=assignee, updated_at=self._clock.now())
            self._state.put(alert)
            self._audit(person.id, "assign", alert_id, assignee or "nobody")
            return alert

    def _running(self, verdict: Verdict) -> Alert | None:
        """The subject's newest alert no more than QUIET_DAYS away, unless its case was closed before."""
        subject = Find(where={"subject": verdict.subject}, order="first_seen", descending=True)
        for alert in self._state.find(Alert, subject):
            if not _near(alert.verdict, verdict):
                continue
            risk = self.risk_event(alert.id)
            closed = risk is not None and risk.state == "closed"
            return None if closed and verdict.first_seen > alert.verdict.last_seen else alert
        return None

    def _open(self, verdict: Verdict) -> Alert:
        now = self._clock.now()
        year, month = f"{now.astimezone(ZONE):%Y}", f"{verdict.first_seen.astimezone(ZONE):%Y-%m}"
        alert_id = f"A-{year}-{self._state.next_number(f'alert-{year}'):06d}"
        alert = Alert(alert_id, verdict, updated_at=now)
        risk = RiskEvent(
            id=f"{month}-{self._state.next_number(f'risk-{month}'):06d}",
            alert_id=alert_id,
            threat=verdict.threat,
            level=verdict.level,
            unit=verdict.unit,
            subject=verdict.subject,
            first_seen=verdict.first_seen,
            last_seen=verdict.last_seen,
            count=verdict.count,
            incident=verdict.incident,
        )
        self._state.put(alert)
        keep(self._state, risk, now)
        self._audit(SYSTEM, "open", alert_id, f"{risk.id} {_class(risk)}")
        return alert

    def _update(self, alert: Alert, verdict: Verdict) -> Alert:
        opened = alert.state == "dismissed" and (alert.taken_back or _worse(alert.verdict, verdict))
        risk = self._follow(alert, verdict, opened)
        renewed = replace(
            alert,
            verdict=verdict,
            state="new" if opened else alert.state,
            version=risk.version if risk else alert.version,
            updated_at=self._clock.now(),
            taken_back=alert.taken_back and not opened,
        )
        self._state.put(renewed)
        if opened:
            self._audit(SYSTEM, "reopen", alert.id, "new", "dismissed, and now worse or by a new rule")
        return renewed

    def _follow(self, alert: Alert, verdict: Verdict, opened: bool) -> RiskEvent | None:
        """Brings the risk event up to the verdict; whatever moves it in a report makes a version."""
        old = self.risk_event(alert.id)
        if old is None:
            return None
        fields = ("threat", "level", "unit", "first_seen", "last_seen", "count", "incident")
        risk = replace(old, **{name: getattr(verdict, name) for name in fields})
        if opened or old.state == "closed":
            risk = replace(risk, state="open")
        if _counted(risk) != _counted(old):
            risk = replace(risk, version=old.version + 1)
            self._audit_risk(SYSTEM, "reclassify", risk, old)
        keep(self._state, risk, self._clock.now())
        return risk

    def _triage(self, alert_id: str, by: str) -> tuple[Alert, Person]:
        person = require(self._state, by, *TRIAGE)
        return self.get(alert_id), person

    def _move(self, alert: Alert, to: AlertState, by: str, action: str, why: str) -> Alert:
        moved = replace(alert, state=to, updated_at=self._clock.now())
        risk = self.risk_event(alert.id)
        if risk is not None:
            moved = replace(moved, version=risk.version)
        self._state.put(moved)
        self._audit(by, action, alert.id, to, why)
        return moved

    def _set_risk(self, alert_id: str, to: RiskState, by: str, why: str) -> None:
        old = self.risk_event(alert_id)
        if old is not None and old.state != to:
            risk = replace(old, state=to, version=old.version + 1)
            keep(self._state, risk, self._clock.now())
            self._audit_risk(by, _RISK_ACTS[to], risk, old, why)

    def _audit(self, actor: str, action: str, alert_id: str, result: str, why: str = "") -> None:
        self._state.decide(self._clock.now(), actor, action, "alert", alert_id, result, why)

    def _audit_risk(self, actor: str, action: str, risk: RiskEvent, old: RiskEvent, why: str = "") -> None:
        result = f"v{risk.version} {_class(risk)}; was {_class(old)}"
        self._state.decide(self._clock.now(), actor, action, "risk_event", risk.id, result, why)


def needed_alert(state: StateStore, alert_id: str) -> Alert:
    """Raises Refusal where there is no such alert."""
    alert = state.get(Alert, alert_id)
    if alert is None:
        raise Refusal(f"没有告警 {alert_id}", f"there is no alert {alert_id}")
    return alert


def _spanning(old: Verdict, new: Verdict) -> Verdict:
    """The new verdict over the whole time the subject has been seen: a sighting is never taken back."""
    first, last = min(old.first_seen, new.first_seen), max(old.last_seen, new.last_seen)
    return replace(new, first_seen=first, last_seen=last)


def _near(old: Verdict, new: Verdict) -> bool:
    """Whether less than a quiet time lies between the two, whichever came first."""
    quiet = timedelta(days=QUIET_DAYS)
    return new.first_seen <= old.last_seen + quiet and old.first_seen <= new.last_seen + quiet


def _worse(old: Verdict, new: Verdict) -> bool:
    """A worse class, a worse level, or a rule that did not speak before."""
    rules = {reason.rule for reason in new.because} - {reason.rule for reason in old.because}
    if rules or THREATS.index(new.threat) < THREATS.index(old.threat):
        return True
    return LEVELS.index(new.level) < LEVELS.index(old.level)


def _counted(risk: RiskEvent) -> tuple[object, ...]:
    """What decides where a report counts it."""
    return risk.threat, risk.level, risk.unit, risk.first_seen, risk.state, risk.incident


def _class(risk: RiskEvent) -> str:
    seen = risk.first_seen.astimezone(ZONE)
    return f"{risk.threat}/{risk.level} {risk.unit or OWNERLESS} {seen:%Y-%m-%d %H:%M:%S} {risk.state}"
