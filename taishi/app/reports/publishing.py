"""A published report stays as it is; what became known afterwards stands on a correction line."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

import msgspec

from taishi.app.refusal import Refusal
from taishi.app.risk_versions import known
from taishi.app.window import Window
from taishi.core.clock import ZONE
from taishi.core.ports import Find, StateStore
from taishi.core.problems import Problem
from taishi.core.records import Publication, RiskEvent


@dataclass(frozen=True)
class Correction:
    """How a published window reads now: now = published + late - dropped. `late`: first seen in it, known
    (or standing again) only afterwards; `dropped`: withdrawn, or seen to have begun earlier; `moved`: of
    another class, level, unit or kind than published.
    """

    publication: str
    window: Window
    as_of: datetime
    published: int
    now: int
    late: int
    dropped: int
    moved: int


def corrections(state: StateStore, window: Window, at: datetime) -> Iterator[Correction]:
    """What is to be corrected, known at `at`, in published windows that begin before the end of this one."""
    newest = {(one.since, one.until): one for one in publications(state) if one.as_of < at}
    for publication in newest.values():
        if publication.since < window.until:
            correction = _correction(state, publication, at)
            if correction.late or correction.dropped or correction.moved:
                yield correction


def publications(state: StateStore) -> list[Publication]:
    """Oldest first."""
    return state.find(Publication, Find(order="as_of"))


def needed_publication(state: StateStore, number: str) -> Publication:
    """Raises Problem where there is none of that number."""
    found = state.get(Publication, number)
    if found is None:
        known_numbers = ", ".join(one.id for one in publications(state)) or "none"
        raise Problem(f"report {number}: none is published under it; there are: {known_numbers}")
    return found


def publish(
    state: StateStore, document: bytes, window: Window, as_of: datetime, by: str, at: datetime, why: str
) -> Publication:
    """Freezes a document word for word, with a line in the audit. `by` is a person's id.

    Raises Refusal for a moment still to come, where later changes would still belong to it.
    """
    if as_of > at:
        raise Refusal("截止时刻尚未到来，不能发布", "the as-of moment lies in the future")
    with state.transaction():
        year = f"{at.astimezone(ZONE):%Y}"
        number = f"R-{year}-{state.next_number(f'report-{year}'):04d}"
        digest = sha256(document).hexdigest()
        made = Publication(number, window.since, window.until, as_of, document.decode(), digest, by, at)
        state.put(made)
        state.decide(at, by, "publish", "report", number, digest, why)
    return made


class _Coverage(msgspec.Struct):
    pct: float | None = None


class _Document(msgspec.Struct):
    coverage: _Coverage | None = None


def published_coverage(state: StateStore, window: Window) -> float | None:
    """What the newest report published of exactly this window tells; None where there is none."""
    for one in reversed(publications(state)):
        if (one.since, one.until) == (window.since, window.until):
            told = msgspec.json.decode(one.document, type=_Document).coverage
            return told.pct if told else None
    return None


def _correction(state: StateStore, publication: Publication, at: datetime) -> Correction:
    window = Window(publication.since, publication.until)
    then, now = _standing(state, window, publication.as_of), _standing(state, window, at)
    both = then.keys() & now.keys()
    return Correction(
        publication=publication.id,
        window=window,
        as_of=publication.as_of,
        published=len(then),
        now=len(now),
        late=len(now.keys() - then.keys()),
        dropped=len(then.keys() - now.keys()),
        moved=sum(_where(then[one]) != _where(now[one]) for one in both),
    )


def _standing(state: StateStore, window: Window, at: datetime) -> dict[str, RiskEvent]:
    return {one.id: one for one in known(state, window, at) if one.state != "withdrawn"}


def _where(event: RiskEvent) -> tuple[object, ...]:
    return event.threat, event.level, event.unit, event.incident
