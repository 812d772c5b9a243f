"""Indicators that people of ours enter: a source of its own, of which there is nothing to fetch."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from enrichment.intel.source import Keep, Outcome, Sighted
from enrichment.intel.values import TYPES, NotAnIndicator, normal
from taishi.core.ids import stable_id
from taishi.core.indicators import Indicator, IntelSource, Report
from taishi.core.problems import Problem
from taishi.core.records import Level

#: Somebody of ours stands for it.
_CONFIDENCE = 90
_HASHES = {32: "md5", 40: "sha1", 64: "sha256"}


@dataclass(frozen=True)
class Entry:
    """What somebody enters. `given` None: told by the value's form; `purpose` is a word that says what the
    value is for (`detections.intel.roles`); `until` is when it expires.
    """

    value: str
    why: str
    by: str
    at: datetime
    until: datetime
    level: Level = "medium"
    purpose: str = ""
    given: str | None = None
    tlp: str = ""


class ByHand:
    """A look finds nothing new: what was entered stays until it is withdrawn."""

    kind = "hand"

    def look(self, source: IntelSource, before: Mapping[str, str], keep: Keep) -> Outcome:  # noqa: ARG002 - the port names them
        return Outcome(state=dict(before))

    def tell(self, source: IntelSource, sighted: Sequence[Sighted]) -> int:  # noqa: ARG002 - the port names them
        """Nobody is to be told."""
        return 0


def written(source: str, entry: Entry) -> tuple[Report, Indicator]:
    """An entry as a report with its one indicator; the same value entered again takes its place.

    Raises Problem where the value is none of its type.
    """
    given = entry.given or type_of(entry.value)
    if given not in TYPES:
        raise Problem(f"--type {given}: no such type; there are {', '.join(sorted(TYPES))}")
    try:
        kind, value = normal(given, entry.value)
    except NotAnIndicator as error:
        raise Problem(str(error)) from None
    identity = stable_id(source, kind, value)
    report = Report(source, identity, entry.why, entry.by, entry.at, entry.level, _tags(entry), 1)
    indicator = Indicator(
        id=stable_id(source, identity),
        source=source,
        event=identity,
        attribute=identity,
        type=kind,
        value=value,
        given=given,
        at=entry.at,
        comment=entry.purpose,
        tags=_tags(entry),
        tlp=entry.tlp,
        confidence=_CONFIDENCE,
        first_seen=entry.at,
        last_seen=entry.at,
        expires=entry.until,
    )
    return report, indicator


def _tags(entry: Entry) -> tuple[str, ...]:
    return (f"tlp:{entry.tlp}",) if entry.tlp else ()


def type_of(value: str) -> str:
    """The MISP type that a value looks like; of 32 hexadecimal digits a file's MD5, not a JA3."""
    text = value.strip()
    if re.fullmatch(r"[0-9A-Fa-f]+", text) and len(text) in _HASHES:
        return _HASHES[len(text)]
    if "://" in text:
        return "url"
    if "@" in text and "/" not in text:
        return "email"
    try:
        normal("ip-dst", text)
        return "ip-dst"
    except NotAnIndicator:
        return "url" if "/" in text else "domain"


SOURCE = ByHand()
