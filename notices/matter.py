"""What one letter is about, counted and masked once, so that body and annexes cannot disagree."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

import msgspec

from notices.background import Background
from notices.blocked import standing
from notices.privacy import Mask
from taishi.core.notice_records import Notice, NoticeItem
from taishi.core.records import LEVELS, THREATS, Block, Evidence, Level, Threat


@dataclass(frozen=True)
class Matter:
    """The items, worst first, with every observed text already quoted and masked; `hashes` are of their
    evidence as it was before that, in the same order."""

    unit: str
    items: tuple[NoticeItem, ...]
    created_at: datetime
    deadline: datetime
    blocks: tuple[Block, ...]
    hashes: tuple[str, ...]
    mask: Mask

    @classmethod
    def of(cls, notice: Notice, known: Background) -> "Matter":
        named = {address for item in notice.items for address in (item.address, *item.peers)}
        mask = Mask(named - known.foreign)
        items = sorted(notice.items, key=_worst_first)
        return cls(
            unit=notice.unit,
            items=tuple(_quoted(item, mask) for item in items),
            created_at=notice.created_at,
            deadline=notice.deadline,
            blocks=standing(notice, known.blocks),
            hashes=tuple(evidence_hash(item.evidence) for item in items),
            mask=mask,
        )

    @property
    def addresses(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(item.address for item in self.items))

    @property
    def assets(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(item.asset for item in self.items if item.asset))

    @property
    def first_seen(self) -> datetime:
        return min(item.first_seen for item in self.items)

    @property
    def last_seen(self) -> datetime:
        return max(item.last_seen for item in self.items)

    def threats(self) -> list[tuple[Threat, int]]:
        """How many items of each class that occurs, worst first."""
        counted = Counter(item.threat for item in self.items)
        return [(threat, counted[threat]) for threat in THREATS if counted[threat]]

    def levels(self) -> list[tuple[Level, int]]:
        counted = Counter(item.level for item in self.items)
        return [(level, counted[level]) for level in LEVELS if counted[level]]

    def kinds(self) -> list[tuple[Threat, Level, tuple[str, ...]]]:
        """Each class and level that occurs, worst first, with the addresses that show it."""
        by_kind: dict[tuple[Threat, Level], dict[str, None]] = {}
        for item in self.items:
            by_kind.setdefault((item.threat, item.level), {})[item.address] = None
        return [(threat, level, tuple(addresses)) for (threat, level), addresses in by_kind.items()]

    def advice(self) -> list[tuple[str, tuple[str, ...]]]:
        """What the rules advise beyond class and level, each piece once, with the addresses it is for."""
        by_text: dict[str, dict[str, None]] = {}
        for item in self.items:
            if item.advice:
                by_text.setdefault(item.advice, {})[item.address] = None
        return [(text, tuple(addresses)) for text, addresses in by_text.items()]

    def quotations(self) -> tuple[str, ...]:
        """Names and observations that stand in the letter as they are: not our wording."""
        return tuple(text for item in self.items for text in (item.address, item.asset, item.what, item.rule))


def evidence_hash(evidence: tuple[Evidence, ...]) -> str:
    """SHA-256 (64 hexadecimal digits) of an item's evidence as it is stored: ids, times, summaries as JSON,
    before anything is masked."""
    return sha256(msgspec.json.encode(evidence)).hexdigest()


def _worst_first(item: NoticeItem) -> tuple[int, int, int, datetime, str, str]:
    return (
        THREATS.index(item.threat),
        LEVELS.index(item.level),
        -item.count,
        item.first_seen,
        item.address,
        item.alert_id,
    )


def _quoted(item: NoticeItem, mask: Mask) -> NoticeItem:
    return msgspec.structs.replace(
        item,
        address=mask.quote(item.address),
        asset=mask.quote(item.asset),
        what=mask.quote(item.what).rstrip("。.；; "),
        rule=mask.quote(item.rule),
        peers=tuple(mask.quote(each) for each in item.peers),
        evidence=tuple(_quoted_evidence(each, mask) for each in item.evidence),
        advice=mask.quote(item.advice, most=400).rstrip("。.；; "),
    )


def _quoted_evidence(evidence: Evidence, mask: Mask) -> Evidence:
    return msgspec.structs.replace(
        evidence, summary=mask.quote(evidence.summary), event_id=mask.quote(evidence.event_id)
    )
