"""In which country and of which network addresses of the internet are, as MMDB files say.

Files as MaxMind, DB-IP, IPinfo and ip-location-db lay them out are understood: a country by its ISO 3166-1
code, a network by its number (ASN) and the organisation that runs it. Addresses that are not of the internet
have no place, whatever a file says (RFC 6890).
"""

import socket
import threading
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from ipaddress import IPv4Network, ip_address
from pathlib import Path

import maxminddb
import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from taishi.core.event import Batch
from taishi.core.problems import Problem
from taishi.core.text import Text

#: Where `scripts/get-assets` lays the file of countries; it is never committed nor packed.
FOLDER = Path(__file__).with_name("geodata")
#: Whose data that file is made of: named wherever the file is in use (docs/decisions/0019).
CREDIT = Text(
    "国家数据：ip-location-db（CC0-1.0）由 AFRINIC、APNIC、ARIN、LACNIC、RIPE NCC 的登记数据合并改制；"
    "登记数据由 NRO（nro.net）以 CC BY 4.0（creativecommons.org/licenses/by/4.0）提供",
    "Countries: ip-location-db (CC0-1.0), merged and changed from what AFRINIC, APNIC, ARIN, LACNIC and RIPE "
    "NCC register, which the NRO (nro.net) gives under CC BY 4.0 (creativecommons.org/licenses/by/4.0)",
)
NOT_AVAILABLE = Text(
    "没有国家数据：地址不带国家，异地登录无法判断；运行 scripts/get-assets 获取，或用 --geography、"
    "taishi intel geography --file 指定",
    "no file of countries: addresses have none, and logons from two countries cannot be judged; run "
    "scripts/get-assets, or name one with --geography or taishi intel geography --file",
)
#: Addresses whose place is remembered: some 20 MB when full.
_ROOM = 131_072
#: What most addresses inside begin with: told without a look at anything.
_INSIDE = ("10.", "192.168.", "127.")
#: IPv4 that is nobody's on the internet (RFC 6890), multicast (RFC 5771) and the class never given out.
_SPECIAL = (
    "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12",
    "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24",
    "203.0.113.0/24", "224.0.0.0/3",
)  # fmt: skip
_SPECIAL_NETWORKS = tuple(map(IPv4Network, _SPECIAL))
_BEGINS = [int(net.network_address) for net in _SPECIAL_NETWORKS]
_ENDS = [int(net.broadcast_address) for net in _SPECIAL_NETWORKS]


@dataclass(frozen=True, slots=True)
class Place:
    """What is known; `country` in capitals."""

    country: str | None = None
    number: int | None = None
    organization: str | None = None


@dataclass(frozen=True)
class GeoFile:
    """A file in use: when its data were made, and what its maker calls it."""

    path: Path
    made_at: datetime
    type: str


NOWHERE = Place()


class Geography:
    """Fits `taishi.core.ports.Enricher`: fills {source,destination}.geo.country_iso_code and .as.*.

    Of several files the first that knows something is believed. Where no file knows anything of an
    address, what the event's own source said of it stays. Safe for threads.
    """

    def __init__(self, paths: Sequence[Path]) -> None:
        """Raises Problem where a file cannot be read."""
        self._readers = [_open(path) for path in paths]
        self.files = [_file(path, reader) for path, reader in zip(paths, self._readers, strict=True)]
        self._places, self._codes = [NOWHERE], {NOWHERE: 0}
        self._lock = threading.Lock()
        self._code = lru_cache(maxsize=_ROOM)(self._coded)

    def place(self, address: str) -> Place:
        """Of one address as text; `NOWHERE` where nothing is known."""
        return self._places[self._code(address)]

    def _coded(self, address: str) -> int:
        """The place of an address as a number: 0 is `NOWHERE`."""
        place = self._place(address)
        with self._lock:
            code = self._codes.setdefault(place, len(self._places))
            if code == len(self._places):
                self._places.append(place)
        return code

    def _place(self, address: str) -> Place:
        country = number = organization = None
        for record in self._records(address):
            country = country or _country(record)
            number = number or _number(record)
            organization = organization or _organization(record)
        known = country or number or organization
        if not known or not _of_the_internet(address):
            return NOWHERE
        return Place(country, number, organization)

    def _records(self, address: str) -> list[Mapping[str, object]]:
        found = []
        for reader in self._readers:
            try:
                record = reader.get(address)
            except (ValueError, TypeError, maxminddb.InvalidDatabaseError):
                continue  # no address, IPv6 in a file of IPv4, or a damaged place of the file
            if isinstance(record, Mapping):
                found.append(record)
        return found

    def enrich(self, batch: Batch) -> Batch:
        if not self._readers or not len(batch):
            return batch
        columns: dict[str, pa.Array] = {}
        for side in ("source", "destination"):
            columns.update(self._stamped(batch, side))
        return batch.with_columns(columns) if columns else batch

    def _stamped(self, batch: Batch, side: str) -> dict[str, pa.Array]:
        """The columns of one side; nothing where nothing is known of any of its addresses."""
        addresses = batch.rows.column(f"{side}.ip")
        if addresses.null_count == len(addresses):
            return {}
        used, at = np.unique(self._row_codes(addresses), return_inverse=True)
        places = [self._places[code] for code in used.tolist()]
        known = {
            f"{side}.geo.country_iso_code": pa.array([one.country for one in places], pa.string()),
            f"{side}.as.number": pa.array([one.number for one in places], pa.int64()),
            f"{side}.as.organization.name": pa.array([one.organization for one in places], pa.string()),
        }
        return {
            name: _over(batch.rows.column(name), values.take(pa.array(at)))
            for name, values in known.items()
            if values.null_count < len(values)
        }

    def _row_codes(self, addresses: pa.Array) -> npt.NDArray[np.int64]:
        """The number of each row's place; every distinct address outside is asked for once."""
        codes = np.zeros(len(addresses), np.int64)
        outside = _may_be_outside(addresses)
        if outside.any():
            encoded = addresses.filter(pa.array(outside)).dictionary_encode()
            found = np.array([self._code(name) for name in encoded.dictionary.to_pylist()], np.int64)
            codes[outside] = found[encoded.indices.to_numpy()]
        return codes


