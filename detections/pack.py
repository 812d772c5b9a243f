"""Our own rules, and the packs a person adds."""

from collections.abc import Iterable, Set
from importlib.resources import as_file, files
from pathlib import Path

from msgspec import structs

from detections.engine.load import RulePack, load_rules
from taishi.kit.kept import Kept


def without_correlations(pack: RulePack) -> RulePack:
    """Only what single events show."""
    return structs.replace(pack, correlations=())


def for_correlations(pack: RulePack) -> RulePack:
    """Correlations, and of the rules on single events those that they stand on."""
    named = {one for correlation in pack.correlations for one in correlation.rules}
    variants = tuple(one for one in pack.plan.variants if pack.rules[one.rule].id in named)
    return structs.replace(pack, plan=structs.replace(pack.plan, variants=variants))


def of_rules(pack: RulePack, numbers: Set[int], correlations: bool = True) -> RulePack:
    """Only these rules on single events, by their place in the pack, which stays."""
    variants = tuple(one for one in pack.plan.variants if one.rule in numbers)
    plan = structs.replace(pack.plan, variants=variants)
    return structs.replace(pack, plan=plan, correlations=pack.correlations if correlations else ())


def own_rules(kept: Kept | None = None) -> RulePack:
    """The rules in `detections/rules/`."""
    with as_file(files("detections").joinpath("rules")) as folder:
        return load_rules([folder], kept=kept)


def with_packs(paths: Iterable[Path], kept: Kept | None = None) -> RulePack:
    """Our own rules and those of the given folders, files and archives."""
    with as_file(files("detections").joinpath("rules")) as folder:
        return load_rules([folder, *paths], kept=kept)
