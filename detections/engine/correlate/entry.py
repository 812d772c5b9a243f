"""One match in one group's window."""

import msgspec

from detections.engine.correlate.values import Texts

#: Values by field name, as an outer correlation reads them.
Row = dict[str, Texts]
#: When an event happened (µs) and its id: sorted, they are in time order.
Moment = tuple[int, str]


class Fact(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A match on its way to the correlations that refer to its rule.

    A rule's match has one row. A correlation's firing has a row for each event that made it fire or
    grow (one row if none of their values are asked for), and names those in `events`.
    """

    rule: str
    event: str
    time: int
    rows: tuple[Row, ...]
    events: tuple[Moment, ...] = ()
    #: How many events `events` stands for; more when not all are kept as evidence.
    count: int = 1


class Entry(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A fact as one group sees it.

    `rule` is the place in the correlation's list; `values` are those of the condition's field; `rows` are
    kept only where an outer correlation asks for more than the group.
    """

    time: int
    event: str
    rule: int
    values: Texts = ()
    rows: tuple[Row, ...] = ()
    events: tuple[Moment, ...] = ()
    count: int = 1

    @property
    def moments(self) -> tuple[Moment, ...]:
        """The events of rules that stand behind it."""
        return self.events or ((self.time, self.event),)
