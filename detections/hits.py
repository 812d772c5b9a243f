"""How a detector says what it found."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

import msgspec

from taishi.core.event import Event
from taishi.core.ids import stable_id
from taishi.core.records import Evidence, Hit, HitKind, Level, SubjectKind, Threat
from taishi.core.summary import summarize
from taishi.core.text import Text

#: Events kept beside a hit; the count says how many there were.
EVIDENCE_LIMIT = 10


@dataclass(frozen=True)
class Finding:
    """What a behaviour is about: the constant part of its hits."""

    rule: str
    title: Text
    threat: Threat
    level: Level
    technique: tuple[str, ...]
    advice: Text
    kind: HitKind = "behaviour"


class Evidences(msgspec.Struct, forbid_unknown_fields=True):
    """Evidence gathered over time: first and last seen, how many, and the first few events."""

    count: int = 0
    first: datetime | None = None
    last: datetime | None = None
    kept: list[Evidence] = msgspec.field(default_factory=list)
    unit: str | None = None
    asset: str | None = None

    def add(self, event: Event, *, side: str | None = None, count: int = 1) -> None:
        """`side` (source, destination or host) says whose unit the event speaks for."""
        self.count += count
        self.first = event.time if self.first is None else min(self.first, event.time)
        self.last = event.time if self.last is None else max(self.last, event.time)
        if len(self.kept) < EVIDENCE_LIMIT:
            self.kept.append(Evidence(event.id, event.time, summarize(event)))
        if side and self.unit is None:
            self.unit = event.text(f"taishi.{side}.unit") or None
            self.asset = event.text(f"taishi.{side}.asset") or None

    def merge(self, other: "Evidences") -> None:
        """Takes what another one gathered."""
        self.count += other.count
        self.first = min(filter(None, (self.first, other.first)), default=None)
        self.last = max(filter(None, (self.last, other.last)), default=None)
        self.kept = [*self.kept, *other.kept][:EVIDENCE_LIMIT]
        if self.unit is None:
            self.unit, self.asset = other.unit, other.asset

    def span(self) -> tuple[datetime, datetime]:
        """First and last seen. Raises ValueError where nothing was added: a hit needs evidence."""
        if self.first is None or self.last is None:
            raise ValueError("no evidence was added")
        return self.first, self.last


def shown(event: Event, *, side: str | None = None) -> Evidences:
    """The evidence that one event is."""
    alone = Evidences()
    alone.add(event, side=side)
    return alone


def hit(
    finding: Finding,
    evidence: Evidences,
    *,
    key: str,
    subject: str,
    subject_kind: SubjectKind,
    summary: Text,
    peers: Iterable[str] = (),
    attackers: Iterable[str] = (),
    threat: Threat | None = None,
    level: Level | None = None,
    withdrawn: bool = False,
) -> Hit:
    """A hit of a behaviour. `key` names the group, so that the group seen again replaces it.

    `withdrawn`: the group would be one, were it not for what else is known; said anew each time, so that a
    hit that was told before that was known is taken back.
    """
    first, last = evidence.span()
    return Hit(
        id=stable_id(finding.rule, subject, key),
        rule=finding.rule,
        title=finding.title,
        kind=finding.kind,
        threat=threat or finding.threat,
        level=level or finding.level,
        subject=subject,
        subject_kind=subject_kind,
        first_seen=first,
        last_seen=last,
        count=evidence.count,
        summary=summary,
        evidence=tuple(evidence.kept),
        peers=tuple(sorted(set(peers))),
        attackers=tuple(sorted(set(attackers))),
        technique=finding.technique,
        unit=evidence.unit,
        asset=evidence.asset,
        advice=finding.advice,
        withdrawn=withdrawn,
    )


def attack_hit(
    finding: Finding,
    evidence: Evidences,
    *,
    source: str,
    target: str,
    summary: Text,
    key: str = "",
    threat: Threat | None = None,
    level: Level | None = None,
) -> Hit:
    """A hit about an address that another one attacks; the group is the attacker's unless `key` says."""
    return hit(
        finding,
        evidence,
        key=key or source,
        subject=target,
        subject_kind="ip",
        peers=[source],
        attackers=[source],
        summary=summary,
        threat=threat,
        level=level,
    )
