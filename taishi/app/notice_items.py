"""What a letter says of alerts, and to which unit it goes."""

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


def unit_of(alerts: Sequence[Alert]) -> str:
    """The one unit all alerts belong to. Raises Refusal where there is none or more than one."""
    if not alerts:
        raise Refusal("请至少选择一条告警", "choose at least one alert")
    for alert in alerts:
        if alert.state == "dismissed":
            raise Refusal(
                f"告警 {alert.id} 已排除，不能发函", f"alert {alert.id} is dismissed; no letter about it"
            )
        if alert.verdict.unit is None:
            raise Refusal(
                f"{alert.verdict.subject} 未登记归属单位，请先在“资产”中登记该地址",
                f"{alert.verdict.subject} has no owner; register the address first",
            )
    units = sorted({str(alert.verdict.unit) for alert in alerts})
    if len(units) > 1:
        raise Refusal(
            f"所选告警属于不同单位：{'、'.join(units)}",
            f"the alerts are of several units: {', '.join(units)}",
        )
    return units[0]
