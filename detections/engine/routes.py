"""Log sources to routes: the YAML files of `logsources/`, and a folder of the user's that comes first."""

from collections.abc import Iterable, Mapping
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Literal

import msgspec
import yaml

from detections.engine.route import Route
from taishi.core.ecs import KINDS, Kind
from taishi.core.problems import Problem

_Scalar = str | int | bool
_Some = _Scalar | list[_Scalar]
_LogsourceKey = Literal["product", "category", "service"]
_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _RouteText(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A route as written. `ecs`: a source's own name → its names in ECS, good in both directions."""

    name: str
    kinds: list[Kind]
    where: dict[str, _Some] = {}
    ecs: dict[str, _Some] = {}
    fields: dict[str, _Some] = {}
    values: dict[str, dict[str, str]] = {}
    strip: list[str] = []
    prefixes: list[str] = []
    only: list[str] = []


class _Entry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`also`: the routes add to those of the next entry that fits (in order of precedence), instead of
    taking their place. A user's folder adds to what is shipped with it."""

    logsource: dict[_LogsourceKey, str]
    routes: list[_RouteText]
    also: bool = False


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`shared` holds YAML anchors and nothing else."""

    sources: list[_Entry]
    shared: object = None


#: A log source, whether further ones may add to it, and its routes.
_Routed = tuple[Mapping[str, str], bool, tuple[Route, ...]]


class Routes:
    """Which routes a log source has. A user's entries come first, then the more specific ones."""

    def __init__(self, entries: Iterable[_Routed]) -> None:
        self._entries = tuple(entries)

    @classmethod
    def load(cls, extra: Path | None = None) -> "Routes":
        """The shipped files, and those of a further folder before them.

        Raises Problem, naming file and key, for what is not as `_File` says.
        """
        if extra is not None and not extra.is_dir():
            raise Problem(f"{extra}: no such folder; name one with .yml files of log sources")
        return cls((*(_entries(extra) if extra is not None else ()), *_shipped_entries()))

    def of(self, logsource: Mapping[str, str]) -> tuple[Route, ...]:
        """A rule of this log source hits when it hits on any of these routes; never empty."""
        source = {key: value.lower() for key, value in logsource.items()}
        found: list[Route] = []
        for wanted, also, routes in self._entries:
            if wanted.items() <= source.items():
                found += routes
                if not also:
                    return tuple(found)
        return (*found, *_unknown(source))


def routes(logsource: Mapping[str, str]) -> tuple[Route, ...]:
    """The shipped routes of a log source (`product`, `category`, `service`; lower or upper case)."""
    return Routes.load().of(logsource)


@cache
def _shipped_entries() -> tuple[_Routed, ...]:
    return tuple(_entries(Path(str(files("detections.engine").joinpath("logsources")))))


def _unknown(source: Mapping[str, str]) -> tuple[Route, ...]:
    """Nobody described this source: events whose module or data set bears its name, own field names."""
    names = tuple(source[key] for key in ("product", "service", "category") if key in source)
    joined = (".".join(names[:2]),) if len(names) > 1 else ()
    kinds = frozenset(KINDS)
    return (
        Route("module", kinds, {"event.module": names[:1]}),
        Route("dataset", kinds, {"event.dataset": (*joined, *names)}),
    )


def _entries(folder: Path) -> list[_Routed]:
    written = [entry for path in sorted(folder.glob("*.yml")) for entry in _read(path).sources]
    ordered = sorted(written, key=lambda entry: -len(entry.logsource))
    return [
        (
            {key: value.lower() for key, value in entry.logsource.items()},
            entry.also,
            tuple(_route(route) for route in entry.routes),
        )
        for entry in ordered
    ]


def _read(path: Path) -> _File:
    try:
        return msgspec.convert(yaml.load(path.read_text("utf-8"), Loader=_Loader), _File)  # noqa: S506
    except msgspec.ValidationError as error:
        raise Problem(
            f"{path}: {error}; compare with the shipped files of detections/engine/logsources"
        ) from None
    except (yaml.YAMLError, UnicodeDecodeError, RecursionError) as error:
        raise Problem(f"{path}: not valid YAML: {' '.join(str(error).split())[:200]}") from None


def _route(text: _RouteText) -> Route:
    return Route(
        name=text.name,
        kinds=frozenset(text.kinds),
        where={name: _words(values) for name, values in text.where.items()},
        fields=_fields(text),
        values=text.values,
        strip=tuple(text.strip),
        prefixes=tuple(text.prefixes),
        only=frozenset(text.only),
    )


def _fields(text: _RouteText) -> dict[str, tuple[str, ...]]:
    """`ecs` read both ways, then `fields`, each name of which brings its ECS names along."""
    partners = {own: _words(names) for own, names in text.ecs.items()}
    found = {own: (own, *names) for own, names in partners.items()}
    for own, names in partners.items():
        for name in names:
            found[name] = (*found.get(name, (name,)), own)
    for name, wanted in text.fields.items():
        there = _words(wanted)
        found[name] = tuple(dict.fromkeys([*there, *(ecs for own in there for ecs in partners.get(own, ()))]))
    return found


def _words(values: _Some) -> tuple[str, ...]:
    given = values if isinstance(values, list) else [values]
    return tuple(str(one).lower() if isinstance(one, bool) else str(one) for one in given)
