"""Whether who logs on comes out of an exit that many share: a VPN, a proxy, a cloud, as warninglists say."""

from collections.abc import Sequence
from functools import cached_property, lru_cache

import pyarrow as pa
import pyarrow.compute as pc

from enrichment.intel.listed_networks import ListedNetworks
from enrichment.intel.warninglists import WarningList, networks_of
from taishi.core.event import Batch

#: Addresses whose exit is remembered.
_ROOM = 16_384
_KINDS = ("logon", "windows")


class Exits:
    """Fits `taishi.core.ports.Enricher`: fills `taishi.source.exit` of logons with the slug of the list.

    To be given events whose places are stamped: only addresses with a country are looked at. The lists (some
    60,000 networks, 0.3 s) are read when the first such address comes.
    """

    def __init__(self, lists: Sequence[WarningList]) -> None:
        self._lists = [one for one in lists if one.exit and one.effect != "off"]
        self.exit = lru_cache(maxsize=_ROOM)(self._exit)

    @cached_property
    def _networks(self) -> dict[str, ListedNetworks]:
        return networks_of(self._lists)

    def _exit(self, address: str) -> str | None:
        """The first list, by name, that has the address; None too where it is none."""
        try:
            return next((slug for slug, networks in self._networks.items() if address in networks), None)
        except ValueError:
            return None

    def enrich(self, batch: Batch) -> Batch:
        if batch.kind not in _KINDS or not self._lists:
            return batch
        placed = pc.is_valid(batch.rows["source.geo.country_iso_code"])
        addresses = pc.if_else(placed, batch.rows["source.ip"], pa.scalar(None, pa.string()))
        if addresses.null_count == len(addresses):
            return batch
        coded = addresses.dictionary_encode()
        exits = pa.array([self.exit(one) for one in coded.dictionary.to_pylist()], pa.string())
        return batch.with_columns({"taishi.source.exit": exits.take(coded.indices)})
