"""What `nft -j list table` says about our table (libnftables-json(5)), read and held against our set-up."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import msgspec

from taishi.core.problems import Problem

#: Of each chain, in their order: family, direction, set and counter of the rules that drop.
RULES = (
    ("ip", "saddr", "block4", "dropped_from"),
    ("ip", "daddr", "block4", "dropped_to"),
    ("ip6", "saddr", "block6", "dropped_from"),
    ("ip6", "daddr", "block6", "dropped_to"),
)
#: Both are base chains of type filter that pass what no rule drops; the priority is before `filter` (0).
HOOKS, PRIORITY = ("forward", "input"), -10
SETS = ("block4", "block6")


@dataclass(frozen=True)
class Listing:
    """The addresses in the sets, with the seconds that are left to each (None: it does not end), and what
    differs from our set-up."""

    left_s: Mapping[str, int | None]
    faults: tuple[str, ...]


class _Timed(msgspec.Struct):
    val: str
    expires: int | None = None


class _Element(msgspec.Struct):
    elem: _Timed


class _Set(msgspec.Struct):
    name: str
    elem: list[str | _Element] = []


class _Chain(msgspec.Struct):
    name: str
    type: str | None = None
    hook: str | None = None
    prio: int | None = None
    policy: str | None = None


class _Rule(msgspec.Struct):
    chain: str
    expr: msgspec.Raw


class _Table(msgspec.Struct):
    name: str
    flags: msgspec.Raw = msgspec.Raw(b"")


class _Entry(msgspec.Struct):
    table: _Table | None = None
    set: _Set | None = None
    chain: _Chain | None = None
    rule: _Rule | None = None


class _Answer(msgspec.Struct):
    nftables: list[_Entry]


def read_listing(text: str) -> Listing:
    """Raises Problem where it is no listing of a table."""
    try:
        entries = msgspec.json.decode(text, type=_Answer).nftables
        left = dict(_left(entry.set for entry in entries if entry.set and entry.set.name in SETS))
        return Listing(left, tuple(_faults(entries)))
    except (msgspec.MsgspecError, RecursionError) as error:
        raise Problem(f"nftables: nft 的回答看不懂 / nft's answer is not understood ({error})") from None


def _left(sets: Iterable[_Set]) -> Iterable[tuple[str, int | None]]:
    for one in (each for found in sets for each in found.elem):
        yield (one, None) if isinstance(one, str) else (one.elem.val, one.elem.expires)


def _faults(entries: Iterable[_Entry]) -> Iterable[str]:
    """In the order of the set-up; nothing where every packet of a listed address is dropped."""
    entries = tuple(entries)
    if any(entry.table and entry.table.flags for entry in entries):
        yield "table: has flags that were not set by us (dormant?)"
    names = {entry.set.name for entry in entries if entry.set}
    yield from (f"set {name}: is missing" for name in SETS if name not in names)
    chains = {entry.chain.name: entry.chain for entry in entries if entry.chain}
    for hook in HOOKS:
        wanted = _Chain(hook, "filter", hook, PRIORITY, "accept")
        if chains.get(hook) != wanted:
            yield f"chain {hook}: is {'another one' if hook in chains else 'missing'}"
        rules = [_said(entry.rule) for entry in entries if entry.rule and entry.rule.chain == hook]
        if rules != [_expected(*rule) for rule in RULES]:
            yield f"chain {hook}: has other rules than ours"


def _said(rule: _Rule) -> object:
    return msgspec.json.decode(rule.expr)


def _expected(family: str, side: str, named: str, counter: str) -> object:
    payload = {"payload": {"protocol": family, "field": side}}
    return [
        {"match": {"op": "==", "left": payload, "right": f"@{named}"}},
        {"counter": counter},
        {"drop": None},
    ]
