"""Hits become verdicts: one a subject, with its worst class, then its highest level, and every reason.

Pure: the same hits give the same verdicts in the same order, however they are cut into batches.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from itertools import chain

from detections.hits import EVIDENCE_LIMIT
from detections.incident import incident_of
from detections.weighing import Surroundings, weigh
from taishi.core.records import LEVELS, THREATS, Hit, Reason, Verdict

#: A subject that was silent this long begins a new matter.
QUIET = timedelta(days=30)
_THREAT_ORDER = {threat: place for place, threat in enumerate(THREATS)}
_LEVEL_ORDER = {level: place for place, level in enumerate(LEVELS)}


def judge(
    hits: Iterable[Hit],
    around: Surroundings | None = None,
    owned: Callable[[Verdict], Verdict] = lambda verdict: verdict,
) -> list[Verdict]:
    """Verdicts, worst first; of verdicts equally bad, the one with more hits first.

    `around`: what is known beside the hits, for the factors that depend on it. `owned` gives a verdict its
    unit and asset by the register, where it knows better than the events did: before it is weighed, for the
    asset's grade counts.
    """
    by_subject: dict[str, dict[str, Hit]] = defaultdict(dict)
    for hit in hits:
        by_subject[hit.subject][hit.id] = hit
    around = around or Surroundings()
    matters = [list(found.values()) for found in by_subject.values()]
    verdicts = [weigh(owned(_verdict(matter)), matter, around) for matter in matters]
    return sorted(verdicts, key=lambda one: (*_badness(one), -one.count, one.subject))


def episodes(hits: Iterable[Hit], quiet: timedelta = QUIET) -> list[list[Hit]]:
    """Hits cut where a subject was silent for `quiet`, oldest first: each stretch is a matter of its own."""
    found: list[list[Hit]] = []
    until: datetime | None = None
    for hit in sorted(hits, key=lambda hit: (hit.first_seen, hit.id)):
        if until is None or hit.first_seen > until + quiet:
            found.append([])
        found[-1].append(hit)
        until = hit.last_seen if until is None else max(until, hit.last_seen)
    return found


def _badness(one: Hit | Reason | Verdict) -> tuple[int, int]:
    return _THREAT_ORDER[one.threat], _LEVEL_ORDER[one.level]


def _verdict(hits: Sequence[Hit]) -> Verdict:
    reasons = _reasons(hits)
    worst, first = reasons[0], min(hits, key=lambda hit: hit.first_seen)
    about = [hit for hit in hits if hit.threat == worst.threat]
    # Whoever owned the address at the latest event answers for it.
    owned = max(hits, key=lambda hit: (hit.unit is not None, hit.last_seen, hit.id))
    return Verdict(
        subject=first.subject,
        subject_kind=first.subject_kind,
        threat=worst.threat,
        level=worst.level,
        unit=owned.unit,
        asset=owned.asset,
        first_seen=first.first_seen,
        last_seen=max(hit.last_seen for hit in hits),
        count=sum(hit.count for hit in hits),
        peers=tuple(sorted({peer for hit in about for peer in hit.peers if peer != first.subject})),
        attackers=tuple(sorted({one for hit in hits for one in hit.attackers})),
        because=tuple(reasons),
        incident=worst.incident,
    )


def _reasons(hits: Sequence[Hit]) -> list[Reason]:
    """One reason a rule, class and level, worst first."""
    groups: dict[tuple[str, str, str], list[Hit]] = defaultdict(list)
    for hit in hits:
        groups[hit.rule, hit.threat, hit.level].append(hit)
    return sorted(map(_reason, groups.values()), key=lambda one: (*_badness(one), -one.count, one.rule))


def _reason(hits: list[Hit]) -> Reason:
    most = max(hits, key=lambda hit: (hit.count, hit.last_seen, hit.id))
    evidence = sorted(
        chain.from_iterable(hit.evidence for hit in hits), key=lambda one: (one.time, one.event_id)
    )
    return Reason(
        rule=most.rule,
        title=most.title,
        kind=most.kind,
        threat=most.threat,
        level=most.level,
        count=sum(hit.count for hit in hits),
        first_seen=min(hit.first_seen for hit in hits),
        last_seen=max(hit.last_seen for hit in hits),
        summary=most.summary,
        technique=most.technique,
        evidence=tuple(evidence[:EVIDENCE_LIMIT]),
        advice=most.advice,
        incident=incident_of(most.rule, most.kind, most.threat, most.technique),
        origins=tuple(sorted({one for hit in hits for one in hit.origins}, key=lambda one: one.indicator)),
    )
