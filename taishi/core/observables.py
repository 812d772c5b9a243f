"""What in an event can be compared with indicators: the same for matching and for the store's filters."""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from urllib.parse import urlsplit

import msgspec
import pyarrow as pa
import pyarrow.compute as pc

from taishi.core.event import Batch
from taishi.core.indicators import IndicatorType

#: Columns of events by what they may show; a kind of event has those of them that its schema has.
COLUMNS: tuple[tuple[str, tuple[IndicatorType, ...]], ...] = (
    ("source.ip", ("address",)),
    ("destination.ip", ("address",)),
    ("dns.resolved_ip", ("address",)),
    ("source.domain", ("domain",)),
    ("destination.domain", ("domain",)),
    ("dns.question.name", ("domain",)),
    ("url.domain", ("domain",)),
    ("tls.client.server_name", ("domain",)),
    ("url.full", ("url", "domain")),
    ("url.original", ("url", "domain")),
    ("file.hash.md5", ("md5",)),
    ("file.hash.sha1", ("sha1",)),
    ("file.hash.sha256", ("sha256",)),
    ("tls.client.ja3", ("ja3",)),
    ("tls.server.ja3s", ("ja3",)),
    ("tls.server.hash.sha1", ("certificate",)),
    ("tls.server.hash.sha256", ("certificate",)),
    ("user_agent.original", ("user_agent",)),
)
#: A source's own fields that show something, by their name in any case, without dots and underscores.
EXTRA: dict[str, tuple[IndicatorType, ...]] = {
    "hashes": ("md5", "sha1", "sha256", "imphash"),
    "imphash": ("imphash",),
    "filepeimphash": ("imphash",),
    "processpeimphash": ("imphash",),
    "processhashmd5": ("md5",),
    "processhashsha1": ("sha1",),
    "processhashsha256": ("sha256",),
    "md5": ("md5",),
    "sha1": ("sha1",),
    "sha256": ("sha256",),
    "tlsh": ("tlsh",),
    "filehashtlsh": ("tlsh",),
    "tlsclientja3": ("ja3",),
    "tlsclientja4": ("ja4",),
    "ja3": ("ja3",),
    "ja4": ("ja4",),
    "emailfromaddress": ("email",),
    "emailtoaddress": ("email",),
    "mailfrom": ("email",),
    "rcptto": ("email",),
}
#: At least one of these stands in the JSON of a record whose own fields show something.
_TELLING = re.compile(r'(?i)"(?:hashes|[^"]*(?:imphash|md5|sha1|sha256|tlsh|ja3|ja4|mail)[^"]*)"')
_HASH = re.compile(r"(?i)(md5|sha1|sha256|imphash)=([0-9a-f]{32,64})")
_EMAIL = re.compile(r"[^\s<>\"',;:@]{1,64}@[^\s<>\"',;:@]{1,255}")
_DEFAULT_PORTS = {"http": 80, "https": 443, "ftp": 21}


@dataclass(frozen=True, slots=True)
class Sighting:
    """Rows of one batch that show one value in one column."""

    column: str
    type: IndicatorType
    value: str
    rows: tuple[int, ...]


Wanted = Callable[[IndicatorType, str], bool]


def sightings(batch: Batch, wanted: Wanted, types: frozenset[IndicatorType]) -> Iterator[Sighting]:
    """Where the batch shows a value that `wanted` takes; each distinct value is asked once a column."""
    for column, shows in COLUMNS:
        if types.isdisjoint(shows) or batch.rows.schema.get_field_index(column) < 0:
            continue
        yield from _in_column(batch, column, shows, wanted)
    yield from _in_extra(batch, wanted, types)


