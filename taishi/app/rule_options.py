"""What a site adds to rules, from the files that a person names."""

from collections.abc import Sequence
from pathlib import Path

import yaml

from detections.engine.load import Options
from taishi.core.problems import Problem


def read_options(
    placeholders: Path | None = None, logsources: Path | None = None, pipelines: Sequence[Path] = ()
) -> Options:
    """Raises Problem where a file cannot be used."""
    for path in pipelines:
        if not path.is_file():
            raise Problem(f"{path}: no such file; name a pySigma processing pipeline (YAML)")
    if logsources is not None and not logsources.is_dir():
        raise Problem(f"{logsources}: no such folder; name one with .yml files of log sources")
    values = read_placeholders(placeholders) if placeholders is not None else {}
    return Options(values, logsources, tuple(pipelines))


def read_placeholders(path: Path) -> dict[str, tuple[str, ...]]:
    """`name: [value, …]` of each placeholder that rules write as %name%."""
    try:
        found = yaml.safe_load(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError, RecursionError) as error:
        raise Problem(f"{path}: cannot be read: {' '.join(str(error).split())[:200]}") from None
    if not isinstance(found, dict):
        raise Problem(f"{path}: must be a mapping from placeholder names to lists of values")
    return {str(name): _values(path, name, given) for name, given in found.items()}


def _values(path: Path, name: object, given: object) -> tuple[str, ...]:
    values = given if isinstance(given, list) else [given]
    if not all(isinstance(value, (str, int)) and not isinstance(value, bool) for value in values):
        raise Problem(f"{path}: {name}: must be a list of texts")
    return tuple(str(value) for value in values)
