"""Our own rules, and the packs a person adds."""

from collections.abc import Iterable
from importlib.resources import as_file, files
from pathlib import Path

from detections.engine.load import RulePack, load_rules
from taishi.kit.kept import Kept


def own_rules(kept: Kept | None = None) -> RulePack:
    """The rules in `detections/rules/`."""
    with as_file(files("detections").joinpath("rules")) as folder:
        return load_rules([folder], kept=kept)


def with_packs(paths: Iterable[Path], kept: Kept | None = None) -> RulePack:
    """Our own rules and those of the given folders, files and archives."""
    with as_file(files("detections").joinpath("rules")) as folder:
        return load_rules([folder, *paths], kept=kept)
