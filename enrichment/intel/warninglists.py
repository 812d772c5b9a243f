"""MISP warninglists: which indicators are known to be something else, and what that does to them.

The lists (CC0 and BSD-2-Clause, https://github.com/MISP/misp-warninglists) come with the package
`pymispwarninglists`; they are read here without it, since only the values of a few thousand indicators are
asked for and most of what the lists hold is never looked at. What each does is data: `warninglists.yml`.
"""

import logging
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cache
from importlib.util import find_spec
from ipaddress import ip_network
from pathlib import Path
from typing import Literal, get_args

import msgspec
import yaml

from enrichment.intel.listed_networks import ListedNetworks, Network
from taishi.core.indicators import Indicator, Mark
from taishi.core.observables import parents
from taishi.core.problems import Problem
from taishi.core.text import Text

log = logging.getLogger("taishi.warninglists")

Setting = Literal["silence", "lower", "note", "off"]
#: RFC 5737 and 3849; RFC 2606.
_DOCUMENTATION = tuple(
    map(ip_network, ("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24", "2001:db8::/32"))
)
_RESERVED = re.compile(r"(?:^|\.)(?:example\.(?:com|net|org)|example|test|invalid)$")
SETTINGS: tuple[Setting, ...] = get_args(Setting)


class _Rule(msgspec.Struct):
    lists: list[str]
    effect: Setting
    why: Text
    exit: bool = False


class _File(msgspec.Struct):
    name: str
    type: str
    entries: list[str] = msgspec.field(name="list")
    version: int | str = ""
    description: str = ""
    matching_attributes: list[str] = []


@dataclass(frozen=True)
class WarningList:
    """One list and what it does. `slug` is its folder's name; `exit`: its networks are ways out of many."""

    slug: str
    path: Path
    effect: Setting
    why: Text
    exit: bool = False


def default_folder() -> Path | None:
    """Where `pymispwarninglists` has its lists; None where it is not installed."""
    found = find_spec("pymispwarninglists")
    if found is None or not found.submodule_search_locations:
        return None
    return Path(found.submodule_search_locations[0]) / "data" / "misp-warninglists" / "lists"


@cache
def _rules() -> tuple[_Rule, ...]:
    text = Path(__file__).with_name("warninglists.yml").read_text("utf-8")
    # YAML reads a bare `off` as false.
    plain = [{**one, "effect": one["effect"] or "off"} for one in yaml.safe_load(text)]
    return tuple(msgspec.convert(plain, list[_Rule]))


_UNKNOWN = _Rule([], "lower", Text("已知对象名单", "a list of known things"))


def warninglists(folder: Path | None, settings: Mapping[str, str] | None = None) -> list[WarningList]:
    """Every list in a folder, in name order; `settings` by slug come before the shipped ones.

    Raises Problem where a folder is named that holds none.
    """
    place = folder or default_folder()
    if place is None:
        return []
    paths = sorted(place.glob("*/list.json"))
    if not paths:
        raise Problem(f"{place}: holds no warninglists (NAME/list.json)")
    return [_list(path, settings or {}) for path in paths]


def _list(path: Path, settings: Mapping[str, str]) -> WarningList:
    slug = path.parent.name
    rule = next((one for one in _rules() if any(fnmatchcase(slug, name) for name in one.lists)), _UNKNOWN)
    chosen = settings.get(slug)
    effect = next((one for one in SETTINGS if one == chosen), rule.effect)
    return WarningList(slug, path, effect, rule.why, rule.exit)


def networks_of(lists: Iterable[WarningList]) -> dict[str, ListedNetworks]:
    """The networks of each list by its slug; what is no list of networks, or cannot be read, is left out."""
    found = {}
    for one in lists:
        try:
            file = msgspec.json.decode(one.path.read_bytes(), type=_File)
            if file.type == "cidr":
                found[one.slug] = ListedNetworks(file.entries)
        except (OSError, msgspec.MsgspecError, ValueError) as error:
            log.warning("%s: cannot be read (%s)", one.path, error)
    return found


def grade(
    indicators: Iterable[Indicator], lists: Sequence[WarningList]
) -> tuple[dict[str, tuple[Mark, ...]], list[str]]:
    """Marks by indicator id, and the lists that could not be read, with the reason."""
    by_given: dict[str, list[Indicator]] = defaultdict(list)
    for one in indicators:
        if one.to_ids and one.type != "other" and not _is_for_exercises(one):
            by_given[one.given].append(one)
    marks: dict[str, list[Mark]] = defaultdict(list)
    problems = []
    for each in lists if by_given else ():
        if each.effect == "off":
            continue
        try:
            _grade(by_given, each, marks)
        except (OSError, msgspec.MsgspecError, ValueError) as error:
            problems.append(f"{each.path}: cannot be read ({error})")
    return {identity: tuple(found) for identity, found in marks.items()}, problems


