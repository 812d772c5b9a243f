"""What intelligence says: indicators, the reports they come from, the sources that give both.

Words follow MISP (https://www.misp-standard.org/rfc/misp-standard-core.html); times are zone-aware UTC.
"""

from datetime import datetime
from typing import Literal

import msgspec

from taishi.core.records import Level
from taishi.core.text import Text

#: What an indicator can be looked for as. `other` is kept and shown, and looked for nowhere.
IndicatorType = Literal[
    "address",
    "network",
    "domain",
    "url",
    "md5",
    "sha1",
    "sha256",
    "imphash",
    "tlsh",
    "ja3",
    "ja4",
    "certificate",
    "email",
    "user_agent",
    "other",
]
#: Hashes of files.
HASHES: frozenset[IndicatorType] = frozenset({"md5", "sha1", "sha256", "imphash", "tlsh"})
#: What a warninglist, or age, does to an indicator; worst first. `note` only says so.
Effect = Literal["silence", "lower", "note"]


class Mark(msgspec.Struct, frozen=True):
    """Why an indicator counts for less: a warninglist that has its value, or its age."""

    effect: Effect
    name: str
    why: Text


class Indicator(msgspec.Struct, frozen=True):
    """One value that a source calls hostile. `id` is made from source, attribute, type and value.

    `value` is normalised (`enrichment.intel.values`); `given` is the source's own word for the type, such as
    `ip-dst|port`. `confidence` is 0 to 100; `at` is when the source last touched it. `marks` are ours.
    """

    id: str
    source: str
    event: str
    attribute: str
    type: IndicatorType
    value: str
    given: str
    at: datetime
    to_ids: bool = True
    port: int | None = None
    category: str = ""
    comment: str = ""
    tags: tuple[str, ...] = ()
    techniques: tuple[str, ...] = ()
    tlp: str = ""
    confidence: int = 50
    first_seen: datetime | None = None
    last_seen: datetime | None = None
    expires: datetime | None = None
    marks: tuple[Mark, ...] = ()

    @property
    def silenced(self) -> bool:
        """Whether a list takes its voice."""
        return any(mark.effect == "silence" for mark in self.marks)

    @property
    def lowered(self) -> bool:
        return not self.silenced and any(mark.effect == "lower" for mark in self.marks)

    @property
    def sought(self) -> bool:
        """Whether events are compared with it: its source asks for that, and no list takes its voice."""
        return self.to_ids and self.type != "other" and not self.silenced


class Report(msgspec.Struct, frozen=True):
    """A source's event: what its indicators have to do with each other. `threat` None: not said."""

    source: str
    id: str
    info: str
    producer: str
    at: datetime
    threat: Level | None = None
    tags: tuple[str, ...] = ()
    attributes: int = 0


class IntelSource(msgspec.Struct, frozen=True):
    """Where intelligence comes from. `place` is a URL or a folder; `key` says where the secret lies
    (`env:NAME` or `file:PATH`), never the secret itself. `every_s` 0: only when told. `tells`: after each
    look the source is told what was seen of it.
    """

    id: str
    name: str
    kind: str
    place: str
    created_at: datetime
    key: str | None = None
    every_s: int = 3600
    ca: str | None = None
    tells: bool = False


class Synced(msgspec.Struct, frozen=True):
    """How the last look at a source went. `state` is the source kind's own, handed to the next sync.

    `fetched` counts files or events that were read, `unchanged` those that the source says are the same.
    `due`: somebody wants it looked at now.
    """

    source: str
    at: datetime
    good_at: datetime | None = None
    fetched: int = 0
    unchanged: int = 0
    reports: int = 0
    indicators: int = 0
    problems: tuple[str, ...] = ()
    unusable: tuple[str, ...] = ()
    state: dict[str, str] = {}
    due: bool = False
