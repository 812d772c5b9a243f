"""Intelligence over a data directory: sources and their syncs, warninglists, what is known of a value."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import msgspec
from msgspec.structs import replace

from detections.intel.index import Index, index
from enrichment.exits import Exits
from enrichment.intel.source import Outcome, Sighted, kind_of
from enrichment.intel.values import NotAnIndicator, normal
from enrichment.intel.warninglists import SETTINGS, WarningList, grade, warninglists
from taishi.app.refusal import Refusal
from taishi.app.roles import ADMIN, SYSTEM, TRIAGE, require_or_system
from taishi.core.clock import Clock
from taishi.core.ids import stable_id
from taishi.core.indicators import Indicator, IntelSource, Report, Synced
from taishi.core.observables import parents
from taishi.core.ports import IndicatorStore, Sought, StateStore
from taishi.core.problems import Problem
from taishi.core.records import Hit
from taishi.kit.fetch import secret

log = logging.getLogger("taishi.intel")

_LISTS, _FOLDER, _TOLD = "intel.lists", "intel.lists.folder", "intel.told"
#: A source that failed is asked again after this, however rarely it is asked otherwise.
AGAIN = timedelta(minutes=5)
#: Least seconds between two syncs of a source.
LEAST_S = 60
#: Problems kept of a sync; how many there were more is said.
_MOST_PROBLEMS = 50


@dataclass(frozen=True)
class SourceStatus:
    """A source and how it is. `sought` of its `indicators` are looked for."""

    source: IntelSource
    synced: Synced | None
    indicators: int
    sought: int
    silenced: int
    lowered: int


@dataclass(frozen=True)
class ListStatus:
    """A warninglist and how many indicators it marks."""

    of: WarningList
    marked: int


class Intel:
    """What people and the schedule do with intelligence; every act of a person is audited."""

    def __init__(self, state: StateStore, store: IndicatorStore, clock: Clock) -> None:
        self._state, self._store, self._clock = state, store, clock
        self._exits: tuple[tuple[str | None, str | None], Exits] | None = None

    @property
    def store(self) -> IndicatorStore:
        """What is known."""
        return self._store

    def sources(self) -> list[SourceStatus]:
        return [self._status(one) for one in sorted(self._store.sources(), key=lambda one: one.name)]

    def source(self, name: str) -> IntelSource:
        """Raises Problem where there is none of that name."""
        found = next((one for one in self._store.sources() if name in (one.name, one.id)), None)
        if found is None:
            names = ", ".join(sorted(one.name for one in self._store.sources())) or "none"
            raise Problem(f"{name}: no source of that name; there are: {names}")
        return found

    def _status(self, one: IntelSource) -> SourceStatus:
        def count(**asked: object) -> int:
            return self._store.count(Sought(source=one.id, **asked))  # type: ignore[arg-type]

        return SourceStatus(
            one,
            self._store.synced(one.id),
            count(),
            count(only_sought=True),
            count(marked="silenced"),
            count(marked="lowered"),
        )

    def add(self, source: IntelSource, by: str, why: str = "") -> IntelSource:
        """Takes a source in; the next sync reads it. `key` must be a reference that leads somewhere."""
        by = require_or_system(self._state, by, *ADMIN)
        kind_of(source.kind)
        if not source.name.strip() or any(one.name == source.name for one in self._store.sources()):
            raise Refusal(
                f"已有名为“{source.name}”的情报源，或名称为空", f"{source.name!r}: is taken or empty"
            )
        if source.key is not None:
            secret(source.key)
        if source.every_s and source.every_s < LEAST_S:
            raise Refusal(f"同步间隔至少 {LEAST_S} 秒", f"a source is synced every {LEAST_S} s at most")
        made = replace(source, id=stable_id("intel", source.name), created_at=self._clock.now())
        self._store.put_source(made)
        self._state.decide(made.created_at, by, "add", "intel", made.name, made.place, why)
        return made

    def remove(self, name: str, by: str, why: str = "") -> None:
        """With everything that the source said; alerts stay."""
        by = require_or_system(self._state, by, *ADMIN)
        found = self.source(name)
        self._store.remove_source(found.id)
        self._state.decide(self._clock.now(), by, "remove", "intel", found.name, found.place, why)

    def due(self) -> list[IntelSource]:
        """Sources whose time has come."""
        now = self._clock.now()
        return [one for one in self._store.sources() if self._is_due(one, now)]

    def _is_due(self, source: IntelSource, now: datetime) -> bool:
        last = self._store.synced(source.id)
        if last is None or last.due:
            return source.every_s > 0 or last is not None
        wait = timedelta(seconds=source.every_s)
        return source.every_s > 0 and now >= last.at + (min(wait, AGAIN) if last.problems else wait)

    def sync(self, source: IntelSource) -> Synced:
        """Looks at one source. What cannot be read stays as it was; why is in the result."""
        before = self._store.synced(source.id) or Synced(source.id, self._clock.now())
        try:
            outcome = kind_of(source.kind).look(source, before.state, self._store.keep)
        except Problem as problem:
            outcome = Outcome(problems=[str(problem)], state=dict(before.state))
        if outcome.gone:
            self._store.drop(source.id, outcome.gone)
        if outcome.fetched or outcome.gone:
            outcome.problems += self.regrade()
        unusable = outcome.unusable or (list(before.unusable) if not outcome.fetched else [])
        now = self._clock.now()
        done = Synced(
            source=source.id,
            at=now,
            good_at=before.good_at if outcome.problems else now,
            fetched=outcome.fetched,
            unchanged=outcome.unchanged,
            reports=sum(1 for of, _ in self._store.reports() if of == source.id),
            indicators=self._store.count(Sought(source=source.id)),
            problems=_few(outcome.problems),
            unusable=_few(unusable),
            state=outcome.state,
        )
        self._store.note(done)
        for line in done.problems:
            log.warning("%s: %s", source.name, line)
        return done

    def regrade(self) -> list[str]:
        """Every indicator against every list; gives what could not be read."""
        lists = warninglists(self.lists_folder(), self._settings())
        marks, problems = grade(self._store.find(Sought()), lists)
        self._store.mark(marks)
        return problems

    def lists_folder(self) -> Path | None:
        """Where lists are read from; None: those that come with the product."""
        named = self._state.setting(_FOLDER)
        return Path(named) if named else None

    def _settings(self) -> dict[str, str]:
        text = self._state.setting(_LISTS)
        return msgspec.json.decode(text, type=dict[str, str]) if text else {}

    def exits(self) -> Exits:
        """What the lists say of exits that many share, as set now; nothing where they cannot be read."""
        version = self._state.setting(_FOLDER), self._state.setting(_LISTS)
        if self._exits is None or self._exits[0] != version:
            try:
                lists = warninglists(self.lists_folder(), self._settings())
            except Problem as problem:
                log.warning("%s", problem)
                lists = []
            self._exits = version, Exits(lists)
        return self._exits[1]

    def lists(self) -> list[ListStatus]:
        """Every warninglist with what it does and how many it marks."""
        marked: dict[str, int] = {}
        for one in self._store.find(Sought()):
            for mark in one.marks:
                marked[mark.name] = marked.get(mark.name, 0) + 1
        found = warninglists(self.lists_folder(), self._settings())
        return [ListStatus(one, marked.get(one.slug, 0)) for one in found]

    def set_list(self, slug: str, effect: str, by: str, why: str = "") -> None:
        """What one list does from now on; indicators are graded anew."""
        by = require_or_system(self._state, by, *ADMIN)
        if effect not in SETTINGS:
            raise Problem(f"{effect}: a list does one of {', '.join(SETTINGS)}")
        if slug not in {one.slug for one in warninglists(self.lists_folder())}:
            raise Problem(f"{slug}: no such list; see `taishi intel lists`")
        settings = {**self._settings(), slug: effect}
        self._state.set_setting(_LISTS, msgspec.json.encode(settings).decode())
        self._state.decide(self._clock.now(), by, "set", "warninglist", slug, effect, why)
        self.regrade()

    def set_lists_folder(self, folder: Path | None, by: str, why: str = "") -> None:
        """Other lists than the product's (None: those again)."""
        by = require_or_system(self._state, by, *ADMIN)
        warninglists(folder)
        self._state.set_setting(_FOLDER, str(folder.resolve()) if folder else "")
        self._state.decide(self._clock.now(), by, "set", "warninglist", "folder", str(folder or "—"), why)
        self.regrade()

    def index(self) -> Index:
        """Everything that is sought."""
        generation = self._store.generation()
        return index(self._store.find(Sought(only_sought=True)), self._store.reports(), generation)

    def known(self, value: str) -> list[tuple[Indicator, Report | None]]:
        """What is known of a value: itself, the names above it, and values that contain the text."""
        reports = self._store.reports()
        found = self._store.find(Sought(values=tuple(spellings_of(value))))
        found = found or self._store.find(Sought(text=value, limit=100))
        return [(one, reports.get((one.source, one.event))) for one in found]

    def sighted(self) -> dict[str, list[Sighted]]:
        """Our hits by source: each attribute with the last time and how many events."""
        seen: dict[str, dict[str, Sighted]] = {}
        attributes = {one.id: one for one in self._store.find(Sought(only_sought=True))}
        for hit in self._state.find(Hit):
            for origin in hit.origins:
                one = attributes.get(origin.indicator)
                if one is not None:
                    known = seen.setdefault(one.source, {}).get(one.attribute)
                    at, count = int(hit.last_seen.timestamp()), hit.count + (known.count if known else 0)
                    seen[one.source][one.attribute] = Sighted(
                        one.attribute, max(at, known.at if known else 0), count
                    )
        return {
            source: sorted(found.values(), key=lambda one: one.attribute) for source, found in seen.items()
        }

    def tell(self, source: IntelSource, by: str, why: str = "") -> int:
        """Tells a source what was seen of it since it was last told; how many it took."""
        by = require_or_system(self._state, by, *TRIAGE)
        name = f"{_TOLD}.{source.id}"
        text = self._state.setting(name)
        told = msgspec.json.decode(text, type=dict[str, int]) if text else {}
        new = [one for one in self.sighted().get(source.id, []) if told.get(one.attribute, -1) < one.at]
        taken = kind_of(source.kind).tell(source, new) if new else 0
        if taken:
            told.update((one.attribute, one.at) for one in new[:taken])
            self._state.set_setting(name, msgspec.json.encode(told).decode())
            self._state.decide(self._clock.now(), by, "tell", "intel", source.name, f"{taken} sightings", why)
        return taken

    def keep_up(self, source: IntelSource) -> Synced:
        """A look at a source whose time has come; one that `tells` is then told what was seen of it. A source
        that takes nothing now is told at its next look.
        """
        done = self.sync(source)
        if source.tells:
            try:
                self.tell(source, SYSTEM, "schedule")
            except Problem as problem:
                log.warning("%s: sightings not told: %s", source.name, problem)
        return done

    def set_telling(self, name: str, by: str, why: str = "", *, tells: bool) -> IntelSource:
        """Whether a source is told of itself what was seen of it: what leaves the house is an administrator's
        word.
        """
        by = require_or_system(self._state, by, *ADMIN)
        found = replace(self.source(name), tells=tells)
        self._store.put_source(found)
        said = "sightings on" if tells else "sightings off"
        self._state.decide(self._clock.now(), by, "set", "intel", found.name, said, why)
        return found

    def hasten(self, name: str, by: str) -> None:
        """Makes a source due now."""
        by = require_or_system(self._state, by, *TRIAGE)
        found = self.source(name)
        last = self._store.synced(found.id)
        if last is not None:
            self._store.note(replace(last, due=True))
        self._state.decide(self._clock.now(), by, "sync", "intel", found.name, found.place)

    def ailing(self) -> list[str]:
        """Sources that could not be read at the last look: why, in one line each."""
        found = ((one, self._store.synced(one.id)) for one in self._store.sources())
        return [f"intel {one.name}: {last.problems[0]}" for one, last in found if last and last.problems]


def spellings_of(value: str) -> list[str]:
    """The normalised values under which something may be known."""
    found = [value.strip()]
    for given in ("ip-dst", "domain", "url", "email", "md5", "sha1", "sha256", "tlsh"):
        try:
            kind, text = normal(given, value)
        except NotAnIndicator:
            continue
        found += parents(text) if kind == "domain" else [text]
    return list(dict.fromkeys(found))


def _few(lines: Sequence[str]) -> tuple[str, ...]:
    if len(lines) <= _MOST_PROBLEMS:
        return tuple(lines)
    return (*lines[:_MOST_PROBLEMS], f"… and {len(lines) - _MOST_PROBLEMS} more")
