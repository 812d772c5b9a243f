"""Events held against indicators; hits by day, indicator and subject. It can be saved."""

from collections.abc import Iterator

import msgspec
import pyarrow as pa
from msgspec.structs import replace

from detections.hits import Evidences, hit
from detections.intel.index import Index, Known, index
from detections.intel.parties import Parties, parties
from detections.intel.roles import role_of
from detections.intel.telling import CLIENTS, RESOLVER, tell
from detections.intel.weighing import FINDINGS, finding_of, weigh
from detections.networks import Networks
from detections.sequences.recent import Recent
from taishi.core.clock import ZONE
from taishi.core.event import Batch, Event
from taishi.core.indicators import Indicator, Report
from taishi.core.observables import Sighting, sightings
from taishi.core.records import Hit, Level, Origin, SubjectKind, Threat
from taishi.core.text import Text

#: Day, rule, subject, indicator, as one text: what a saved table can have for a key.
Key = str
_BETWEEN = "\x1f"
#: Groups that are remembered.
_MOST_GROUPS = 10_000
#: Peers that one group names; the count says how many events there were.
_MOST_PEERS = 50
#: A client's mark that more hosts have than this is no mark of malware.
_COMMON = 3
#: Codes of Windows events that say that something was run or loaded: Sysmon 1, 6, 7, Security 4688.
_RAN = frozenset({"1", "6", "7", "4688"})


class _Group(msgspec.Struct):
    evidence: Evidences = msgspec.field(default_factory=Evidences)
    subject_kind: SubjectKind = "ip"
    way: str = ""
    type: str = ""
    threat: Threat = "risk"
    level: Level = "low"
    peers: list[str] = msgspec.field(default_factory=list)
    techniques: tuple[str, ...] = ()
    origin: Origin | None = None
    only_names: bool = True
    fresh: bool = True


class _Flag(msgspec.Struct):
    pass


class _Saved(msgspec.Struct, array_like=True):
    groups: bytes
    resolvers: bytes
    hunted: list[int]


