"""Devices that carry out blocks: one file a device with a module-level `ENFORCER` that makes it."""

import sys
from collections.abc import Iterable
from typing import Protocol, cast

from taishi.core.clock import Clock, SystemClock
from taishi.core.discover import discover
from taishi.core.ports import Enforcer


class EnforcerFactory(Protocol):
    """What stands as `ENFORCER` in a device's file."""

    def __call__(self, *, dry_run: bool, clock: Clock) -> Enforcer: ...


def enforcers(*, dry_run: bool = True, clock: Clock | None = None) -> dict[str, Enforcer]:
    """Every enforcer by name; in a dry run they only say what they would do."""
    factories = cast(Iterable[EnforcerFactory], discover(sys.modules[__name__], "ENFORCER"))
    made = (factory(dry_run=dry_run, clock=clock or SystemClock()) for factory in factories)
    return {enforcer.name: enforcer for enforcer in made}
