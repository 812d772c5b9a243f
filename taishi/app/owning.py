"""The register as it is now, ready to be asked; made anew only where it has changed."""

import threading
from dataclasses import dataclass
from secrets import token_hex

from msgspec.structs import replace

from enrichment.ownership import OwnershipEnricher
from enrichment.register import AddressRegister
from taishi.core.ports import StateStore
from taishi.core.records import Asset, Unit, Verdict

#: Another word after each act on the register, never one that a failed act had.
VERSION = "register.version"
_Version = tuple[str | None, int, int]


@dataclass(frozen=True)
class Owning:
    """The register at one version."""

    register: AddressRegister
    enricher: OwnershipEnricher


class CurrentRegister:
    """Safe for threads; another process's acts are seen at the next call."""

    def __init__(self, state: StateStore) -> None:
        self._state = state
        self._lock = threading.Lock()
        self._held: tuple[_Version, Owning] | None = None

    def now(self) -> Owning:
        with self._lock:
            version = (
                self._state.setting(VERSION), self._state.count(Unit), self._state.count(Asset)
            )  # fmt: skip
            if self._held is None or self._held[0] != version:
                register = AddressRegister(self._state.find(Unit), self._state.find(Asset))
                self._held = version, Owning(register, OwnershipEnricher(register))
            return self._held[1]

    def changed(self) -> None:
        """Says, in the transaction of the act, that the register is another one now."""
        self._state.set_setting(VERSION, token_hex(8))


def owned(register: AddressRegister, verdict: Verdict) -> Verdict:
    """The verdict with who owned its subject when it was last seen.

    For an address the register alone decides: nobody is nobody. A name that it does not know keeps the
    owner that the events told.
    """
    owner = register.owner(verdict.subject, verdict.last_seen)
    if owner is not None:
        return replace(verdict, unit=owner.unit, asset=owner.asset)
    return replace(verdict, unit=None, asset=None) if verdict.subject_kind == "ip" else verdict
