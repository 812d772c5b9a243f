"""The ledger: what became of everything that reached us, counted in the same durable act that settles it.

Every record that was acknowledged is stored, was known already, or is kept in quarantine with its reason. So
at any moment `acknowledged == stored + duplicate + quarantined`, for each sensor and after any crash.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

#: Whose files these are that nobody's sensor laid into the inbox, and events that came from other platforms.
INBOX, EXCHANGE = "inbox", "exchange"


@dataclass(frozen=True)
class Fates:
    """Records by what became of them, since the store was made."""

    stored: int = 0
    duplicate: int = 0
    quarantined: int = 0

    @property
    def acknowledged(self) -> int:
        return self.stored + self.duplicate + self.quarantined

    def __add__(self, other: "Fates") -> "Fates":
        return Fates(
            self.stored + other.stored,
            self.duplicate + other.duplicate,
            self.quarantined + other.quarantined,
        )


#: By sensor: the id of an entry in the register, `INBOX` or `EXCHANGE`; "" for what nobody sent.
Ledger = Mapping[str, Fates]


def _none() -> int:
    return 0


@dataclass(frozen=True)
class Delivery:
    """What a write counts for. `quarantined`: makes durable what could not be read so far, and gives how many
    records these are by now; asked before each part of the batches is written, and once at the end.
    """

    sensor: str = ""
    quarantined: Callable[[], int] = _none


def summed(ledger: Ledger, more: Iterable[tuple[str, Fates]]) -> dict[str, Fates]:
    """The ledger with further counts."""
    found = dict(ledger)
    for sensor, fates in more:
        found[sensor] = found.get(sensor, Fates()) + fates
    return found
