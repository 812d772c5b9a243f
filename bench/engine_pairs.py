"""(record, rule) pairs: which both engines find, which only one does, and why."""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypedDict

#: A place (a file and a record, or a line) and a rule's id.
Pair = tuple[str, int, str]
Side = Literal["ours", "peer"]
_ID = re.compile(r"^id:\s*([0-9a-fA-F-]{36})\s*$", re.MULTILINE)
_SAMPLE = 3


@dataclass(frozen=True)
class Reason:
    """Why one engine alone finds pairs of rules whose text holds a mark, and which of the two is right."""

    only: Side
    mark: str
    right: Side
    why: str


#: Found by going through every difference; one that none of these explains fails the bench.
REASONS = (
    Reason(
        "ours",
        "category: antivirus",
        "ours",
        "Windows Defender's own log (1116, 1117 …) is an antivirus log: the rules' fields fit it. "
        "pySigma's tables, by which the peer is routed, have no channel for the category.",
    ),
    Reason(
        "peer",
        "|expand:",
        "ours",
        "A placeholder without values (specification, modifier `expand`: a pipeline supplies them). The peer "
        "puts the event's own field of that name there, and nothing where there is none; so the filter never "
        "holds and the rule hits without it. Ours waits for values and says so.",
    ),
    Reason(
        "ours",
        "|fieldref",
        "ours",
        "A rule of Sysmon's on the Security log (4688), where the pipeline renames fields. The peer renames "
        "the field that is asked and not the one that `fieldref` names, so it compares with a field that is "
        "not there; pySigma's field mapping renames both.",
    ),
)


class Group(TypedDict):
    """Pairs of one rule that one side alone finds."""

    rule: str
    only: Side
    pairs: int
    right: str
    why: str
    sample: list[tuple[str, int]]


class Comparison(TypedDict):
    common: int
    ours: int
    peer: int
    unexplained: int
    differences: list[Group]


def compare(ours: Iterable[Pair], peer: Iterable[Pair], texts: Mapping[str, str]) -> Comparison:
    """`texts`: the text of every rule by its id."""
    mine, theirs = set(ours), set(peer)
    sides: Sequence[tuple[Side, set[Pair]]] = (("ours", mine - theirs), ("peer", theirs - mine))
    groups = [group for side, alone in sides for group in _groups(side, alone, texts)]
    return {
        "common": len(mine & theirs),
        "ours": len(mine - theirs),
        "peer": len(theirs - mine),
        "unexplained": sum(group["pairs"] for group in groups if not group["why"]),
        "differences": groups,
    }


def _groups(side: Side, alone: Iterable[Pair], texts: Mapping[str, str]) -> list[Group]:
    places: dict[str, list[tuple[str, int]]] = defaultdict(list)
    for file, record, rule in sorted(alone):
        places[rule].append((file, record))
    groups = [_group(side, rule, found, texts.get(rule, "")) for rule, found in places.items()]
    return sorted(groups, key=lambda group: (-group["pairs"], group["rule"]))


def _group(side: Side, rule: str, places: list[tuple[str, int]], text: str) -> Group:
    reason = next((one for one in REASONS if one.only == side and one.mark in text), None)
    return {
        "rule": rule,
        "only": side,
        "pairs": len(places),
        "right": reason.right if reason else "",
        "why": reason.why if reason else "",
        "sample": places[:: max(1, len(places) // _SAMPLE)][:_SAMPLE],
    }


def rule_texts(folders: Iterable[Path]) -> dict[str, str]:
    """Every rule's file by the rule's id."""
    found: dict[str, str] = {}
    for folder in folders:
        for path in folder.rglob("*.yml"):
            text = path.read_text("utf-8", "replace")
            found |= dict.fromkeys(ids(text), text)
    return found


def ids(text: str) -> list[str]:
    """The ids of the rules in a file."""
    return _ID.findall(text)


def table(comparison: Comparison) -> str:
    """The differences as a page shows them."""
    rows = [
        f"| `{one['rule']}` | {one['only']} | {one['pairs']} | {one['right']} | {one['why'] or '?'} |"
        for one in comparison["differences"]
    ]
    head = (
        f"{comparison['common']} pairs found by both, {comparison['ours']} by ours alone, "
        f"{comparison['peer']} by the peer alone."
    )
    return "\n".join([head, "", "| rule | found by | pairs | right | why |", "|---|---|---|---|---|", *rows])
