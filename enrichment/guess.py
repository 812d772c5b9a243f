"""Whose an unregistered address may be, and why."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from enrichment.register import AddressRegister
from taishi.core.addresses import is_address, network_of
from taishi.core.register_records import Sighting
from taishi.core.text import Text

#: How much each sign says by itself; several signs for one unit add up as independent ones do.
_BY_NAME, _BY_PREFIX, _BY_NEIGHBOURS, _BY_SERVERS = 0.9, 0.7, 0.7, 0.6
#: One neighbour alone may be a stray.
_FEW_NEIGHBOURS = 0.45
#: Below this nothing is guessed.
LEAST = 0.4
#: Letters and signs before the number of a host: JYJ-PC-012 and JYJ-PC-044 are of one family.
_FAMILY = re.compile(r"^([a-z][a-z0-9]*?[-_]?[a-z]*[-_]?)\d{1,4}$")
_SHORTEST_FAMILY = 3


@dataclass(frozen=True)
class Guess:
    """A unit's name, how sure (0 to 1), and every reason."""

    unit: str
    confidence: float
    reasons: tuple[Text, ...]


class Guesser:
    """Built once over everything that was seen; asked for each unregistered address."""

    def __init__(self, register: AddressRegister, sightings: Iterable[Sighting], at: datetime) -> None:
        self._register, self._at = register, at
        self._neighbours: dict[str, Counter[str]] = defaultdict(Counter)
        self._families: dict[str, set[str]] = defaultdict(set)
        self._clients: dict[str, set[str]] = defaultdict(set)
        for one in sightings:
            owner = register.owner(one.id, at)
            if owner is None:
                continue
            self._neighbours[network_of(one.id)][owner.unit] += 1
            for family in map(_family, one.names):
                self._families[family].add(owner.unit)
            for server in one.servers:
                self._clients[server].add(owner.unit)

    def guess(self, sighting: Sighting) -> Guess | None:
        """The likeliest unit, None where nothing points to one."""
        signs: dict[str, list[tuple[float, Text]]] = defaultdict(list)
        for unit, weight, why in (
            *self._by_name(sighting),
            *self._by_family(sighting),
            *self._by_neighbours(sighting),
            *self._by_servers(sighting),
        ):
            signs[unit].append((weight, why))
        best = max(signs, key=lambda unit: (_sure(signs[unit]), unit), default=None)
        if best is None or _sure(signs[best]) < LEAST:
            return None
        return Guess(best, round(_sure(signs[best]), 2), tuple(why for _, why in signs[best]))

    def _by_name(self, one: Sighting) -> Iterable[tuple[str, float, Text]]:
        for name in one.names:
            owner = self._register.owner(name, self._at) if not is_address(name) else None
            if owner is not None:
                said = Text(f"域名 {name} 属于该单位", f"its name {name} is the unit's")
                return [(owner.unit, _BY_NAME, said)]
        return []

    def _by_family(self, one: Sighting) -> Iterable[tuple[str, float, Text]]:
        for name in one.names:
            units = self._families.get(_family(name), set()) if _family(name) else set()
            if len(units) == 1:
                said = Text(
                    f"主机名 {name} 与该单位其他主机同一命名", f"named {name}, as other hosts of the unit are"
                )
                return [(next(iter(units)), _BY_PREFIX, said)]
        return []

    def _by_neighbours(self, one: Sighting) -> Iterable[tuple[str, float, Text]]:
        around = network_of(one.id)
        there = self._neighbours.get(around)
        if not there:
            return []
        [(unit, count)] = there.most_common(1)
        total = there.total()
        weight = (_BY_NEIGHBOURS if count > 1 else _FEW_NEIGHBOURS) * count / total
        said = Text(
            f"同网段 {around} 已登记 {total} 台，其中 {count} 台属于该单位",
            f"{count} of {total} registered neighbours in {around} are the unit's",
        )
        return [(unit, weight, said)]

    def _by_servers(self, one: Sighting) -> Iterable[tuple[str, float, Text]]:
        """Servers that only one unit's hosts go to; what everybody goes to tells nothing."""
        votes: Counter[str] = Counter()
        examples: dict[str, str] = {}
        for server in one.servers:
            units = self._clients.get(server, set())
            if len(units) == 1:
                unit = next(iter(units))
                votes[unit] += 1
                examples.setdefault(unit, server)
        if not votes:
            return []
        [(unit, count)] = votes.most_common(1)
        said = Text(
            f"访问只有该单位主机才访问的服务器（{examples[unit]} 等 {count} 台）",
            f"talks to servers that only hosts of the unit talk to ({examples[unit]}, {count} in all)",
        )
        return [(unit, _BY_SERVERS * count / votes.total(), said)]


def _sure(signs: Sequence[tuple[float, Text]]) -> float:
    wrong = 1.0
    for weight, _ in signs:
        wrong *= 1 - weight
    return 1 - wrong


def _family(name: str) -> str:
    """The name without its number; empty where it has none or is too short to tell."""
    found = _FAMILY.match(name.lower().partition(".")[0])
    return found[1] if found and len(found[1]) >= _SHORTEST_FAMILY else ""
