"""`taishi analyze`: files in, verdicts out, with no data directory."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from time import perf_counter

from detections.detector import Detector
from detections.engine.rule import Refusal
from detections.networks import PRIVATE, Networks
from detections.pack import with_packs
from detections.personal.shield import shield
from detections.verdict import judge
from enrichment.exits import Exits
from enrichment.geography import Geography, default_files, not_available
from enrichment.intel.warninglists import warninglists
from enrichment.ownership import OwnershipEnricher
from enrichment.register import AddressRegister
from enrichment.sheets import RegisterSheet, read_register
from sensors.choose import sensors
from sensors.pcap.deep import require
from taishi.app.deepening import deepened
from taishi.app.intake import Input, expand, read, require_one, shown
from taishi.app.intel_reading import read_index
from taishi.app.surroundings import surroundings
from taishi.core.event import Batch
from taishi.core.records import THREATS, Hit, Threat, Verdict
from taishi.core.text import Text
from taishi.kit.kept import Kept, default_folder

#: Called with each batch as it was read and stamped.
Tap = Callable[[Batch], None]


@dataclass(frozen=True)
class Attacker:
    """Who attacked: on how many subjects, by the class of each."""

    ip: str
    internal: bool
    targets: int
    threats: dict[Threat, int]


@dataclass(frozen=True)
class Options:
    """What a person may ask of an analysis."""

    units: Path | None = None
    rules: Sequence[Path] = ()
    internal: Sequence[str] = ()
    #: The folder of the user's own field maps.
    field_maps: Path | None = None
    intel: str | None = None
    #: Whether tshark reads what no parser here does.
    deep: bool = False
    isolated: Sequence[str] = ()
    #: MMDB files that say where addresses are, before the product's own.
    geography: Sequence[Path] = ()


@dataclass
class Analysis:
    """What was read and what it means."""

    inputs: list[Input] = field(default_factory=list)
    verdicts: list[Verdict] = field(default_factory=list)
    attackers: list[Attacker] = field(default_factory=list)
    refused: list[Refusal] = field(default_factory=list)
    intel_problems: list[str] = field(default_factory=list)
    #: What could not be judged for want of something that set-up fetches.
    not_available: list[Text] = field(default_factory=list)
    seconds: float = 0.0

    @property
    def events(self) -> int:
        return sum(one.events for one in self.inputs)

    @property
    def quarantined(self) -> int:
        return sum(one.quarantined for one in self.inputs)


def analyze(paths: Iterable[Path], options: Options, tap: Tap | None = None) -> Analysis:
    """Raises Problem where none of the inputs can be read or an option is unusable."""
    started = perf_counter()
    if options.deep:
        require()
    sheet = read_register(options.units) if options.units else RegisterSheet((), ())
    extranet = [*options.internal, *_listed(sheet)]
    networks = Networks(internal_networks(options.internal, sheet), extranet, options.isolated)
    kept = Kept(default_folder())
    pack = with_packs(options.rules, kept)
    known, unread = read_index(options.intel) if options.intel else (None, [])
    detector = Detector(pack, networks, kept, known)
    enricher = OwnershipEnricher(AddressRegister(sheet.units, sheet.assets))
    places = Geography((*options.geography, *default_files()))
    exits = Exits(warninglists(None))
    result = Analysis(refused=list(pack.refused), intel_problems=unread)
    result.not_available = [said for said in (not_available(places.files),) if said]
    hits: dict[str, Hit] = {}
    for batch in _batches(paths, result.inputs, options):
        batch = shield(batch)
        stamped = exits.enrich(places.enrich(enricher.enrich(batch) if sheet.assets else batch))
        if tap is not None:
            tap(stamped)
        hits.update((hit.id, hit) for hit in detector.observe(stamped))
    hits.update((hit.id, hit) for hit in detector.standing())
    require_one(result.inputs)
    result.verdicts = judge(hits.values(), surroundings(hits.values(), sheet.assets, detector.hosts))
    result.attackers = attackers(hits.values(), networks)
    result.seconds = perf_counter() - started
    return result


def internal_networks(named: Sequence[str], sheet: RegisterSheet) -> list[str]:
    """Which networks are ours: those named, else private space; and whatever the register lists."""
    return [*(named or PRIVATE), *_listed(sheet)]


def _listed(sheet: RegisterSheet) -> list[str]:
    return [asset.value for asset in sheet.assets if asset.kind in ("cidr", "address")]


def _batches(paths: Iterable[Path], inputs: list[Input], options: Options) -> Iterator[Batch]:
    known = sensors(options.field_maps)
    for path in expand(paths):
        report = Input(shown(path))
        inputs.append(report)
        found = read(path, report, known)
        yield from deepened(path, found, report) if options.deep else found


def attackers(hits: Iterable[Hit], networks: Networks) -> list[Attacker]:
    """Everybody who attacked, most targets first; a target counts once, by its worst class."""
    targets: dict[str, dict[str, Threat]] = defaultdict(dict)
    for hit in hits:
        for attacker in hit.attackers:
            known = targets[attacker].get(hit.subject, hit.threat)
            targets[attacker][hit.subject] = min(known, hit.threat, key=THREATS.index)
    found = [
        Attacker(ip, networks.inside(ip), len(of), _count(list(of.values()))) for ip, of in targets.items()
    ]
    return sorted(found, key=lambda one: (-one.targets, one.ip))


def _count(threats: list[Threat]) -> dict[Threat, int]:
    return {threat: threats.count(threat) for threat in THREATS if threat in threats}