def _in_column(
    batch: Batch, column: str, shows: Sequence[IndicatorType], wanted: Wanted
) -> Iterator[Sighting]:
    values = batch.rows.column(column)
    if values.null_count == len(values):
        return
    places: pa.Array | None = None
    if pa.types.is_list(values.type):
        places, values = pc.list_parent_indices(values), values.flatten()
    encoded = values.dictionary_encode()
    found: dict[int, list[tuple[IndicatorType, str]]] = {}
    for at, text in enumerate(encoded.dictionary.to_pylist()):
        if text:
            shown = [
                (kind, value) for kind in shows for value in spellings(kind, text) if wanted(kind, value)
            ]
            if shown:
                found[at] = shown
    if column == "url.original" and "url.domain" in batch.rows.schema.names:
        yield from _relative(batch, wanted)
    for at, shown in found.items():
        rows = _rows(encoded.indices, at, places)
        for kind, value in dict.fromkeys(shown):
            yield Sighting(column, kind, value, rows)


def _relative(batch: Batch, wanted: Wanted) -> Iterator[Sighting]:
    """URLs that a server was asked for by path alone: its host and port stand in other columns."""
    rows: dict[str, list[int]] = {}
    told = (batch.column(name) for name in ("url.original", "url.domain", "url.port", "destination.ip"))
    for row, (path, host, port, address) in enumerate(zip(*told, strict=True)):
        site = host or address
        if isinstance(path, str) and path.startswith("/") and site:
            rows.setdefault(f"{site}:{port}{path}" if port else f"{site}{path}", []).append(row)
    for url, at in rows.items():
        for value in spellings("url", url):
            if wanted("url", value):
                yield Sighting("url.original", "url", value, tuple(at))


def _rows(indices: pa.Array, at: int, places: pa.Array | None) -> tuple[int, ...]:
    here = pc.indices_nonzero(pc.fill_null(pc.equal(indices, at), False))
    if places is not None:
        here = pc.unique(places.take(here))
    return tuple(here.to_pylist())


def _in_extra(batch: Batch, wanted: Wanted, types: frozenset[IndicatorType]) -> Iterator[Sighting]:
    """The source's own fields: hashes that Sysmon writes in one text, JA4, mail addresses."""
    texts = batch.rows.column("taishi.extra")
    if texts.null_count == len(texts) or types.isdisjoint(_EXTRA_TYPES):
        return
    rows: dict[tuple[str, IndicatorType, str], list[int]] = {}
    telling = pc.fill_null(pc.match_substring_regex(texts, _TELLING.pattern), False)
    for row in pc.indices_nonzero(telling).to_pylist():
        for name, kind, value in extra_values(texts[row].as_py()):
            if kind in types and wanted(kind, value):
                rows.setdefault((name, kind, value), []).append(row)
    for (name, kind, value), at in rows.items():
        yield Sighting(name, kind, value, tuple(dict.fromkeys(at)))


_EXTRA_TYPES = frozenset(kind for kinds in EXTRA.values() for kind in kinds)


def extra_values(document: str) -> Iterator[tuple[str, IndicatorType, str]]:
    """(field, type, value) of what the JSON of a record's own fields shows."""
    try:
        fields = msgspec.json.decode(document)
    except msgspec.DecodeError:
        return
    for name, value in fields.items() if isinstance(fields, dict) else ():
        kinds = EXTRA.get(name.replace(".", "").replace("_", "").lower(), ())
        for text in value if isinstance(value, list) else [value]:
            if kinds and isinstance(text, str):
                yield from ((name, kind, found) for kind, found in _told(kinds, text))


def _told(kinds: Sequence[IndicatorType], text: str) -> Iterator[tuple[IndicatorType, str]]:
    if len(kinds) > 1:  # Sysmon: SHA1=…,MD5=…,SHA256=…,IMPHASH=…
        for name, digits in _HASH.findall(text):
            kind = next(one for one in kinds if one == name.lower())
            yield kind, digits.lower()
        return
    for value in spellings(kinds[0], text):
        yield kinds[0], value


