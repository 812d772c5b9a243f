"""Everything the page of one alert tells: the sentence, why, when, evidence, letters, blocks, history."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from dashboards import telling
from dashboards.frame import Frame
from taishi.app.blocks import blocks_about
from taishi.app.kept_back import KeptBack, kept_back
from taishi.app.packets import Outlook
from taishi.core.addresses import is_address
from taishi.core.event import Event
from taishi.core.notice_records import Notice
from taishi.core.ports import Find
from taishi.core.records import Alert, Block, Decision, PlaybookRun, Reason, RiskEvent, Verdict
from taishi.core.text import Text

#: Audit lines looked through for the history of one alert; older ones are in the audit.
HISTORY = 5000
#: Addresses offered for a block; any other can be typed.
MAX_ADDRESSES = 50
#: Evidence events shown in full; the search holds the rest.
MAX_EVENTS = 50


@dataclass(frozen=True)
class Strip:
    """When one reason was seen, in per cent of the alert's whole time."""

    reason: Reason
    start: float
    width: float
    marks: tuple[float, ...]


@dataclass(frozen=True)
class Matter:
    """One alert as its page shows it."""

    alert: Alert
    title: Text
    owner: Text
    risk: RiskEvent | None
    strips: tuple[Strip, ...]
    events: Sequence[Event]
    missing: int
    notices: Sequence[Notice]
    blocks: Sequence[Block]
    #: What policy and playbooks would have done and may not, with the reason.
    refused: Sequence[PlaybookRun]
    history: tuple[Decision, ...]
    history_cut: bool
    addresses: tuple[str, ...]
    #: Where addresses are, as far as that is known.
    places: Mapping[str, Text]
    packets: Outlook
    kept_back: tuple[KeptBack, ...]


def matter_of(seen: Frame, alert: Alert) -> Matter:
    desk, verdict = seen.desk, alert.verdict
    risk = desk.alerts.risk_event(alert.id)
    notices = desk.letters.about(alert.id)
    blocks = blocks_about(desk.state, [alert.id])
    about = {alert.id, *(each.id for each in notices), *(each.id for each in blocks)}
    about |= {risk.id} if risk else set()
    audit = desk.state.decisions(HISTORY)
    events = desk.alerts.events_of(alert.id)
    wanted = {e.event_id for reason in verdict.because for e in reason.evidence}
    return Matter(
        alert=alert,
        title=telling.title(alert, seen.now),
        owner=telling.owner(verdict.unit),
        risk=risk,
        strips=tuple(_strip(reason, verdict) for reason in verdict.because),
        events=events[:MAX_EVENTS],
        missing=len(wanted) - len(events),
        notices=notices,
        blocks=blocks,
        refused=[run for run in desk.state.find(PlaybookRun, Find({"alert_id": alert.id})) if not run.ok],
        history=tuple(line for line in audit if line.object_id in about),
        history_cut=len(audit) == HISTORY and audit[0].time > verdict.first_seen,
        addresses=addresses_of(verdict),
        places=_places(seen, verdict),
        packets=desk.packets.outlook(alert.id, events),
        kept_back=kept_back(desk.state, desk.data, alert),
    )


def addresses_of(verdict: Verdict) -> tuple[str, ...]:
    """What could be blocked: those who attack, those it talks to, then the subject itself."""
    named = dict.fromkeys((*verdict.attackers, *verdict.peers, verdict.subject))
    return tuple(name for name in named if is_address(name))[:MAX_ADDRESSES]


def _places(seen: Frame, verdict: Verdict) -> dict[str, Text]:
    named = (verdict.subject, *verdict.attackers, *verdict.peers)
    found = ((name, seen.desk.places.told(name)) for name in dict.fromkeys(named))
    return {name: place for name, place in found if place}


def _strip(reason: Reason, verdict: Verdict) -> Strip:
    whole = (verdict.last_seen - verdict.first_seen).total_seconds()

    def place(at: datetime) -> float:
        if whole <= 0:
            return 0.0
        share = (at - verdict.first_seen).total_seconds() / whole
        return round(100 * min(1.0, max(0.0, share)), 2)

    start, end = place(reason.first_seen), place(reason.last_seen)
    marks = tuple(sorted({place(each.time) for each in reason.evidence}))
    return Strip(reason, start, max(0.6, end - start), marks)
