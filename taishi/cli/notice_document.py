"""A letter as commands print it: as JSON, or as lines with its history."""

from taishi.app.desk import Desk
from taishi.cli.data import person_name
from taishi.cli.output import Document
from taishi.core.clock import ZONE, rfc3339
from taishi.core.notice_records import MOVE_NAMES, Notice, NoticeItem, NoticeStep, Paper


def notice_document(found: Desk, notice: Notice) -> Document:
    """Without its history."""
    return {
        "id": notice.id,
        "type": notice.type,
        "number": notice.number,
        "unit": notice.unit,
        "class": notice.threat if notice.items else None,
        "title": notice.title,
        "state": notice.state,
        "overdue": notice.overdue(found.clock.now()),
        "about": notice.about,
        "created_at": rfc3339(notice.created_at),
        "deadline": rfc3339(notice.deadline),
        **{
            name: rfc3339(at) if (at := getattr(notice, name)) else None
            for name in ("approved_at", "issued_at", "received_at", "answered_at", "closed_at")
        },
        **{
            name: person_name(found, by) if (by := getattr(notice, name)) else None
            for name in ("approved_by", "issued_by", "received_by", "answered_by", "closed_by")
        },
        "returned": notice.returned,
        "reopened": notice.reopened,
        "opinion": notice.opinion.words.zh if notice.opinion else None,
        "items": [_item(item) for item in notice.items],
    }


def life_document(found: Desk, notice: Notice) -> Document:
    """Its history, the papers, and what is asked or objected."""
    return {
        "wish_days": notice.wish.days if notice.wish else None,
        "objection": {"why": notice.objection.why, "accepted": notice.objection.accepted}
        if notice.objection
        else None,
        "lacking": [why.zh for why in found.loop.lacking(notice)],
        "papers": [_paper(paper) for paper in found.loop.papers_of(notice.id)],
        "history": [_step(found, step) for step in found.loop.history(notice.id)],
    }


def notice_lines(found: Desk, notice: Notice) -> list[str]:
    """Its head, its items, then what happened."""
    head = f"{notice.id}  {notice.state}  {notice.number or '—'}  {notice.unit}  {notice.title}"
    items = [
        f"  {item.address}  {item.threat}/{item.level}  {item.count}  {item.what}" for item in notice.items
    ]
    steps = [
        f"  {step.at.astimezone(ZONE):%Y-%m-%d %H:%M}  {person_name(found, step.by)}"
        f"  {MOVE_NAMES[step.move].zh}  {step.why}"
        for step in found.loop.history(notice.id)
    ]
    return [head, *items, *steps]


def _item(item: NoticeItem) -> Document:
    return {
        "alert": item.alert_id,
        "address": item.address,
        "class": item.threat,
        "level": item.level,
        "count": item.count,
        "what": item.what,
        "rule": item.rule,
        "appended_at": rfc3339(item.appended_at) if item.appended_at else None,
    }


def _paper(paper: Paper) -> Document:
    return {
        "id": paper.id,
        "kind": paper.kind,
        "name": paper.name,
        "received_at": rfc3339(paper.received_at),
        "by": paper.by,
        "sha256": paper.sha256,
        "sm3": paper.sm3,
        "problems": [why.zh for why in paper.problems],
    }


def _step(found: Desk, step: NoticeStep) -> Document:
    return {
        "at": rfc3339(step.at),
        "by": person_name(found, step.by),
        "move": step.move,
        "state": step.state,
        "why": step.why,
    }