class IntelWatch:
    """`observe` batches, then `standing`. The index may be changed at any time; what is new in it is hunted
    for in what was seen before by whoever has the events (`unhunted`).
    """

    def __init__(self, networks: Networks, against: Index | None = None) -> None:
        """New, so that all events will come: nothing of the index has to be hunted."""
        self._networks = networks
        self.index = against or Index()
        self._groups: Recent[Key, _Group] = Recent(str, _Group, _MOST_GROUPS)
        self._resolvers: Recent[str, _Flag] = Recent(str, _Flag)
        self._hunted = _ids(self.index)

    def observe(self, batch: Batch, against: Index | None = None) -> None:
        """Takes a batch in. `against`: only these indicators, where the others have seen it."""
        held = against if against is not None else self.index
        if not held.types or not len(batch):
            return
        self._note_resolvers(batch)
        for sighting in sightings(batch, held.wants, held.types):
            known = held.known(sighting.type, sighting.value)
            for event in _events(batch, sighting):
                for one in known:
                    self._add(event, sighting, one)

    def standing(self) -> Iterator[Hit]:
        """Hits that are new or have grown since the last call."""
        spread = self._spread()
        for key, group in self._groups.items():
            if group.fresh and group.origin is not None:
                group.fresh = False
                yield self._hit(key, group, spread.get(group.origin.indicator, 1))

    def unhunted(self) -> Index:
        """The part of the index that has not seen all events."""
        values = self.index.by_value.values()
        new = {one[0].id: one for known in values for one in known if _number(one[0]) not in self._hunted}
        reports = {(one.source, one.event): report for one, report in new.values() if report is not None}
        for key, group in self._groups.items():  # whoever comes back is counted anew
            if group.origin is not None and group.origin.indicator in new:
                self._groups.forget(key)
        return index((one for one, _ in new.values()), reports, self.index.generation)

    def hunted(self) -> None:
        """The whole index has now seen all events."""
        self._hunted = _ids(self.index)

    def saved(self) -> bytes:
        """What is remembered."""
        return msgspec.msgpack.encode(
            _Saved(self._groups.saved(), self._resolvers.saved(), sorted(self._hunted))
        )

    def restore(self, data: bytes) -> None:
        """Goes on from there. Raises ValueError where it is nothing of this kind."""
        try:
            told = msgspec.msgpack.decode(data, type=_Saved)
        except msgspec.DecodeError as error:
            raise ValueError(f"the intelligence watch's state cannot be read: {error}") from None
        self._groups.restore(told.groups)
        self._resolvers.restore(told.resolvers)
        self._hunted = set(told.hunted)

    def _note_resolvers(self, batch: Batch) -> None:
        """Hosts of ours that others of ours ask for names."""
        if batch.kind != "dns":
            return
        asked = batch.rows.column("destination.ip").unique().to_pylist()
        for address in asked:
            if address and self._networks.inside(address) and self._resolvers.get(address) is None:
                self._resolvers[address] = _Flag()

    def _add(self, event: Event, sighting: Sighting, known: Known) -> None:
        indicator, report = known
        if indicator.port is not None and not _has_port(event, indicator.port):
            return
        found = parties(event, sighting.column, sighting.type, sighting.value, self._networks)
        if found is None:
            return
        ran = event.kind == "process" or (event.kind == "windows" and event.text("event.code") in _RAN)
        role = role_of(indicator, report)
        weight = weigh(indicator, report, finding_of(indicator, role, found.way, ran=ran), event.time)
        day = event.time.astimezone(ZONE).date().isoformat()
        group = self._groups[_BETWEEN.join((day, weight.finding.rule, found.subject, indicator.id))]
        if group.origin is None:
            group.origin = _origin(indicator, report, weight.because)
            group.threat, group.level, group.type = weight.threat, weight.level, indicator.type
            group.techniques = indicator.techniques
            group.subject_kind, group.way = found.subject_kind, found.way
        _grow(group, event, found, sighting)

    def _spread(self) -> dict[str, int]:
        """How many subjects each client's mark was seen on."""
        subjects: dict[str, set[str]] = {}
        for key, group in self._groups.items():
            if group.type in ("ja3", "ja4"):
                _, _, subject, indicator = key.split(_BETWEEN)
                subjects.setdefault(indicator, set()).add(subject)
        return {indicator: len(found) for indicator, found in subjects.items()}

    def _hit(self, key: Key, group: _Group, spread: int) -> Hit:
        day, rule, subject, indicator = key.split(_BETWEEN)
        finding, origin = FINDINGS[rule], group.origin
        assert origin is not None  # noqa: S101 - `standing` has looked
        threat, level = group.threat, group.level
        if threat == "compromised" and group.only_names and self._resolvers.get(subject) is not None:
            threat, level, origin = "risk", "medium", replace(origin, because=(*origin.because, RESOLVER))
        if spread > _COMMON:
            threat, level, origin = "risk", "low", replace(origin, because=(*origin.because, CLIENTS))
        made = hit(
            finding,
            group.evidence,
            key=f"{day} {indicator}",
            subject=subject,
            subject_kind=group.subject_kind,
            summary=tell(rule, subject, origin),
            peers=group.peers,
            attackers=group.peers if group.way == "in" else (),
            threat=threat,
            level=level,
        )
        techniques = dict.fromkeys((*finding.technique, *group.techniques))
        return replace(made, origins=(origin,), technique=tuple(techniques))


def _grow(group: _Group, event: Event, found: Parties, sighting: Sighting) -> None:
    group.evidence.add(event, side=found.side)
    group.fresh = True
    group.only_names = group.only_names and sighting.column == "dns.question.name"
    if found.peer and found.peer not in group.peers and len(group.peers) < _MOST_PEERS:
        group.peers.append(found.peer)


def _origin(indicator: Indicator, report: Report | None, because: tuple[Text, ...]) -> Origin:
    return Origin(
        indicator=indicator.id,
        type=indicator.type,
        value=indicator.value,
        source=indicator.source,
        report=indicator.event,
        info=report.info if report else "",
        producer=report.producer if report else "",
        tags=indicator.tags,
        tlp=indicator.tlp,
        confidence=indicator.confidence,
        because=because,
    )


def _events(batch: Batch, sighting: Sighting) -> Iterator[Event]:
    rows = batch.rows.take(pa.array(sighting.rows, pa.int64()))
    return Batch(batch.kind, rows).events()


def _has_port(event: Event, port: int) -> bool:
    return port in (event.number("source.port"), event.number("destination.port"))


def _ids(of: Index) -> set[int]:
    return {_number(one) for known in of.by_value.values() for one, _ in known}


def _number(indicator: Indicator) -> int:
    """An id as a number that fits msgpack."""
    return int(indicator.id[:15], 16)
