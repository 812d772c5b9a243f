"""What was known of risk events at a moment: every version of each is kept beside its newest."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

from taishi.app.window import Window
from taishi.core.ports import Find, StateStore
from taishi.core.records import RiskEvent, RiskVersion

#: Ids asked for at once; SQLite takes 32,766 values in one question (SQLITE_MAX_VARIABLE_NUMBER).
_AT_ONCE = 10_000


def keep(state: StateStore, risk: RiskEvent, at: datetime) -> None:
    """Stores a risk event, and where its version is new what is known of it from `at` on."""
    keep_all(state, [risk], at)


def keep_all(state: StateStore, risks: Iterable[RiskEvent], at: datetime) -> None:
    """The same of many; of one risk event there may be one version."""
    told = {f"{risk.id}.{risk.version}": risk for risk in risks}
    for ids in (list(told)[start : start + _AT_ONCE] for start in range(0, len(told), _AT_ONCE)):
        held = {version.id for version in state.find(RiskVersion, Find(where={"id": tuple(ids)}))}
        fresh = ((key, told[key]) for key in ids if key not in held)
        state.put(*(RiskVersion(key, risk.id, at, risk.first_seen, risk) for key, risk in fresh))
    state.put(*told.values())


def known(state: StateStore, window: Window, as_of: datetime | None = None) -> list[RiskEvent]:
    """The risk events that began in the window as they stood at `as_of` (None: now), those withdrawn too."""
    if as_of is None:
        return state.find(RiskEvent, Find(between={"first_seen": (window.since, window.until)}))
    newest = {version.risk_id: version.event for version in versions(state, window, as_of)}
    return [event for event in newest.values() if event.first_seen in window]


def versions(state: StateStore, window: Window, as_of: datetime | None = None) -> list[RiskVersion]:
    """Every version, known by `as_of`, of the risk events that one version at least lays into the window.

    Ordered by risk event and version. What an older version of this product stored without versions is
    told as known since it was first seen.
    """
    span = {"first_seen": (window.since, window.until)}
    ids = {version.risk_id for version in state.find(RiskVersion, Find(between=span))}
    current = {event.id: event for event in state.find(RiskEvent, Find(between=span))}
    found = list(_of(state, sorted(ids | current.keys())))
    before = current.keys() - {version.risk_id for version in found}
    found += [_old(current[risk_id]) for risk_id in before]
    seen = [version for version in found if as_of is None or version.known_at <= as_of]
    return sorted(seen, key=lambda version: (version.risk_id, version.event.version))


def _of(state: StateStore, ids: Sequence[str]) -> Iterator[RiskVersion]:
    for start in range(0, len(ids), _AT_ONCE):
        yield from state.find(RiskVersion, Find(where={"risk_id": tuple(ids[start : start + _AT_ONCE])}))


def _old(risk: RiskEvent) -> RiskVersion:
    return RiskVersion(f"{risk.id}.{risk.version}", risk.id, risk.first_seen, risk.first_seen, risk)


def latest(state: StateStore) -> datetime | None:
    """When the newest version became known."""
    found = state.find(RiskVersion, Find(order="known_at", descending=True, limit=1))
    return found[0].known_at if found else None
