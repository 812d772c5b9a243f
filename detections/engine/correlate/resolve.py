"""References become ids: which correlations can run, in which order, and what stays silent."""

from collections import deque
from collections.abc import Iterable, Mapping

import msgspec

from detections.engine.correlate.definition import Alternative, Condition, Correlation
from detections.engine.rule import Refusal

#: A correlation over rules is 1 deep; deeper chains are refused.
DEEPEST = 16


class Resolution(msgspec.Struct, frozen=True):
    """What `resolve` found.

    `correlations` can run, inner before outer, with ids in place of references. `silent` are the ids of rules
    and correlations that only serve correlations and are not to be reported themselves.
    """

    correlations: tuple[Correlation, ...]
    refused: tuple[Refusal, ...]
    silent: frozenset[str]


def resolve(correlations: Iterable[Correlation], rules: Mapping[str, str]) -> Resolution:
    """Bind every reference. `rules` gives a rule's id for each of its references (its id and its name).

    A correlation is refused alone, with its reason, for: a name or id that is taken, an unknown reference,
    a circle, a chain deeper than 16, a refused correlation below it. The others go on.

    Silent (specification, "Generate": by default only the correlation is generated) is what at least one
    correlation refers to and none that says `generate: true`.
    """
    return _Resolver(rules).run(correlations)


class _Resolver:
    def __init__(self, rules: Mapping[str, str]) -> None:
        self._rules = rules
        self._ids = dict(rules)
        self._bound: dict[str, Correlation] = {}
        self._refused: dict[str, Refusal] = {}
        self._taken: list[Refusal] = []

    def run(self, correlations: Iterable[Correlation]) -> Resolution:
        given = self._register(correlations)
        for correlation in given:
            self._bind(correlation)
        order = self._order()
        done = {one.id for one in order}
        left = self._bound.keys() - done - self._refused.keys()
        self._refuse_circles([one for one in given if one.id in left])
        silent = _silent(order)
        ready = tuple(msgspec.structs.replace(one, silent=one.id in silent) for one in order)
        refused = (self._refused[one.id] for one in given if one.id in self._refused)
        return Resolution(ready, (*self._taken, *refused), silent)

    def _register(self, correlations: Iterable[Correlation]) -> list[Correlation]:
        """The ones whose id and name are their own. The first stands, as with rules."""
        given = []
        for one in correlations:
            own = {one.id, one.name} - {None}
            clash = sorted(reference for reference in own if reference in self._ids)
            if clash:
                self._taken.append(Refusal(one.path, f"{clash[0]!r} is taken already; the first one stands"))
                continue
            self._ids.update((reference, one.id) for reference in own if reference is not None)
            given.append(one)
        return given

    def _bind(self, one: Correlation) -> None:
        unknown = next((rule for rule in one.rules if rule not in self._ids), None)
        if unknown is not None:
            return self._refuse(one, f"refers to {unknown!r}, which is no rule or correlation here")
        ids = tuple(self._ids[rule] for rule in one.rules)
        if len(set(ids)) < len(ids):
            return self._refuse(one, "'rules' names one rule twice, by id and by name")
        for alias, fields in one.aliases.items():
            stray = next((rule for rule in fields if self._ids.get(rule) not in ids), None)
            if stray is not None:
                return self._refuse(one, f"alias {alias!r} is for {stray!r}, which 'rules' does not list")
        self._bound[one.id] = self._with_ids(one, ids)
        return None

    def _with_ids(self, one: Correlation, ids: tuple[str, ...]) -> Correlation:
        aliases = {
            alias: {self._ids[rule]: field for rule, field in fields.items()}
            for alias, fields in one.aliases.items()
        }
        ways = tuple(
            Alternative(
                tuple(map(self._ids.__getitem__, way.present)), tuple(map(self._ids.__getitem__, way.absent))
            )
            for way in one.condition.alternatives
        )
        condition: Condition = msgspec.structs.replace(one.condition, alternatives=ways)
        return msgspec.structs.replace(one, rules=ids, aliases=aliases, condition=condition)

    def _refuse(self, one: Correlation, reason: str) -> None:
        self._refused[one.id] = Refusal(one.path, f"correlation {one.name or one.id!r}: {reason}")

    def _inner(self, one: Correlation) -> list[str]:
        """The ids of the correlations that one refers to."""
        return [rule for rule in one.rules if rule in self._bound or rule in self._refused]

    def _order(self) -> list[Correlation]:
        """Inner before outer (Kahn), each refused that is too deep or stands on a refused one."""
        outer: dict[str, list[str]] = {}
        missing = {}
        for one in self._bound.values():
            inner = self._inner(one)
            missing[one.id] = len(inner)
            for below in inner:
                outer.setdefault(below, []).append(one.id)
        depth = dict.fromkeys(self._bound, 1)
        ready = deque([*self._refused, *(id_ for id_, count in missing.items() if count == 0)])
        order = []
        while ready:
            below = ready.popleft()
            if below not in self._refused:
                order.append(self._bound[below])
            for above in outer.get(below, ()):
                self._step(below, above, depth)
                missing[above] -= 1
                if missing[above] == 0:
                    ready.append(above)
        return order

    def _step(self, below: str, above: str, depth: dict[str, int]) -> None:
        one = self._bound[above]
        if above in self._refused:
            return
        if below in self._refused:
            self._refuse(one, _below(below))
            return
        depth[above] = max(depth[above], depth[below] + 1)
        if depth[above] > DEEPEST:
            self._refuse(one, f"is more than {DEEPEST} correlations deep")

    def _refuse_circles(self, rest: list[Correlation]) -> None:
        """What is left stands in a circle or above one: follow the references until one comes again."""
        ids = {one.id for one in rest}
        left = {one.id: next(rule for rule in one.rules if rule in ids) for one in rest}
        for start in left:
            path: dict[str, int] = {}
            at = start
            while at not in path and at not in self._refused:
                path[at] = len(path)
                at = left[at]
            circle = list(path)[path[at] :] if at in path else []
            for id_ in path:
                told = _circle(circle) if path[id_] >= len(path) - len(circle) else _below(left[id_])
                self._refuse(self._bound[id_], told)


def _below(id_: str) -> str:
    return f"refers to {id_!r}, which was refused"


def _circle(ids: list[str]) -> str:
    shown = [*ids[:5], "…"] if len(ids) > 5 else ids
    return "refers to itself: " + " → ".join([*shown, ids[0]])


def _silent(correlations: list[Correlation]) -> frozenset[str]:
    kept = {rule for one in correlations if one.generate for rule in one.rules}
    return frozenset(rule for one in correlations for rule in one.rules) - kept
