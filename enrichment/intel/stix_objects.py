"""STIX 2.1 objects become reports and indicators.

https://docs.oasis-open.org/cti/stix/v2.1/stix-v2.1.html. Of patterns, comparisons for equality that are
joined by OR are looked for; any other pattern says more than one value at a time and is listed as unusable.
Each indicator is a report of its own, with its name and who made it.
"""

import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime

import msgspec

from enrichment.intel.misp_event import Parsed
from enrichment.intel.tags import UNSAID
from enrichment.intel.values import NotAnIndicator, normal
from taishi.core.ids import stable_id
from taishi.core.indicators import Indicator, Report

#: Object paths (STIX patterning) by the MISP type that means the same.
PATHS = {
    "ipv4-addr:value": "ip-dst",
    "ipv6-addr:value": "ip-dst",
    "network-traffic:dst_ref.value": "ip-dst",
    "network-traffic:src_ref.value": "ip-src",
    "domain-name:value": "domain",
    "url:value": "url",
    "email-addr:value": "email",
    "email-message:from_ref.value": "email-src",
    "file:hashes.MD5": "md5",
    "file:hashes.SHA-1": "sha1",
    "file:hashes.SHA-256": "sha256",
    "file:hashes.TLSH": "tlsh",
    "x509-certificate:hashes.SHA-1": "x509-fingerprint-sha1",
    "x509-certificate:hashes.SHA-256": "x509-fingerprint-sha256",
    "network-traffic:extensions.http-request-ext.request_header.User-Agent": "user-agent",
}
_COMPARISON = r"[A-Za-z0-9-]+:[\w.'-]+\s*=\s*'(?:[^'\\]|\\.)*'"
_WHOLE = re.compile(rf"\s*\[?\s*{_COMPARISON}(?:\s*\]?\s+OR\s+\[?\s*{_COMPARISON})*\s*\]?\s*")
_ONE = re.compile(r"([A-Za-z0-9-]+:[\w.'-]+)\s*=\s*'((?:[^'\\]|\\.)*)'")
#: TLP 1 and 2 marking definitions have fixed ids (STIX 2.1, 7.2.1.4); TLP 2 is told by its name.
_TLP = {
    "marking-definition--613f2e26-407d-48c7-9eca-b8e91df99dc9": "clear",
    "marking-definition--34098fce-860f-48ae-8e50-ebd3cc5e41da": "green",
    "marking-definition--f88d31f6-486f-44da-b317-01333bde0b82": "amber",
    "marking-definition--5e57c739-391a-4eb3-b6be-7d15ca92d5ed": "red",
}


class _Phase(msgspec.Struct):
    phase_name: str = ""


class _Reference(msgspec.Struct):
    external_id: str = ""


class Thing(msgspec.Struct):
    """Any STIX object, as far as we read it."""

    id: str
    type: str
    name: str = ""
    description: str = ""
    pattern: str = ""
    pattern_type: str = "stix"
    created_by_ref: str = ""
    modified: datetime | None = None
    valid_from: datetime | None = None
    valid_until: datetime | None = None
    revoked: bool = False
    confidence: int | None = None
    indicator_types: list[str] = []
    labels: list[str] = []
    kill_chain_phases: list[_Phase] = []
    object_marking_refs: list[str] = []
    external_references: list[_Reference] = []


def read_objects(source: str, documents: Iterable[msgspec.Raw]) -> tuple[list[Parsed], list[str]]:
    """Every indicator of the objects, and what could not be read."""
    things: dict[str, Thing] = {}
    problems: list[str] = []
    for document in documents:
        try:
            thing = msgspec.json.decode(document, type=Thing)
        except (msgspec.DecodeError, msgspec.ValidationError) as error:
            problems.append(f"a STIX object cannot be read: {error}")
            continue
        known = things.get(thing.id)
        if known is None or (thing.modified or _EPOCH) >= (known.modified or _EPOCH):
            things[thing.id] = thing
    found = [_parsed(source, one, things) for one in things.values() if one.type == "indicator"]
    return found, problems


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def _parsed(source: str, one: Thing, things: Mapping[str, Thing]) -> Parsed:
    at = one.modified or one.valid_from or _EPOCH
    maker = things.get(one.created_by_ref)
    tags = (
        *one.indicator_types,
        *one.labels,
        *(f"kill-chain:{phase.phase_name}" for phase in one.kill_chain_phases),
    )
    report = Report(
        source, one.id, one.name or one.description, maker.name if maker else "", at, None, tags, 1
    )
    parsed = Parsed(report)
    if one.pattern_type != "stix" or not _WHOLE.fullmatch(one.pattern):
        parsed.problems.append(f"{one.id}: its pattern is no choice of values: {one.pattern[:120]}")
        return parsed
    for path, value in _ONE.findall(one.pattern):
        given = PATHS.get(path.replace("'", ""), path)
        try:
            kind, text = normal(given, value.replace("\\'", "'").replace("\\\\", "\\"))
        except NotAnIndicator as error:
            parsed.problems.append(f"{one.id}: {error}")
            continue
        parsed.indicators.append(
            Indicator(
                id=stable_id(source, one.id, given, text),
                source=source,
                event=one.id,
                attribute=one.id,
                type=kind,
                value=text,
                given=given,
                at=at,
                to_ids=not one.revoked,
                category="Network activity",
                comment=one.description[:500],
                tags=tags,
                tlp=_tlp(one, things),
                confidence=UNSAID if one.confidence is None else max(0, min(100, one.confidence)),
                first_seen=one.valid_from,
                expires=one.valid_until,
            )
        )
    return parsed


def _tlp(one: Thing, things: Mapping[str, Thing]) -> str:
    for reference in one.object_marking_refs:
        if reference in _TLP:
            return _TLP[reference]
        named = things.get(reference)
        if named is not None and named.name.upper().startswith("TLP:"):
            return named.name[4:].lower()
    return ""
