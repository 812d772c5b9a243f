"""What a letter says, in sentences for somebody without security training."""

from dataclasses import dataclass
from datetime import datetime

from dashboards.portal.clerk import Clerk
from dashboards.words import say
from notices.matter import Matter
from taishi.app.blocks import blocks_about
from taishi.core.clock import ZONE
from taishi.core.notice_records import UNANSWERED, Notice, NoticeItem, PaperKind, needed_papers
from taishi.core.records import Threat

#: Items told in words; the letter has all of them.
TOLD = 3
#: Steps of the plain-language help for each class.
STEPS = (1, 2, 3)


@dataclass(frozen=True)
class Told:
    """The matter at a glance. `days` until the deadline, negative where it is past; `papers` that are asked
    for."""

    title: str
    items: tuple[NoticeItem, ...]
    rest: int
    threats: tuple[Threat, ...]
    blocked: tuple[str, ...]
    advice: tuple[str, ...]
    days: int
    papers: tuple[PaperKind, ...]


def told(seen: Clerk) -> Told:
    notice = seen.notice
    alerts = [item.alert_id for item in notice.items]
    blocks = [one for one in blocks_about(seen.desk.state, alerts, "applied") if not one.dry_run]
    matter = Matter.of(notice, seen.desk.letters.background(notice))
    own = set(matter.addresses)
    return Told(
        title=say(f"portal.title.{notice.threat}", seen.language, n=len(matter.addresses)),
        items=matter.items[:TOLD],
        rest=max(len(matter.items) - TOLD, 0),
        threats=tuple(threat for threat, _ in matter.threats()),
        blocked=tuple(sorted({one.address for one in blocks if one.address in own})),
        advice=tuple(text for text, _ in matter.advice()),
        days=days_left(notice, seen.now),
        papers=needed_papers(notice.type),
    )


def days_left(notice: Notice, now: datetime) -> int:
    """Calendar days from today to the deadline's day, both in Asia/Shanghai."""
    return (notice.deadline.astimezone(ZONE).date() - now.astimezone(ZONE).date()).days


def waits_for_unit(notice: Notice) -> bool:
    return notice.state in UNANSWERED
