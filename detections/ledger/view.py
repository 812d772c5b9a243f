"""What a behaviour is shown: rows about those seen since the last look, and the rest of the day to ask."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from functools import cached_property

import pyarrow as pa
import pyarrow.compute as pc

from detections.ledger.addresses import inside
from detections.ledger.day import Day, Fresh, chosen
from detections.ledger.history import History
from detections.networks import Networks

#: A destination that this share of our active hosts calls is a service of everybody's.
COMMON_SHARE = 0.3
#: The share is only meaningful among this many hosts.
MIN_HOSTS = 10


@dataclass(frozen=True)
class View:
    """Tables by what they hold; `flows_to` lead to somebody fresh. Times: microseconds since 1970."""

    networks: Networks
    history: History
    flows: pa.Table
    flows_to: pa.Table
    calls: pa.Table
    names: pa.Table
    questions: pa.Table
    handshakes: pa.Table
    tries: pa.Table
    day: Day
    _callers: dict[str, int] = field(default_factory=dict, repr=False)

    def callers(self, destinations: Collection[str]) -> dict[str, int]:
        """How many hosts each of these addresses heard from this day; asked before, known at once."""
        unknown = set(destinations) - self._callers.keys()
        if unknown:
            rows = self.day.tallies["flows"].among("dst", unknown)
            told = rows.group_by("dst").aggregate([("src", "count_distinct")])
            self._callers.update(dict.fromkeys(unknown, 0))
            counts = told["src_count_distinct"].to_pylist()
            self._callers.update(zip(told["dst"].to_pylist(), counts, strict=True))
        return {one: self._callers[one] for one in destinations}

    @cached_property
    def hosts(self) -> int:
        """How many hosts of ours spoke this day."""
        sources = self.day.tallies["flows"].all()["src"].combine_chunks().unique()
        return int(inside(sources, self.networks).sum())


def viewed(day: Day, fresh: Fresh | None, networks: Networks, history: History) -> View:
    """The view on a day; everything where nobody is named."""
    sources = None if fresh is None or fresh.everybody else fresh.sources
    targets = None if fresh is None or fresh.everybody else fresh.targets
    tallies = day.tallies
    return View(
        networks,
        history,
        flows=chosen(tallies["flows"], "src", sources),
        flows_to=chosen(tallies["flows"], "dst", targets),
        calls=chosen(tallies["calls"], "src", sources),
        names=chosen(tallies["names"], "src", sources),
        questions=chosen(tallies["questions"], "src", sources),
        handshakes=chosen(tallies["handshakes"], "src", sources),
        tries=chosen(tallies["tries"], "source", sources),
        day=day,
    )


def rows_where(table: pa.Table, column: str, values: Iterable[str]) -> pa.Table:
    """The rows of which a column is one of these values."""
    return table.filter(pc.is_in(table[column], pa.array(sorted(values), table.schema.field(column).type)))
