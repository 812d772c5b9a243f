"""Who decides which rules: queries where there are some, the engine on every event for the rest."""

from collections.abc import Sequence
from dataclasses import dataclass

from detections.engine.load import RulePack
from detections.pack import of_rules
from detections.queries.kept_queries import kept_queries
from detections.queries.lucene import RuleQuery
from taishi.core.searching import Naming
from taishi.kit.kept import Kept


@dataclass(frozen=True)
class Split:
    """A pack by who decides: `searched` by `queries`, `rest` by the engine, correlations among them."""

    queries: Sequence[RuleQuery]
    searched: RulePack
    rest: RulePack


def split(pack: RulePack, naming: Naming, kept: Kept) -> Split:
    feeding = {name for one in pack.correlations for name in one.rules}
    queries = kept_queries(pack, naming, feeding, kept)
    searched = {number for number, one in enumerate(queries) if one.queries}
    rest = set(range(len(queries))) - searched
    mine = of_rules(pack, searched, correlations=False)
    return Split([one for one in queries if one.queries], mine, of_rules(pack, rest))
