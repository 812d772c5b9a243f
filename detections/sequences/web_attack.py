"""Attacks over HTTP by what the requests carry: injection, inclusion, traversal, lookups, tools, shells.

Every value that a sender chose is read as the programs behind a server would read it, and signs of each way
of attacking add up (`detections/web/families/*.yml`, ATT&CK T1190, T1595). What came back tells how far it
got: a refused request is an attempt of a lower level than one that was answered. Look-alikes: editors that
post HTML, tools that send SQL on purpose, posts about programming.
"""

import re
from collections.abc import Iterator
from itertools import chain

import msgspec

from detections.hits import Evidences, Finding, hit
from detections.naming import target_of
from detections.networks import Networks
from detections.sequences.recent import MOST_THIN, Recent
from detections.web.elsewhere import of_request
from detections.web.families import Family, families, signs
from detections.web.judging import SURE, Charge, charges
from detections.web.matcher import Seen
from detections.web.request import Requests
from taishi.core.ecs import Kind
from taishi.core.event import Batch, Event
from taishi.core.records import Hit, Level, SubjectKind
from taishi.core.text import Text

#: Requests of one kind from which even refused ones are more than a try.
_MANY = 10
#: Signs that are remembered of one attempt.
_SIGNS = 8
_LOWER: dict[Level, Level] = {"high": "medium", "medium": "low", "low": "low"}
#: What a person could be known by is not shown: long numbers, and names before an @.
_NUMBER = re.compile(r"\d(?=\d{4,}[\dXx]{3})|(?<=\d{3})\d(?=\d{4})")
_MAILBOX = re.compile(r"[\w.+-]{2,64}(?=@[\w-]+\.\w)")


class _Attempt(msgspec.Struct, forbid_unknown_fields=True):
    subject_kind: SubjectKind = "ip"
    score: int = 0
    answered: int = 0
    refused: int = 0
    seen: dict[str, str] = msgspec.field(default_factory=dict)
    evidence: Evidences = msgspec.field(default_factory=Evidences)


class WebAttack:
    """Watches requests to any server; by target, source and family."""

    id = "taishi.web"
    kinds: frozenset[Kind] = frozenset({"http"})

    def __init__(self, networks: Networks) -> None:
        self._networks = networks
        self._attempts = Recent(tuple[str, str, str], _Attempt, MOST_THIN)

    def observe(self, batch: Batch) -> None:
        requests = Requests(batch)
        for row in range(len(requests)):
            found = _charges(requests, row)
            if found and self._goes_out(requests, row):
                found = [charge for charge in found if charge.score >= SURE]
            if found:
                event = next(Batch(batch.kind, batch.rows.slice(row, 1)).events())
                for charge in found:
                    self._note(event, charge)

    def _goes_out(self, requests: Requests, row: int) -> bool:
        """Whether one of ours asks a site outside: browsers send other sites' addresses and script there."""
        source, target = requests.text("source.ip", row), requests.text("destination.ip", row)
        return bool(target) and self._networks.inside(source) and not self._networks.inside(target)

    def _note(self, event: Event, charge: Charge) -> None:
        subject, kind, side = target_of(event)
        source = event.text("source.ip") or event.text("source.domain")
        if not subject:
            return
        attempt = self._attempts[subject, source, charge.family.id]
        attempt.subject_kind = kind
        attempt.score = max(attempt.score, charge.score)
        status = event.number("http.response.status_code")
        attempt.answered += 200 <= status < 400 or status >= 500
        attempt.refused += 400 <= status < 500
        attempt.seen = _heaviest(attempt.seen, charge)
        attempt.evidence.add(event, side=side)

    def hits(self) -> Iterator[Hit]:
        known = families()
        for (subject, source, name), attempt in self._attempts.items():
            if name in known and attempt.evidence.count:
                yield _hit(known[name], subject, source, attempt)


def _charges(requests: Requests, row: int) -> list[Charge]:
    looks = list(requests.looks(row))
    seen: dict[str, Seen] = {}
    for look in reversed(looks):
        seen.update(look.seen)
    found = chain.from_iterable(look.parts for look in looks)
    for one in of_request(found, requests.site(row), requests.text("http.request.referrer", row)):
        seen[one.sign.name] = one
    return charges(seen.values()) if seen else []


def _heaviest(known: dict[str, str], charge: Charge) -> dict[str, str]:
    """The signs that weigh most, each with the text that sorts first: in whatever order they came."""
    found = dict(known)
    for one in charge.seen:
        text = _shown(one.text)
        found[one.sign.name] = min(text, found.get(one.sign.name, text))
    return {name: found[name] for name in sorted(found, key=_weight)[:_SIGNS]}


def _weight(name: str) -> tuple[int, str]:
    """Sorts signs: heaviest first, then by name. One that is no more weighs nothing."""
    sign = signs().get(name)
    return (-sign.weight if sign else 0, name)


def _level(family: Family, attempt: _Attempt) -> Level:
    """A family's level; lower where nothing was answered, and where the signs are few."""
    level = family.level
    if attempt.refused and not attempt.answered and attempt.evidence.count < _MANY:
        level = _LOWER[level]
    if attempt.score < SURE:
        level = _LOWER[level]
    return level


def _shown(text: str) -> str:
    plain = " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())
    return _MAILBOX.sub("***", _NUMBER.sub("*", plain))


def _hit(family: Family, subject: str, source: str, attempt: _Attempt) -> Hit:
    finding = Finding(
        f"taishi.web.{family.id.replace('_', '-')}",
        family.title,
        "attempted",
        family.level,
        family.technique,
        family.advice,
    )
    peers = [source] if source else []
    return hit(
        finding,
        attempt.evidence,
        key=source,
        subject=subject,
        subject_kind=attempt.subject_kind,
        peers=peers,
        attackers=peers,
        level=_level(family, attempt),
        summary=_summary(family, subject, source or "?", attempt),
    )


def _summary(family: Family, subject: str, source: str, attempt: _Attempt) -> Text:
    known = signs()
    why = [(known[name], attempt.seen[name]) for name in sorted(attempt.seen, key=_weight) if name in known]
    return Text(
        f"{source} 对 {subject} 发出 {attempt.evidence.count} 次请求（{family.title.zh}），"
        f"评分 {attempt.score}，应答 {attempt.answered} 次、拒绝 {attempt.refused} 次："
        + "；".join(f"{sign.shows.zh}（+{sign.weight}）「{text}」" for sign, text in why),
        f"{source} sent {attempt.evidence.count} requests to {subject} ({family.title.en}), "
        f"score {attempt.score}, {attempt.answered} answered, {attempt.refused} refused: "
        + "; ".join(f"{sign.shows.en} (+{sign.weight}) “{text}”" for sign, text in why),
    )


SEQUENCE = WebAttack
