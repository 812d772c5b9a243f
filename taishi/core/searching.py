"""How a store is searched by rules: where it keeps a field of an event, and what it finds."""

from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from taishi.core.ecs import Kind
from taishi.core.event import Batch


@dataclass(frozen=True)
class Place:
    """A field that can be searched whatever the case. `before` stands in front of each value in it;
    `address`: the field of the same values that networks are asked of.
    """

    field: str
    before: str = ""
    address: str | None = None


class Naming(Protocol):
    def places(self, kind: Kind, field: str) -> tuple[Place, ...]:
        """All of them; none where the store cannot be asked."""


@dataclass(frozen=True)
class Slice:
    """Events by their number in the order of acknowledgement: `after` < number ≤ `upto`; how many there are
    of each kind. That and the `total` of their numbers are others as soon as one shows or goes.
    """

    after: int
    upto: int
    kinds: Mapping[Kind, int]
    total: float


@dataclass(frozen=True)
class Unanswered:
    """Why a query did not tell all that it finds."""

    why: str


class RuleSearch(Protocol):
    """What a store can be asked on behalf of rules. All but `find` raise Problem where it does not answer."""

    @property
    def naming(self) -> Naming: ...

    def next(self, after: int, most: int) -> Slice | None:
        """The events behind a number, up to `most` numbers from the first of them on; None where there are
        none.
        """

    def between(self, after: int, upto: int) -> Slice | None:
        """The same of these numbers."""

    def find(
        self, asked: Sequence[tuple[Kind, str]], within: Slice, limit: int
    ) -> Sequence[Set[int] | Unanswered]:
        """Of each query the numbers of the events that it finds, where they are not more than `limit`."""

    def fetch(self, numbers: Set[int]) -> Iterator[Batch]:
        """The events with these numbers, in their order."""

    def everything(self, within: Slice, kinds: Set[Kind]) -> Iterator[Batch]:
        """All events of the slice that are of these kinds, in their order."""


@runtime_checkable
class Searchable(Protocol):
    """A store that rules can search."""

    def rule_search(self) -> RuleSearch: ...
