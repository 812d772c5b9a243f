"""A static MISP feed: `manifest.json`, one file an event, `hashes.csv`.

Format: https://www.misp-standard.org/rfc/misp-standard-core.html#name-manifest. Nothing the manifest says is
taken on trust: each event must be there, carry the uuid it is listed under, be no older than it says and
agree with `hashes.csv`. What fails stays as it was and is told; the next look tries it again.
"""

import hashlib
from collections import defaultdict
from collections.abc import Mapping, Sequence
from uuid import UUID

import msgspec

from enrichment.intel.misp_event import Parsed, Unreadable, read_event
from enrichment.intel.reading import Reader, reader_of
from enrichment.intel.source import Keep, Outcome, Sighted
from taishi.core.indicators import IntelSource
from taishi.core.problems import Problem

_MARK, _MANIFEST, _HASHES = "mark", "manifest.json", "hashes.csv"


class _Entry(msgspec.Struct):
    timestamp: int | str = 0


class MispFeed:
    """The state of a look: `mark` of the manifest, and the timestamp of each event in good order."""

    kind = "misp-feed"

    def look(self, source: IntelSource, before: Mapping[str, str], keep: Keep) -> Outcome:
        reader = reader_of(source)
        known = {name: stamp for name, stamp in before.items() if name != _MARK}
        manifest = reader.read(_MANIFEST, before.get(_MARK, ""))
        if manifest.body is None:
            return Outcome(unchanged=len(known), state=dict(before))
        listed = _listed(source, manifest.body)
        if not listed and known:
            raise Problem(f"{source.place}: its manifest lists no event any more; what is known is kept")
        outcome = Outcome(fetched=1)
        good = self._changed(source, reader, listed, known, outcome, keep)
        outcome.gone = known.keys() - listed.keys()
        # A manifest that is not wholly carried out must be read again.
        outcome.state = {**good, _MARK: "" if outcome.problems else manifest.mark}
        return outcome

    def _changed(
        self,
        source: IntelSource,
        reader: Reader,
        listed: Mapping[str, str],
        known: Mapping[str, str],
        outcome: Outcome,
        keep: Keep,
    ) -> dict[str, str]:
        """Reads what is new or newer; gives the timestamps of events in good order."""
        good: dict[str, str] = {}
        hashes: dict[str, set[str]] | None = None
        for name, stamp in listed.items():
            try:
                identity = _identity(name)
                if known.get(identity) == stamp:
                    outcome.unchanged += 1
                    good[identity] = stamp
                    continue
                hashes = _hashes(reader, outcome) if hashes is None else hashes
                parsed = _event(source, reader, identity, stamp, hashes.get(identity, set()))
            except (Problem, Unreadable) as problem:
                outcome.problems.append(
                    str(problem) if name[:80] in str(problem) else f"{name[:80]}: {problem}"
                )
                if name in known:
                    good[name] = known[name]
                continue
            keep(parsed.report, parsed.indicators)
            outcome.unusable += parsed.problems
            outcome.fetched += 1
            good[identity] = stamp
        return good

    def tell(self, source: IntelSource, sighted: Sequence[Sighted]) -> int:  # noqa: ARG002 - the port names them
        """A folder of files takes no sightings."""
        return 0


def _listed(source: IntelSource, body: bytes) -> dict[str, str]:
    """Event names with their timestamps."""
    try:
        entries = msgspec.json.decode(body, type=dict[str, _Entry])
    except (msgspec.DecodeError, msgspec.ValidationError) as error:
        raise Problem(
            f"{source.place}: its manifest cannot be read ({error}); what is known is kept"
        ) from None
    return {name: str(entry.timestamp) for name, entry in entries.items()}


def _identity(name: str) -> str:
    """The name, where it is a UUID as MISP writes it: nothing else becomes part of a path."""
    try:
        whole = str(UUID(name)) == name
    except ValueError:
        whole = False
    if not whole:
        raise Problem(f"{name[:80]!r} in the manifest is no event's uuid; not fetched")
    return name


def _event(source: IntelSource, reader: Reader, identity: str, stamp: str, hashes: set[str]) -> Parsed:
    body = reader.read(f"{identity}.json").body or b""
    parsed = read_event(source.id, body)
    if parsed.report.id != identity:
        raise Unreadable(f"the file carries the uuid {parsed.report.id}")
    if stamp.isdigit() and parsed.report.at.timestamp() < int(stamp):
        raise Unreadable("the file is older than the manifest says")
    strange = hashes - _value_hashes(body)
    if strange:
        raise Unreadable(f"{_HASHES} names {len(strange)} values that the event does not have")
    return parsed


def _hashes(reader: Reader, outcome: Outcome) -> dict[str, set[str]]:
    """`MD5 of a value,uuid` a line, by event; a feed need not have it."""
    found: dict[str, set[str]] = defaultdict(set)
    try:
        text = (reader.read(_HASHES).body or b"").decode("ascii", "replace")
    except Problem:
        return found
    outcome.fetched += 1
    for line in text.splitlines():
        digest, _, identity = line.strip().partition(",")
        if digest and identity:
            found[identity].add(digest)
    return found


class _Value(msgspec.Struct):
    value: str = ""


class _Valued(msgspec.Struct):
    attributes: list[_Value] = msgspec.field(name="Attribute", default_factory=list)


class _ValuedEvent(_Valued):
    objects: list[_Valued] = msgspec.field(name="Object", default_factory=list)


class _Values(msgspec.Struct):
    event: _ValuedEvent = msgspec.field(name="Event")


def _value_hashes(body: bytes) -> set[str]:
    """MD5 of every value, and of either half of composite ones, as MISP's feed generator writes them."""
    try:
        event = msgspec.json.decode(body, type=_Values).event
    except (msgspec.DecodeError, msgspec.ValidationError) as error:
        raise Unreadable(str(error)) from None
    attributes = [*event.attributes, *(one for each in event.objects for one in each.attributes)]
    values = {text for one in attributes for text in (one.value, *one.value.split("|"))}
    texts = values | {text.replace("T", " ") for text in values}  # dates are hashed with a space
    return {hashlib.md5(text.encode(), usedforsecurity=False).hexdigest() for text in texts}


SOURCE = MispFeed()