def spellings(kind: IndicatorType, text: str) -> Iterable[str]:
    """The values under which an indicator for this may be known: a name also by those above it."""
    if kind == "domain":
        return parents(text)
    if kind == "url":
        return _spelled(text) if "/" in text else ()
    if kind == "email":
        return {found.lower() for found in _EMAIL.findall(text)}
    if kind in ("user_agent", "address", "ja4"):
        return (text,)
    if kind == "tlsh":
        return (text.upper().removeprefix("T1"),)
    return (text.lower().replace(":", ""),)


def _spelled(text: str) -> Iterable[str]:
    try:
        spelled = spell_url(text)
    except ValueError:
        return ()
    return (spelled,) if spelled else ()


def parents(name: str) -> tuple[str, ...]:
    """The name and those above it that have two labels or more; of a URL, its host's."""
    host = name.lower().rstrip(".")
    if "/" in host:
        if "://" not in host:
            return ()
        host = host.split("://", 1)[1].split("/", 1)[0].rpartition("@")[2]
    host = host.partition(":")[0] if host.count(":") == 1 else host
    labels = host.split(".")
    if len(labels) < 2 or len(labels) > 127:
        return ()
    return tuple(".".join(labels[start:]) for start in range(len(labels) - 1))


def spell_url(text: str) -> str | None:
    """Host in lower case, port unless it is the scheme's, path and query; no scheme, no user, no fragment.

    Raises ValueError where it is no URL; None where it names no host.
    """
    parts = urlsplit(text if "://" in text else f"//{text}")
    if not parts.hostname:
        return None
    port = parts.port
    plain = port is None or _DEFAULT_PORTS.get(parts.scheme.lower(), 80 if not parts.scheme else None) == port
    query = f"?{parts.query}" if parts.query else ""
    host = parts.hostname.rstrip(".")
    return f"{host}{'' if plain else f':{port}'}{parts.path or '/'}{query}"


def key(kind: IndicatorType, value: str) -> int:
    """64 bits that stand for a value in a store's filters. A URL stands under its host alone."""
    return _hashed("host", _host(value)) if kind == "url" else _hashed(kind, value)


def keys_of(batch: Batch) -> set[int]:
    """The keys of everything that the batch shows: what `sightings` could find in it, and no less."""
    found: set[tuple[str, str]] = set()
    for column, shows in COLUMNS:
        if batch.rows.schema.get_field_index(column) >= 0:
            for text in _distinct(batch.rows.column(column)):
                found.update(_shown(column, shows, text))
    texts = batch.rows.column("taishi.extra")
    if texts.null_count < len(texts):
        telling = texts.filter(pc.fill_null(pc.match_substring_regex(texts, _TELLING.pattern), False))
        for text in telling.unique().to_pylist():
            found.update((kind, value) for _, kind, value in extra_values(text))
    return {_hashed(kind, value) for kind, value in found}


def _distinct(values: pa.Array) -> list[str]:
    if values.null_count == len(values):
        return []
    plain = values.flatten() if pa.types.is_list(values.type) else values
    return [text for text in plain.unique().to_pylist() if text]


def _shown(column: str, shows: Sequence[IndicatorType], text: str) -> Iterator[tuple[str, str]]:
    for kind in shows:
        for value in spellings(kind, text):
            yield ("host", _host(value)) if kind == "url" else (kind, value)
    if column in ("url.domain", "destination.ip"):
        yield "host", _host(text)


#: A host as most write it, about which nothing is to be asked.
_BARE = re.compile(r"[a-z0-9.-]+")


def _host(url: str) -> str:
    """The host of a URL without its scheme, or of a bare host."""
    if _BARE.fullmatch(url):
        return url.rstrip(".")
    try:
        return (urlsplit(f"//{url}").hostname or url).rstrip(".")
    except ValueError:
        return url


def _hashed(kind: str, value: str) -> int:
    text = f"{kind}\0{value}".encode("utf-8", "replace")
    return int.from_bytes(blake2b(text, digest_size=8).digest(), "big")
