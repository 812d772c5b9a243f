"""What a story's events are in the store, and the hits that a rule makes of them."""

from collections.abc import Iterator
from datetime import datetime

from detections.hits import EVIDENCE_LIMIT
from taishi.app.rehearsal.story import StoryEvents
from taishi.core.addresses import is_address
from taishi.core.ecs import Kind
from taishi.core.event import Batch, BatchBuilder, Row
from taishi.core.ids import stable_id
from taishi.core.records import THREAT_NAMES, Evidence, Hit
from taishi.core.summary import summarize
from taishi.core.text import Text

#: Rows of a batch.
_ROWS = 4096
KIND: Kind = "alert"


def events_of(told: StoryEvents, at: datetime, place: str) -> Iterator[Batch]:
    """As an intrusion detection would send them. `place`: where in the story they stand."""
    builder = BatchBuilder(KIND, "rehearsal", place)
    for record in range(told.count):
        builder.add(record, _row(told, at, record))
        if builder.reaches(_ROWS):
            yield from filter(None, [builder.take()])
    yield from filter(None, [builder.take()])


def _row(told: StoryEvents, at: datetime, record: int) -> Row:
    """Of an attempt the peer is the source, else the subject; peers take turns."""
    peer = told.peers[record % len(told.peers)] if told.peers else None
    source, target = (peer, told.subject) if told.threat == "attempted" else (told.subject, peer)
    ends = {"source.ip": source, "destination.ip": target}
    row: dict[str, str | datetime] = {"@timestamp": at, "rule.id": told.rule, "rule.name": told.rule}
    row |= {name: value for name, value in ends.items() if value and is_address(value)}
    if not is_address(told.subject):
        row["host.name"] = told.subject
    return row


def hit_of(told: StoryEvents, at: datetime, place: str, first: Batch) -> Hit:
    """One hit for all of them; `first` is their first batch, already stored."""
    shown = [event for _, event in zip(range(EVIDENCE_LIMIT), first.events(), strict=False)]
    attempted = told.threat == "attempted"
    what = THREAT_NAMES[told.threat]
    return Hit(
        id=stable_id("story", place, told.rule, told.subject),
        rule=told.rule,
        title=Text(told.rule, told.rule),
        kind="sigma",
        threat=told.threat,
        level=told.level,
        subject=told.subject,
        subject_kind="ip" if is_address(told.subject) else "host",
        first_seen=at,
        last_seen=at,
        count=told.count,
        summary=Text(
            f"{what.zh}：规则{told.rule}命中{told.count}次", f"{what.en}: {told.rule} ×{told.count}"
        ),
        evidence=tuple(Evidence(event.id, event.time, summarize(event)) for event in shown),
        peers=tuple(dict.fromkeys(told.peers)),
        attackers=tuple(dict.fromkeys(told.peers)) if attempted else (),
    )
