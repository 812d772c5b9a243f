"""The records around the register: what was seen of addresses inside, what is ignored, what was changed.

As in `taishi.core.records` all are frozen, and all times zone-aware UTC.
"""

from datetime import datetime

import msgspec

from taishi.core.records import Asset, Unit


class Exposure(msgspec.Struct, frozen=True):
    """A service that answered somebody outside: `event_id` is the first event that shows it."""

    service: str
    client: str
    at: datetime
    event_id: str


class Sighting(msgspec.Struct, frozen=True):
    """What was seen of one address inside, `id`: registered or not. Each list is kept short.

    `services` answered on it (`tcp/443 tls`), `names` it was called by, `servers` inside that it talked to,
    `banners` tell its system or certificate, `macs` are hardware addresses that spoke with it: its own, or a
    router's.
    """

    id: str
    first_seen: datetime
    last_seen: datetime
    services: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    servers: tuple[str, ...] = ()
    banners: tuple[str, ...] = ()
    exposures: tuple[Exposure, ...] = ()
    macs: tuple[str, ...] = ()


class WatchedNetwork(msgspec.Struct, frozen=True):
    """A /24 (IPv6: /64) of ours, `id`, and the days (`date.toordinal`, Asia/Shanghai) it was seen on."""

    id: str
    days: tuple[int, ...] = ()


class IgnoredAddress(msgspec.Struct, frozen=True):
    """An unregistered address that is not asked about again until then."""

    id: str
    until: datetime
    why: str
    by: str
    at: datetime


class RegisterChange(msgspec.Struct, frozen=True):
    """One act on the register, with what each record was before and is after (None: is not there)."""

    id: str
    at: datetime
    by: str
    act: str
    what: str
    why: str = ""
    units_before: dict[str, Unit | None] = {}
    units_after: dict[str, Unit | None] = {}
    assets_before: dict[str, Asset | None] = {}
    assets_after: dict[str, Asset | None] = {}
    undone: bool = False
