"""One place where a rule's log source shows among our events, and what fields and values are called there."""

import re
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field

from taishi.core.ecs import Kind

#: In `where`: the field has no value.
ABSENT = ""
_INNER_CAPITAL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


@dataclass(frozen=True)
class Route:
    """A rule sees an event when the event is of one of `kinds` and every entry of `where` holds.

    `where`: event field → values, one of which it must equal (text without regard to case, numbers as
    text, any element of a list; "" is a field without a value).
    `fields`: rule's field → event fields, the first that is present wins; no event fields at all: this
    source cannot tell, see `carries`. A field that is not named keeps its name; ask `event_fields`.
    `values`: rule's field → literal → how it is written there, see `written`.
    `strip`: what a rule may put before the source's own names (`winlog.event_data.`).
    `prefixes`: what a carrier puts before them (`aws.cloudtrail.`), maybe with the names in snake case.
    `only`: where not empty, the route serves only rules that use one of these fields.
    """

    name: str
    kinds: frozenset[Kind]
    where: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    fields: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    values: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    strip: tuple[str, ...] = ()
    prefixes: tuple[str, ...] = ()
    only: frozenset[str] = frozenset()

    def carries(self, used: Collection[str]) -> bool:
        """Whether a rule that uses these fields can be decided here."""
        if self.only and self.only.isdisjoint(used):
            return False
        return all(self.fields.get(name) != () for name in used)

    def event_fields(self, name: str) -> tuple[str, ...]:
        """Where a rule's field may stand in an event, best first; empty where it cannot."""
        named = self.fields.get(name)
        if named == ():
            return ()
        found = [*(named or (name,))]
        bare = next((name.removeprefix(one) for one in self.strip if name.startswith(one)), None)
        if bare:
            found += self.event_fields(bare)
        found += [prefix + form for prefix in self.prefixes for form in _forms(name)]
        return tuple(dict.fromkeys([*found, *aliases(name)]))

    def written(self, name: str, text: str, whole: bool = True) -> str:
        """A literal of a rule as this source writes it.

        `whole`: the text is all that the field must equal. A key of `values` without stars stands for
        the whole literal, `HKLM\\*` for its beginning (whatever is asked of it: equals, contains …),
        `*\\CurrentControlSet\\*` for a part of it. Keys are tried in order and know no case.
        """
        for key, other in self.values.get(name, {}).items():
            literal = key.strip("*")
            if key.startswith("*"):
                text = re.sub(re.escape(literal), other.replace("\\", "\\\\"), text, flags=re.IGNORECASE)
            elif key.endswith("*"):
                if text.lower().startswith(literal.lower()):
                    text = other + text[len(literal) :]
            elif whole and text.lower() == literal.lower():
                return other
        return text

    def fits(self, kind: Kind, value: Callable[[str], object]) -> bool:
        """Whether an event is seen by this route; `value` gives a field of it, None where it has none."""
        return kind in self.kinds and all(
            not wanted.isdisjoint(_texts(value(name))) for name, wanted in self._wanted()
        )

    def _wanted(self) -> Iterable[tuple[str, frozenset[str]]]:
        return ((name, frozenset(one.lower() for one in values)) for name, values in self.where.items())


def aliases(name: str) -> tuple[str, ...]:
    """Other spellings of a name, as Windows writes them: `ThreatName` or `Threat_Name` for `Threat Name`."""
    if " " in name:
        return name.replace(" ", ""), name.replace(" ", "_")
    if "." in name or "-" in name:
        return ()
    spaced = _INNER_CAPITAL.sub(" ", name).replace("_", " ").strip()
    return (spaced,) if spaced not in ("", name) else ()


def _forms(name: str) -> tuple[str, ...]:
    """As written, and in snake case as Elastic's integrations write it: all of the path, or its root."""
    root, dot, rest = name.partition(".")
    return name, _snake(name), _snake(root) + dot + rest


def _snake(name: str) -> str:
    return _INNER_CAPITAL.sub("_", name).lower()


def _texts(value: object) -> list[str]:
    if value is None or value == []:
        return [ABSENT]
    return [str(one).lower() for one in (value if isinstance(value, list) else [value])]
