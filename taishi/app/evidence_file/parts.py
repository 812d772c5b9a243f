"""What an evidence file holds: the letter, the events, the papers, the blocks, the lines of the audit."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

import msgspec

from taishi.app.blocks import blocks_about
from taishi.app.desk import Desk
from taishi.app.evidence_file.manifest import (
    AUDIT,
    BLOCKS,
    CONTENT,
    DOCX,
    EVENTS,
    HISTORY,
    NOTICE,
    PAPERS,
    PDF,
    RELATED,
)
from taishi.app.export import event_line
from taishi.app.loop.papers import papers_of
from taishi.app.notice_history import history
from taishi.core.event import Event
from taishi.core.notice_records import PAPER_NAMES, Notice, Paper
from taishi.core.problems import Problem
from taishi.core.records import Block, Decision
from taishi.core.text import Text
from taishi.kit.plain_zip import Member

_ENDING = re.compile(r"\.[A-Za-z0-9]{1,5}$")


@dataclass
class Gathered:
    """Parts in their order, each with what it is, and what could not be had."""

    parts: list[tuple[Member, Text]] = field(default_factory=list)
    missing_events: tuple[str, ...] = ()
    lacking: list[Text] = field(default_factory=list)

    def add(self, name: str, body: bytes, zh: str, en: str) -> None:
        self.parts.append(((name, body), Text(zh, en)))


def gather(desk: Desk, notice: Notice) -> Gathered:
    """Of a letter that has left."""
    gathered = Gathered()
    _letter(desk, notice, gathered)
    events, gathered.missing_events = _events(desk, notice)
    gathered.add(
        EVENTS, _lines(map(event_line, events)), "每一条问题背后的事件", "the events behind every item"
    )
    about = {notice.id, *(item.alert_id for item in notice.items)}
    about |= {*_papers(desk, notice, gathered), *_blocks(desk, notice, gathered)}
    related = desk.letters.papers_about(notice.id)
    told = _lines(map(msgspec.json.encode, related))
    gathered.add(RELATED, told, "催办函、复核意见等", "reminders, opinions and such that belong to it")
    about |= {one.id for one in related}
    audit = _lines(map(msgspec.json.encode, _audit(desk, about)))
    gathered.add(AUDIT, audit, "与本函有关的审计记录", "the audit's lines that concern it")
    return gathered


def paper_name(number: int, paper: Paper) -> str:
    """A name for a zip: nothing of what a stranger called his file but its ending."""
    ending = _ENDING.search(paper.name)
    return f"papers/{number:02d}-{paper.kind}{ending.group().lower() if ending else ''}"


def _letter(desk: Desk, notice: Notice, gathered: Gathered) -> None:
    gathered.add(DOCX, desk.letters.docx(notice.id), "函件（可编辑）", "the letter, to be edited")
    try:
        gathered.add(
            PDF, desk.letters.pdf(notice.id), "函件（加系统签章）", "the letter, sealed by the system"
        )
    except Problem as problem:  # LibreOffice is not installed
        gathered.lacking.append(Text(f"函件 PDF：{problem}", f"the letter as PDF: {problem}"))
    content = msgspec.json.encode(desk.letters.content(notice.id))
    gathered.add(CONTENT, content, "函件正文，审签的即是它", "the letter's text: what was approved")
    gathered.add(NOTICE, msgspec.json.encode(notice), "函件记录", "the letter's record")
    steps = _lines(map(msgspec.json.encode, history(desk.state, notice.id)))
    gathered.add(HISTORY, steps, "函件办理经过", "what happened to the letter")


def _events(desk: Desk, notice: Notice) -> tuple[Sequence[Event], tuple[str, ...]]:
    """Those that the items name and those of their alerts, oldest first; ids of those no longer stored."""
    named = dict.fromkeys(line.event_id for item in notice.items for line in item.evidence)
    for item in notice.items:
        because = desk.alerts.get(item.alert_id).verdict.because
        named.update(dict.fromkeys(line.event_id for reason in because for line in reason.evidence))
    found = {event_id: desk.events.get(event_id) for event_id in named}
    events = sorted((event for event in found.values() if event), key=lambda event: (event.time, event.id))
    return events, tuple(event_id for event_id, event in found.items() if event is None)


def _papers(desk: Desk, notice: Notice, gathered: Gathered) -> Iterator[str]:
    """Their ids."""
    papers = papers_of(desk.state, notice.id)
    told = _lines(map(msgspec.json.encode, papers))
    gathered.add(PAPERS, told, "单位报送材料的登记", "the register of the unit's papers")
    for number, paper in enumerate(papers, 1):
        name = PAPER_NAMES[paper.kind]
        try:
            gathered.add(paper_name(number, paper), desk.loop.papers.read(paper), name.zh, name.en)
        except OSError as error:
            why = f"{paper.name}: {error.strerror}"
            gathered.lacking.append(Text(f"{name.zh} {why}", f"{name.en} {why}"))
        yield paper.id


def _blocks(desk: Desk, notice: Notice, gathered: Gathered) -> Iterator[str]:
    """Their ids."""
    alerts = frozenset(item.alert_id for item in notice.items)
    blocks = blocks_about(desk.state, alerts)
    told = _lines(msgspec.json.encode(_ours(block, alerts)) for block in blocks)
    gathered.add(BLOCKS, told, "与本函有关的封禁", "the blocks that belong to it")
    yield from (block.id for block in blocks)


def _ours(block: Block, alerts: frozenset[str]) -> Block:
    """Without what other letters' alerts are about."""
    kept = tuple(one for one in block.alerts if one in alerts)
    if block.alert_id in alerts:
        return msgspec.structs.replace(block, alerts=kept)
    return msgspec.structs.replace(block, alert_id=kept[0], alerts=kept, reason=Text("（他案）", "(another)"))


def _audit(desk: Desk, about: set[str]) -> Iterator[Decision]:
    return (line for line in desk.state.decisions() if line.object_id in about)


def _lines(documents: Iterable[bytes]) -> bytes:
    return b"".join(one + b"\n" for one in documents)
