"""Where a store keeps a field of an event."""

from dataclasses import dataclass
from typing import Protocol

from taishi.core.ecs import Kind


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
