"""One day of events, added up."""

from collections.abc import Collection
from dataclasses import dataclass

import pyarrow as pa

from detections.ledger import records, tries
from detections.ledger.flows import FLOWS, flow_rows
from detections.ledger.tally import Layout, Tally
from detections.networks import Networks
from taishi.core.event import Batch

LAYOUTS: dict[str, Layout] = {
    "flows": FLOWS,
    "calls": records.CALLS,
    "names": records.NAMES,
    "questions": records.QUESTIONS,
    "handshakes": records.HANDSHAKES,
    "tries": tries.TRIES,
}
#: What says how old a row is, so that the oldest can go first; names go with the calls.
AGES = {"flows": "last", "calls": "t", "questions": "last", "handshakes": "last", "tries": "t"}


class Day:
    """The tables of one day."""

    def __init__(self, tables: dict[str, pa.Table] | None = None) -> None:
        given = tables or {}
        self.tallies = {name: Tally(layout, given.get(name)) for name, layout in LAYOUTS.items()}

    def __len__(self) -> int:
        return sum(map(len, self.tallies.values()))

    def add(self, batch: Batch, networks: Networks) -> None:
        """Events of that day."""
        tallies = self.tallies
        if batch.kind == "flow":
            rows = flow_rows(batch)
            tallies["flows"].add(rows)
            tallies["calls"].add(records.call_rows(batch, networks))
            tallies["tries"].add(tries.session_rows(batch))
        elif batch.kind == "dns":
            tallies["questions"].add(records.question_rows(batch))
        elif batch.kind == "tls":
            tallies["handshakes"].add(records.handshake_rows(batch))
            tallies["names"].add(records.name_rows(batch))
        elif batch.kind == "http":
            tallies["names"].add(records.name_rows(batch))
        if batch.kind in tries.KINDS:
            tallies["tries"].add(tries.KINDS[batch.kind](batch))

    def tables(self) -> dict[str, pa.Table]:
        """Everything, added up."""
        return {name: tally.all() for name, tally in self.tallies.items()}

    def trim(self, limits: dict[str, int]) -> int:
        """Halves every table that is over its limit, oldest rows first; gives how many rows went."""
        gone = 0
        for name, limit in limits.items():
            tally = self.tallies[name]
            if tally.standing > limit:
                gone += self._halve(name)
        return gone

    def _halve(self, name: str) -> int:
        if name in AGES:
            return self.tallies[name].keep_newest(AGES[name])
        self.tallies[name] = Tally(LAYOUTS[name])  # names alone say nothing; the flow may be gone
        return 1


#: Where kinds name a source that has no address.
_NAMES = {"dns": "host.name", "logon": "source.domain", "http": "source.domain", "other": "source.domain"}


@dataclass
class Fresh:
    """Who was seen since the last look; all where they are too many to list."""

    sources: set[str]
    targets: set[str]
    everybody: bool = True

    def note(self, rows: Batch) -> None:
        """Remembers both ends of every event."""
        if not self.everybody:
            for column, into in (("source.ip", self.sources), ("destination.ip", self.targets)):
                into.update(one for one in rows.rows.column(column).unique().to_pylist() if one)
                named = _NAMES.get(rows.kind) if column == "source.ip" else None
                if named:
                    into.update(one for one in rows.rows.column(named).unique().to_pylist() if one)
            self.everybody = len(self.sources) + len(self.targets) > 50_000


def chosen(tally: Tally, column: str, fresh: Collection[str] | None) -> pa.Table:
    """The rows about somebody fresh, all of them where `fresh` is None."""
    return tally.all() if fresh is None else tally.among(column, fresh)
