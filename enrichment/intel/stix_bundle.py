"""Indicators of our own as a STIX 2.1 bundle, made with OASIS' library (stix2), which checks every object.

https://docs.oasis-open.org/cti/stix/v2.1/stix-v2.1.html. Ids are made from who says it and of what, so that a
later export takes an earlier one's place; `enrichment.intel.stix_objects` reads it back.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID, uuid5

from enrichment.attack import technique
from taishi.core.indicators import IndicatorType

if TYPE_CHECKING:
    import stix2

#: Of ours: the namespace of the ids.
_NAMESPACE = UUID("8a3f5c52-0d0e-4f0b-9d0c-5d8f0c6a7e21")
_PATHS: dict[IndicatorType, str] = {
    "domain": "domain-name:value",
    "email": "email-addr:value",
    "md5": "file:hashes.MD5",
    "sha1": "file:hashes.'SHA-1'",
    "sha256": "file:hashes.'SHA-256'",
    "user_agent": "network-traffic:extensions.'http-request-ext'.request_header.'User-Agent'",
}
_CERTIFICATES = {40: "x509-certificate:hashes.'SHA-1'", 64: "x509-certificate:hashes.'SHA-256'"}
_TLP = {"clear": "TLP_WHITE", "green": "TLP_GREEN", "amber": "TLP_AMBER", "red": "TLP_RED"}


@dataclass(frozen=True)
class Seen:
    """That a value was seen with us: how often, when first and last."""

    first: datetime
    last: datetime
    count: int


@dataclass(frozen=True)
class Said:
    """What we say of one value. `purpose` is the word by which detection knows what it is for."""

    type: IndicatorType
    value: str
    name: str
    purpose: str
    at: datetime
    confidence: int
    tlp: str
    until: datetime | None = None
    techniques: tuple[str, ...] = ()
    seen: Seen | None = None


def pattern(kind: IndicatorType, value: str) -> str | None:
    """The STIX pattern of a value; None where STIX has no name for its type (JA3, JA4, imphash, TLSH)."""
    quoted = value.replace("\\", "\\\\").replace("'", "\\'")
    if kind in ("address", "network"):
        return f"[{'ipv6' if ':' in value else 'ipv4'}-addr:value = '{quoted}']"
    if kind == "url":  # ours are kept without a scheme
        return " OR ".join(f"[url:value = '{scheme}://{quoted}']" for scheme in ("http", "https"))
    path = _CERTIFICATES.get(len(value)) if kind == "certificate" else _PATHS.get(kind)
    return f"[{path} = '{quoted}']" if path else None


def bundle(who: str, said: Iterable[Said]) -> tuple[str, list[str]]:
    """The bundle as JSON, and the values that STIX has no name for."""
    import stix2

    maker = stix2.Identity(id=_id("identity", who), name=who, identity_class="organization", **_EPOCH)
    things: list[object] = [maker]
    left_out = []
    for one in said:
        text = pattern(one.type, one.value)
        if text is None:
            left_out.append(f"{one.type} {one.value}")
            continue
        indicator = _indicator(maker, who, one, text)
        things.append(indicator)
        if one.seen is not None:
            things.append(_sighting(maker, indicator, who, one, one.seen))
    made = stix2.Bundle(*things, id=_id("bundle", who), allow_custom=False)
    return str(made.serialize(pretty=True)), left_out


#: Identities do not change; the moment is of no meaning, only of ever the same value.
_EPOCH = {"created": "2026-01-01T00:00:00Z", "modified": "2026-01-01T00:00:00Z"}


def _indicator(maker: "stix2.Identity", who: str, one: Said, text: str) -> "stix2.Indicator":
    import stix2

    return stix2.Indicator(
        id=_id("indicator", who, one.type, one.value),
        created_by_ref=maker.id,
        created=one.at,
        modified=one.at,
        name=one.name,
        description=one.purpose,
        indicator_types=["malicious-activity"],
        pattern=text,
        pattern_type="stix",
        valid_from=one.at,
        **({"valid_until": one.until} if one.until else {}),
        confidence=one.confidence,
        object_marking_refs=[getattr(stix2, _TLP.get(one.tlp, "TLP_AMBER"))],
        **_attack(one.techniques),
    )


def _attack(techniques: Sequence[str]) -> dict[str, list[dict[str, str]]]:
    if not techniques:
        return {}
    known = [found for found in map(technique, techniques) if found]
    tactics = dict.fromkeys(tactic for found in known for tactic in found.tactics)
    phases = [{"kill_chain_name": "mitre-attack", "phase_name": tactic} for tactic in tactics]
    references = [{"source_name": "mitre-attack", "external_id": one} for one in techniques]
    return {"external_references": references, **({"kill_chain_phases": phases} if phases else {})}


def _sighting(
    maker: "stix2.Identity", indicator: "stix2.Indicator", who: str, one: Said, seen: Seen
) -> "stix2.Sighting":
    import stix2

    return stix2.Sighting(
        id=_id("sighting", who, one.type, one.value),
        created_by_ref=maker.id,
        created=one.at,
        modified=one.at,
        sighting_of_ref=indicator.id,
        where_sighted_refs=[maker.id],
        first_seen=seen.first,
        last_seen=seen.last,
        count=seen.count,
        object_marking_refs=indicator.object_marking_refs,
    )


def _id(kind: str, *parts: str) -> str:
    return f"{kind}--{uuid5(_NAMESPACE, '|'.join((kind, *parts)))}"
