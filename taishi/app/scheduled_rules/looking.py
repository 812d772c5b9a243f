"""One look of rules at a slice of the store: queries find candidates, our own engine decides.

So hits, ids included, are those that the engine alone would find.
"""

import logging
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from detections.queries.lucene import RuleQuery
from detections.rule_watch import RuleWatch
from taishi.app.rule_costs import Searches
from taishi.core.event import Batch
from taishi.core.records import Hit
from taishi.core.searching import RuleSearch, Slice, Unanswered

log = logging.getLogger("taishi.rules")

#: Events that one query may find in a slice; with more of them the engine is quicker. So it is where a slice
#: has fewer events of a kind than so many a query: a query costs the server about 10 ms before it looks at
#: any event (wildcards become automata), an event 0.1 ms to read and judge.
LIMIT, WORTH = 1_000, 100


@dataclass
class Cost:
    """What looks have come to: slices, queries that were worth it, events that the engine looked at;
    `unanswered`: by rule the slices of which its query did not tell all, so that the engine looked at every
    event of that kind.
    """

    slices: int = 0
    queries: int = 0
    events: int = 0
    unanswered: dict[str, int] = field(default_factory=dict)


class Looking:
    def __init__(
        self,
        search: RuleSearch,
        queries: Sequence[RuleQuery],
        watch: RuleWatch,
        limit: int = LIMIT,
        worth: int = WORTH,
    ) -> None:
        """`watch`: the rules of these queries and no others."""
        self._search, self._queries, self.watch = search, queries, watch
        self._limit, self._worth = limit, worth
        self._of_kind = Counter(of.kind for one in queries for of in one.queries)
        self.cost = Cost()

    def told(self) -> Searches:
        """What that has come to so far."""
        cost = self.cost
        return Searches(len(self._queries), cost.slices, cost.queries, cost.events, dict(cost.unanswered))

    def look(self, within: Slice) -> Iterator[Hit]:
        """Hits of the slice. Raises Problem where the store does not answer; what was given before holds."""
        self.cost.slices += 1
        for batch in self.candidates(within):
            self.cost.events += len(batch)
            yield from self.watch.observe(batch)

    def candidates(self, within: Slice) -> Iterator[Batch]:
        """What some rule may hit; all of a kind whose queries are not worth it, or did not tell all."""
        least = {kind: self._worth * queries for kind, queries in self._of_kind.items()}
        whole = {kind for kind, events in within.kinds.items() if events < least.get(kind, 0)}
        kinds = within.kinds.keys() - whole
        asked = [(one, of) for one in self._queries for of in one.queries if of.kind in kinds]
        answers = self._search.find([(of.kind, of.text) for _, of in asked], within, self._limit)
        self.cost.queries += len(asked)
        why, numbers = dict[str, str](), set[int]()
        for (one, of), answer in zip(asked, answers, strict=True):
            if isinstance(answer, Unanswered):
                whole.add(of.kind)
                why.setdefault(one.rule.id, f"{one.rule.title} ({one.rule.id}): its query {answer.why}")
        for (_, of), answer in zip(asked, answers, strict=True):
            if not isinstance(answer, Unanswered) and of.kind not in whole:
                numbers |= answer
        self._tell(why)
        yield from self._search.fetch(numbers)
        if whole:
            yield from self._search.everything(within, whole)

    def _tell(self, why: dict[str, str]) -> None:
        """The first time of each rule; more would fill the log."""
        for rule, said in why.items():
            before = self.cost.unanswered.get(rule, 0)
            self.cost.unanswered[rule] = before + 1
            if not before:
                log.warning("rule %s; the engine looks at every event of that kind instead", said)
