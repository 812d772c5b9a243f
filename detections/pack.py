"""Our own rules, and the packs a person adds."""

from collections.abc import Iterable
from importlib.resources import as_file, files
from pathlib import Path

from detections.engine.load import load_rules
from detections.engine.rule import RulePack


def own_rules() -> RulePack:
    """The rules in `detections/rules/`."""
    with as_file(files("detections").joinpath("rules")) as folder:
        return load_rules([folder])


def with_packs(paths: Iterable[Path]) -> RulePack:
    """Our own rules and those of the given folders, files and archives."""
    with as_file(files("detections").joinpath("rules")) as folder:
        return load_rules([folder, *paths])
