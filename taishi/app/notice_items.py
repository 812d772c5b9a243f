"""What a letter says of an alert."""

from collections.abc import Sequence

from taishi.app.refusal import Refusal
from taishi.core.notice_records import NoticeItem
from taishi.core.records import LEVELS, THREATS, Alert, Evidence, Reason

#: Evidence lines an alert brings into a letter; the rest stays on the alert's page.
MAX_EVIDENCE = 5


def items_of(alerts: Sequence[Alert]) -> list[NoticeItem]:
    """One item an alert, worst first."""
    items = [item_of(alert) for alert in alerts]
    return sorted(
        items, key=lambda i: (THREATS.index(i.threat), LEVELS.index(i.level), i.first_seen, i.alert_id)
    )


def item_of(alert: Alert) -> NoticeItem:
    """One line. Raises Refusal where it has no reasons."""
    verdict = alert.verdict
    reasons = sorted(verdict.because, key=_rank)
    if not reasons:
        raise Refusal(
            f"告警 {alert.id} 没有依据，不能发函", f"alert {alert.id} has no reasons; no letter about it"
        )
    worst = reasons[0]
    advice = next((reason.advice.zh for reason in reasons if reason.advice), "")
    return NoticeItem(
        alert_id=alert.id,
        address=verdict.subject,
        asset=verdict.asset or "",
        threat=verdict.threat,
        level=verdict.level,
        what=worst.summary.zh,
        rule=worst.title.zh,
        peers=verdict.peers,
        count=verdict.count,
        first_seen=verdict.first_seen,
        last_seen=verdict.last_seen,
        evidence=_evidence(reasons),
        advice=advice,
        rules=tuple(dict.fromkeys(reason.rule for reason in reasons)),
    )


def _rank(reason: Reason) -> tuple[int, int]:
    return THREATS.index(reason.threat), LEVELS.index(reason.level)


def _evidence(reasons: Sequence[Reason]) -> tuple[Evidence, ...]:
    """The worst reason's lines first; one event speaks once."""
    lines = {line.event_id: line for reason in reversed(reasons) for line in reason.evidence}
    order = dict.fromkeys(line.event_id for reason in reasons for line in reason.evidence)
    return tuple(lines[event_id] for event_id in order)[:MAX_EVIDENCE]