def _grade(by_given: Mapping[str, list[Indicator]], of: WarningList, marks: dict[str, list[Mark]]) -> None:
    file = msgspec.json.decode(of.path.read_bytes(), type=_File)
    about = {given.partition("|")[0] for given in file.matching_attributes} | set(file.matching_attributes)
    about |= {given.rpartition("|")[2] for given in file.matching_attributes}
    asked = [one for given, found in by_given.items() if given in about for one in found]
    if not asked:
        return
    mark = Mark("note" if of.effect == "off" else of.effect, of.slug, _why(of, file.name))
    for one in matched(file.type, file.entries, asked):
        marks[one.id].append(mark)


def _why(of: WarningList, name: str) -> Text:
    does = {
        "silence": Text("不作告警", "silenced"),
        "lower": Text("降为潜在风险", "lowered to risk"),
        "note": Text("仅提示", "only said"),
    }[of.effect if of.effect != "off" else "note"]
    return Text(f"{of.why.zh}（名单 {of.slug}），{does.zh}", f"{of.why.en} ({name}): {does.en}")


def matched(kind: str, entries: Sequence[str], asked: Sequence[Indicator]) -> Iterator[Indicator]:
    """Those that the list has, as MISP compares: https://github.com/MISP/misp-warninglists#warning-list-format.

    Raises ValueError for a kind of list that is none.
    """
    if kind == "cidr":
        yield from _in_networks(entries, asked)
    elif kind == "hostname":
        yield from _by_names(entries, asked, above=True)
    elif kind == "string":
        yield from _by_names(entries, asked, above=False)
    elif kind == "substring":
        low = [entry.lower() for entry in entries if entry]
        yield from (one for one in asked if any(entry in one.value.lower() for entry in low))
    elif kind == "regex":
        patterns = [_pattern(entry) for entry in entries]
        yield from (one for one in asked if any(pattern.search(one.value) for pattern in patterns))
    else:
        raise ValueError(f"unknown type {kind!r}")


def _by_names(entries: Sequence[str], asked: Sequence[Indicator], *, above: bool) -> Iterator[Indicator]:
    """Exactly, or with `above` also below a name of the list."""
    names = {one.id: _names(one, above=above) for one in asked}
    wanted = {name for found in names.values() for name in found}
    there = wanted.intersection(entries)
    there |= (
        wanted.intersection(entry.lower().strip(".") for entry in entries) if len(entries) < 50_000 else set()
    )
    yield from (one for one in asked if not there.isdisjoint(names[one.id]))


def _names(indicator: Indicator, *, above: bool) -> tuple[str, ...]:
    """A URL is asked for by its host too where hosts stand for what is below them."""
    if indicator.type == "domain":
        return parents(indicator.value) if above else (indicator.value,)
    if indicator.type == "url":
        host = indicator.value.partition("/")[0]
        return (*parents(host), host) if above else (indicator.value,)
    return (indicator.value.lower(),)


def _in_networks(entries: Sequence[str], asked: Sequence[Indicator]) -> Iterator[Indicator]:
    networks = ListedNetworks(entries)
    yield from (one for one in asked if one.type in ("address", "network") and one.value in networks)


def _is_for_exercises(indicator: Indicator) -> bool:
    """Whether the value is set aside for documentation: what samples and exercises use is no real host."""
    if indicator.type in ("address", "network"):
        return any(_covers(net, indicator.value) for net in _DOCUMENTATION)
    host = indicator.value.partition("/")[0].rpartition(":")[0] or indicator.value.partition("/")[0]
    return indicator.type in ("domain", "url") and bool(_RESERVED.search(host))


def _covers(net: Network, value: str) -> bool:
    given = ip_network(value)
    return given.version == net.version and given.network_address in net and given.prefixlen >= net.prefixlen


def _pattern(entry: str) -> re.Pattern[str]:
    """`/…/i` as PHP writes it, or the bare pattern."""
    if entry.startswith("/") and entry.rfind("/") > 0:
        body, _, flags = entry[1:].rpartition("/")
        return re.compile(body, re.IGNORECASE if "i" in flags else 0)
    return re.compile(entry)
