"""Open matters follow the register: alerts, their risk events, and letters that are still drafts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from msgspec.structs import replace

from enrichment.register import AddressRegister
from taishi.app.letters import Letters
from taishi.app.owning import owned
from taishi.app.posture import OWNERLESS
from taishi.app.risk_versions import keep_all
from taishi.core.clock import Clock
from taishi.core.notice_records import OUTSTANDING, Notice
from taishi.core.ports import Find, StateStore
from taishi.core.records import Alert, RiskEvent


@dataclass(frozen=True)
class Restamped:
    """How many open alerts have another owner, how many keep theirs because a letter about them is out
    or under way, and how many drafts follow; `moved` are the ids of the former."""

    alerts: int = 0
    held: int = 0
    letters: int = 0
    moved: tuple[str, ...] = ()


def restamp(
    state: StateStore,
    clock: Clock,
    letters: Letters,
    register: AddressRegister,
    by: str,
    why: str,
    renamed: Mapping[str, str],
) -> Restamped:
    """Call it in the act's transaction. Closed, withdrawn and dismissed matters are left as they were.

    Each moved risk event is a new version with a line in the audit. `renamed`: units' old and new names.
    """
    risks = {risk.alert_id: risk for risk in state.find(RiskEvent)}
    said = _said(state)
    moved: list[str] = []
    records: list[Alert] = []
    pairs: list[tuple[RiskEvent, RiskEvent]] = []
    held, now = 0, clock.now()
    for alert in state.find(Alert, Find(where={"state": ("new", "confirmed")})):
        risk = risks.get(alert.id)
        verdict = owned(register, alert.verdict)
        if verdict.unit and verdict.unit in renamed:
            verdict = replace(verdict, unit=renamed[verdict.unit])
        if verdict == alert.verdict or (risk is not None and risk.state != "open"):
            continue
        if verdict.unit != alert.verdict.unit and alert.id in said:
            held += 1
            continue
        if verdict.unit != alert.verdict.unit:
            moved.append(alert.id)
        alert = replace(alert, verdict=verdict, updated_at=now)
        if risk is not None and risk.unit != verdict.unit:
            after = replace(risk, unit=verdict.unit, version=risk.version + 1)
            pairs.append((risk, after))
            alert = replace(alert, version=after.version)
        records.append(alert)
    _follow(state, pairs, now, by, why)
    state.put(*records)
    followed = letters.follow(moved, by, why or "台账变更 the register changed")
    return Restamped(len(moved), held, followed, tuple(moved))


def _said(state: StateStore) -> set[str]:
    """Alerts that a letter names which is approved or out: it must be withdrawn before they can move."""
    binding = state.find(Notice, Find(where={"state": ("approved", *OUTSTANDING)}))
    return {item.alert_id for notice in binding for item in notice.items}


def _follow(
    state: StateStore, pairs: Sequence[tuple[RiskEvent, RiskEvent]], now: datetime, by: str, why: str
) -> None:
    """Each risk event, before and after, gets its new version and its line in the audit."""
    results = {
        after.id: f"v{after.version} {after.unit or OWNERLESS}; was {before.unit or OWNERLESS}"
        for before, after in pairs
    }
    state.decide_all(now, by, "restamp", "risk_event", results, why)
    keep_all(state, (after for _, after in pairs), now)