def not_available(files: Sequence[GeoFile]) -> Text | None:
    """What cannot be told without a file."""
    return None if files else NOT_AVAILABLE


def credit(files: Sequence[GeoFile]) -> Text | None:
    """Whom to name for the files in use: only the product's own asks for it."""
    return CREDIT if any(one.path.parent == FOLDER for one in files) else None


def default_files() -> list[Path]:
    """The product's own file of countries, where it was fetched."""
    return sorted(FOLDER.glob("*.mmdb"))[-1:]


def _may_be_outside(addresses: pa.Array) -> npt.NDArray[np.bool_]:
    """Rows with an address that does not begin as most do inside."""
    inside = pc.is_null(addresses)
    for begin in _INSIDE:
        inside = pc.or_(inside, pc.fill_null(pc.starts_with(addresses, begin), True))
    mask: npt.NDArray[np.bool_] = ~inside.to_numpy(zero_copy_only=False)
    return mask


def _over(before: pa.Array, known: pa.Array) -> pa.Array:
    return known if before.null_count == len(before) else known.fill_null(before)


def _open(path: Path) -> maxminddb.Reader:
    try:
        return maxminddb.open_database(path)
    except (OSError, ValueError, maxminddb.InvalidDatabaseError) as error:
        said = error.strerror if isinstance(error, OSError) and error.strerror else "no MMDB file"
        raise Problem(f"{path}: cannot be read as a database of places ({said})") from None


def _file(path: Path, reader: maxminddb.Reader) -> GeoFile:
    told = reader.metadata()
    return GeoFile(path, datetime.fromtimestamp(told.build_epoch, UTC), told.database_type)


def _of_the_internet(address: str) -> bool:
    try:
        if ":" in address:
            six = ip_address(address)
            return six.is_global and not six.is_multicast
        number = int.from_bytes(socket.inet_pton(socket.AF_INET, address))
    except (OSError, ValueError):
        return False  # readers also take what is written otherwise: `8.8`, `0x8080808`
    at = bisect_right(_BEGINS, number) - 1
    return at < 0 or number > _ENDS[at]


def _country(record: Mapping[str, object]) -> str | None:
    for name in ("country", "registered_country"):
        held = record.get(name)
        code = held.get("iso_code") if isinstance(held, Mapping) else held
        if _is_code(code):
            return str(code).upper()
    code = record.get("country_code")
    return str(code).upper() if _is_code(code) else None


def _is_code(code: object) -> bool:
    return isinstance(code, str) and len(code) == 2 and code.isascii() and code.isalpha()


def _number(record: Mapping[str, object]) -> int | None:
    """As a number, or as `AS13335`."""
    for name in ("autonomous_system_number", "asn", "as_number"):
        held = record.get(name)
        if held is None:
            continue
        text = str(held).upper().removeprefix("AS") if isinstance(held, int | str) else ""
        if text.isascii() and text.isdigit() and 0 < int(text) < 1 << 32:
            return int(text)
    return None


def _organization(record: Mapping[str, object]) -> str | None:
    for name in ("autonomous_system_organization", "as_name", "as_organization", "organization"):
        held = record.get(name)
        if isinstance(held, str) and held:
            return held
    return None
