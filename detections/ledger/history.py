"""What earlier days left: outside addresses that were met, how much each host of ours sent out a day, and who
failed to log on, or did, where.
"""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from detections.ledger.addresses import out_of
from detections.ledger.tally import Layout, Tally
from detections.networks import Networks

_TEXT, _NUMBER = pa.string(), pa.int64()

#: Outside addresses with the days (since 1970, local) on which they were met first and last.
PEERS = Layout({"dst": _TEXT}, least=("first",), most=("last",))
#: Payload that one host of ours sent to the outside on one day.
VOLUMES = Layout({"src": _TEXT, "day": _NUMBER}, ("up",))
#: Logons of one source, target, service and account on one day, by outcome.
LOGONS = Layout(
    dict.fromkeys(("source", "target", "service", "user", "outcome"), _TEXT) | {"day": _NUMBER}, ("n",)
)
#: Days of memory before "never met" or "more than ever" mean something.
LEARNED = 7
#: Days after which what was not met again is forgotten, and rows kept of each table.
_DAYS, MOST = 60, 500_000
#: The same for logons: a guesser slower than this tries a few dozen passwords a year.
_LOGON_DAYS = 30


class History:
    """Grows by one day at a time, when that day is over."""

    def __init__(
        self,
        peers: pa.Table | None = None,
        volumes: pa.Table | None = None,
        logons: pa.Table | None = None,
    ) -> None:
        self.peers, self.volumes = Tally(PEERS, peers), Tally(VOLUMES, volumes)
        self.logons = Tally(LOGONS, logons)

    @property
    def tallies(self) -> dict[str, Tally]:
        """What is remembered, in the order in which it is given back."""
        return {"peers": self.peers, "volumes": self.volumes, "logons": self.logons}

    def learn(self, day: int, flows: pa.Table, tries: pa.Table, networks: Networks) -> None:
        """Adds what the flows and tries of a finished day say; forgets what is long ago."""
        outward = flows.filter(pa.array(out_of(flows, networks)))
        rows = outward.num_rows
        days = pa.array(np.full(rows, day))
        self.peers.add(pa.table([outward["dst"], days, days], schema=PEERS.schema))
        self.volumes.add(pa.table([outward["src"], days, outward["up"]], schema=VOLUMES.schema))
        self.peers = Tally(PEERS, _since(self.peers.all(), "last", day - _DAYS))
        self.volumes = Tally(VOLUMES, _since(self.volumes.all(), "day", day - _DAYS))
        self._learn_logons(day, tries)
        for tally, column in ((self.peers, "last"), (self.volumes, "day"), (self.logons, "day")):
            if len(tally) > MOST:
                tally.keep_newest(column)

    def _learn_logons(self, day: int, tries: pa.Table) -> None:
        """Those that name an account; of successes only by sources that failed, on that day or before."""
        told = pc.is_in(tries["outcome"], pa.array(["failure", "success"]))
        named = tries.filter(pc.and_(told, pc.not_equal(tries["user"], "")))
        failing = pa.chunked_array([*_failing(named).chunks, *_failing(self.logons.all()).chunks], _TEXT)
        rows = named.filter(pc.is_in(named["source"], failing.combine_chunks()))
        keys = [rows[name] for name in ("source", "target", "service", "user", "outcome")]
        more = [pa.array(np.full(rows.num_rows, value, np.int64)) for value in (day, 1)]
        self.logons.add(pa.table([*keys, *more], schema=LOGONS.schema))
        self.logons = Tally(LOGONS, _since(self.logons.all(), "day", day - _LOGON_DAYS))

    @property
    def days(self) -> int:
        """How many days are remembered."""
        return int(pc.count_distinct(self.volumes.all()["day"]).as_py())

    def is_new(self, address: str) -> bool:
        """Whether nobody of ours met that address before, as far as that can be said."""
        return self.days >= LEARNED and not self.peers.among("dst", [address]).num_rows

    def sent(self, host: str) -> list[int]:
        """Bytes that a host sent out on each remembered day."""
        return list(self.volumes.among("src", [host])["up"].to_pylist())


def _failing(rows: pa.Table) -> pa.ChunkedArray:
    """Sources that failed."""
    return rows.filter(pc.equal(rows["outcome"], "failure"))["source"]


def _since(table: pa.Table, column: str, least: int) -> pa.Table:
    return table.filter(pc.greater_equal(table[column], least))
