"""Names that pass themselves off as update services: asked one after the other by one host.

Implants of patient attackers hide their servers behind names of drivers, updates and security software,
often with a letter changed (typosquatting, ATT&CK T1583.001, T1036), and carry several in case one is taken
away: when the first does not answer they ask for the next (fallback channels, T1008). A vendor's own
services stand below the vendor's domain (update.vendor.example), so a registered name made of such words
alone is nobody's. Two of them close together are told as little; where one is misspelt besides, as a host
under control. Look-alikes: small vendors with a name like softupdate, driver download sites.
"""

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import pairwise

import msgspec
import pyarrow as pa
import pyarrow.compute as pc

from detections.hits import Evidences, Finding, hit
from detections.networks import Networks
from detections.sequences.recent import Recent
from taishi.core.ecs import Kind
from taishi.core.event import Batch, Event
from taishi.core.records import Hit
from taishi.core.text import Text

#: Names that are kept of one host.
_NAMES = 100
#: Within this time a program works through its list.
TOGETHER = timedelta(minutes=30)
#: Words of what is updated, and of the service; a name needs one of each kind and nothing else.
_WHAT = frozenset(
    {
        "driver",
        "drivers",
        "soft",
        "software",
        "windows",
        "win",
        "microsoft",
        "ms",
        "adobe",
        "flash",
        "java",
        "office",
    }
    | {
        "system",
        "security",
        "antivirus",
        "defender",
        "chrome",
        "browser",
        "firefox",
        "google",
        "kernel",
        "firmware",
    }
    | {
        "system32",
        "net",
        "intel",
        "nvidia",
        "realtek",
        "apple",
        "oracle",
        "outlook",
        "exchange",
        "azure",
        "cloud",
    }
)
_SERVICE = frozenset(
    {
        "update",
        "updates",
        "updater",
        "upgrade",
        "upgrades",
        "patch",
        "patches",
        "hotfix",
        "service",
        "services",
    }
    | {"support", "download", "downloads", "check", "checker", "online", "live", "center", "server", "sync"}
)
_SPLIT = re.compile(r"[-_]")
#: Who really runs such names: left of these there is nothing to fake.
_REAL = re.compile(
    r"(?i)^(?:windowsupdate|microsoft|office|windows|live|adobe|java|intel|nvidia|apple|google)\.(?:com|net)$"
)

FINDING = Finding(
    "taishi.sequence.false-updates",
    Text("仿冒更新服务的域名", "Names that pose as update services"),
    "compromised",
    "medium",
    ("T1583.001", "T1008", "T1071.004"),
    Text(
        "查明发起查询的进程并清除，在 DNS 上停止解析这些域名，核对其他主机是否查询过。",
        "Find and remove the asking process, stop resolving the names, check which other hosts "
        "asked for them.",
    ),
)


class _Asked(msgspec.Struct, forbid_unknown_fields=True):
    names: dict[str, tuple[datetime, bool]] = msgspec.field(default_factory=dict)
    evidence: Evidences = msgspec.field(default_factory=Evidences)


class FalseUpdates:
    """Watches DNS questions for registered names that are made of such words alone."""

    id = FINDING.rule
    kinds: frozenset[Kind] = frozenset({"dns"})

    def __init__(self, networks: Networks) -> None:
        self._networks = networks
        self._hosts = Recent(str, _Asked)

    def observe(self, batch: Batch) -> None:
        column = batch.rows.column("dns.question.registered_domain")
        # Each different name is looked at once: few are ever noted.
        posing = [name for name in column.unique().to_pylist() if name and _poses(name.lower())]
        rows = batch.rows.filter(pc.is_in(column, pa.array(posing, pa.string())))
        for event in Batch(batch.kind, rows).events():
            self._note(event, event.text("dns.question.registered_domain").lower())

    def _note(self, event: Event, domain: str) -> None:
        misspelt = disguise(domain) == "misspelt"
        asked = self._hosts[event.text("source.ip") or event.text("host.name")]
        if len(asked.names) < _NAMES:
            asked.names.setdefault(domain, (event.time, misspelt))
        asked.evidence.add(event, side="source")

    def hits(self) -> Iterator[Hit]:
        for host, asked in self._hosts.items():
            names = _together(asked.names)
            if host and len(names) >= 2:
                shown = ", ".join(names[:6])
                misspelt = any(asked.names[name][1] for name in names)
                yield hit(
                    FINDING,
                    asked.evidence,
                    key="names",
                    subject=host,
                    subject_kind="ip",
                    peers=names,
                    threat="compromised" if misspelt else "risk",
                    level="high" if misspelt else "low",
                    summary=Text(
                        f"{host} 接连查询仿冒更新服务的域名：{shown}",
                        f"{host} asked one after the other for names that pose as update services: {shown}",
                    ),
                )


def _poses(domain: str) -> bool:
    return bool(disguise(domain)) and not _REAL.match(domain)


def _together(names: dict[str, tuple[datetime, bool]]) -> list[str]:
    """The names asked within the time of another one."""
    ordered = sorted(names, key=lambda name: names[name][0])
    near = {
        name
        for one, other in pairwise(ordered)
        if names[other][0] - names[one][0] <= TOGETHER
        for name in (one, other)
    }
    return sorted(near)


def disguise(domain: str) -> str | None:
    """`plain`: a thing and a service (softupdates); `misspelt`: with a letter off (drivres-update)."""
    label = domain.partition(".")[0]
    if not 8 <= len(label) <= 40:
        return None
    parts = [part for part in _SPLIT.split(label) if part]
    if len(parts) == 1:
        return (
            "plain"
            if any(label[:at] in _WHAT and label[at:] in _SERVICE for at in range(2, len(label) - 3))
            else None
        )
    if len(parts) > 3 or not any(part in _SERVICE for part in parts):
        return None
    others = [part for part in parts if part not in _SERVICE]
    if not others:
        return None
    if all(other in _WHAT for other in others):
        return "plain"
    return "misspelt" if all(other in _WHAT or _is_misspelt(other) for other in others) else None


def _is_misspelt(word: str) -> bool:
    """One letter more, less, other or swapped (Damerau, 1964) than a word of at least six letters."""
    return any(_one_off(word, right) for right in _WHAT if len(right) >= 6)


def _one_off(word: str, right: str) -> bool:
    if word == right or abs(len(word) - len(right)) > 1:
        return False
    start = next(
        (at for at, (a, b) in enumerate(zip(word, right, strict=False)) if a != b), min(len(word), len(right))
    )
    rest, wanted = word[start:], right[start:]
    swapped = len(rest) > 1 and rest[:2] == wanted[:2][::-1] and rest[2:] == wanted[2:]
    return swapped or rest[1:] == wanted[1:] or rest[1:] == wanted or rest == wanted[1:]


SEQUENCE = FalseUpdates
