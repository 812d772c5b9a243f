"""Rules as Lucene queries, written by pySigma's Elasticsearch backend; with a reason where there is none."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from sigma.backends.elasticsearch.elasticsearch_lucene import LuceneBackend
from sigma.conversion.state import ConversionState

from detections.engine.load import RulePack
from detections.engine.plan import Variant
from detections.engine.rule import Rule
from detections.queries.weakened import Weak, both, weakened
from taishi.core.ecs import Kind
from taishi.core.searching import Naming

#: Lucene takes no more clauses than a few thousands; a query so long is dear besides.
_LONGEST = 60_000


@dataclass(frozen=True)
class KindQuery:
    """What must hold in the events of a kind."""

    kind: Kind
    text: str


@dataclass(frozen=True)
class RuleQuery:
    """What a rule's events have at the least, by kind; or why its events cannot be searched for."""

    rule: Rule
    queries: tuple[KindQuery, ...] = ()
    reason: str = ""


def rule_queries(
    pack: RulePack, naming: Naming, feeding: Collection[str] = (), among: Collection[str] | None = None
) -> list[RuleQuery]:
    """Of every rule, in the pack's order. `feeding`: ids of rules whose matches correlations count; `among`:
    ids of the only rules that are wanted.
    """
    backend = LuceneBackend()
    of: dict[int, list[Variant]] = {}
    for variant in pack.plan.variants:
        of.setdefault(variant.rule, []).append(variant)
    return [
        _of_rule(rule, of.get(number, []), pack, naming, backend, feeding)
        for number, rule in enumerate(pack.plan.rules)
        if among is None or rule.id in among
    ]


def _of_rule(
    rule: Rule,
    variants: Sequence[Variant],
    pack: RulePack,
    naming: Naming,
    backend: LuceneBackend,
    feeding: Collection[str],
) -> RuleQuery:
    if rule.id in feeding:
        return RuleQuery(rule, reason="a correlation counts its matches in their order")
    if rule.waiting:
        return RuleQuery(rule, reason=f"its placeholders have no values: {', '.join(rule.waiting)}")
    try:
        found = tuple(_queries(variants, pack, naming, backend))
    except _Unsayable as why:
        return RuleQuery(rule, reason=str(why))
    return RuleQuery(rule, found) if found else RuleQuery(rule, reason="none of its sources is known here")


class _Unsayable(Exception):
    pass


def _queries(
    variants: Sequence[Variant], pack: RulePack, naming: Naming, backend: LuceneBackend
) -> Iterator[KindQuery]:
    for variant in variants:
        for kind in variant.kinds:
            atoms = pack.plan.atoms
            asked = weakened(variant.condition, atoms, kind, naming)
            if asked is True:
                raise _Unsayable("nothing in it that every event it hits can be searched by")
            gate = [weakened(part, atoms, kind, naming) for part in variant.gate]
            whole: Weak = both([*gate, asked])
            if whole is False:
                continue
            text = str(backend.convert_condition(whole, ConversionState()))  # type: ignore[arg-type]
            if len(text) > _LONGEST:
                raise _Unsayable("too long to be asked at once")
            yield KindQuery(kind, text)
