"""The records people deal in: hits, verdicts, alerts, risk events, blocks, units, assets, decisions.

All frozen; all times zone-aware UTC; ids stable. Words are explained in docs/glossary.md.
"""

from datetime import date, datetime
from typing import Literal

import msgspec

from taishi.core.text import Text

#: 主机失陷, 尝试攻击, 潜在风险: worst first.
Threat = Literal["compromised", "attempted", "risk"]
#: 高危, 中危, 低危: worst first.
Level = Literal["high", "medium", "low"]
SubjectKind = Literal["ip", "host", "account", "domain"]
HitKind = Literal["sigma", "behaviour", "intel", "data"]
#: 线路接入, 云平台, 业务系统: the three tiers that the extranet protects.
Tier = Literal["access", "cloud", "business"]

THREATS: tuple[Threat, ...] = ("compromised", "attempted", "risk")
LEVELS: tuple[Level, ...] = ("high", "medium", "low")

THREAT_NAMES: dict[Threat, Text] = {
    "compromised": Text("主机失陷", "Compromised host"),
    "attempted": Text("尝试攻击", "Attempted attack"),
    "risk": Text("潜在风险", "Potential risk"),
}
LEVEL_NAMES: dict[Level, Text] = {
    "high": Text("高危", "High"),
    "medium": Text("中危", "Medium"),
    "low": Text("低危", "Low"),
}
TIER_NAMES: dict[Tier, Text] = {
    "access": Text("线路接入", "Access line"),
    "cloud": Text("云平台", "Cloud platform"),
    "business": Text("业务系统", "Business system"),
}


class Evidence(msgspec.Struct, frozen=True):
    """One event that speaks for a hit."""

    event_id: str
    time: datetime
    summary: str


class Origin(msgspec.Struct, frozen=True):
    """Where the indicator behind a hit comes from: its source, the report it stands in, and our weighing."""

    indicator: str
    type: str
    value: str
    source: str
    report: str
    info: str
    producer: str
    tags: tuple[str, ...]
    tlp: str
    confidence: int
    because: tuple[Text, ...] = ()


class Hit(msgspec.Struct, frozen=True):
    """One rule matched one event or one correlated group. `id` is made from rule and `key`.

    `key` names the event (single-event rules) or the group (behaviours); the same key seen again
    replaces the hit, so running detection twice changes nothing. `withdrawn`: what more is known now speaks
    against it; whoever stored the hit before takes it back.
    """

    id: str
    rule: str
    title: Text
    kind: HitKind
    threat: Threat
    level: Level
    subject: str
    subject_kind: SubjectKind
    first_seen: datetime
    last_seen: datetime
    count: int
    summary: Text
    evidence: tuple[Evidence, ...] = ()
    peers: tuple[str, ...] = ()
    attackers: tuple[str, ...] = ()
    technique: tuple[str, ...] = ()
    unit: str | None = None
    asset: str | None = None
    advice: Text | None = None
    origins: tuple[Origin, ...] = ()
    withdrawn: bool = False


class Reason(msgspec.Struct, frozen=True):
    """Why a verdict stands: the hits of one rule on its subject."""

    rule: str
    title: Text
    kind: HitKind
    threat: Threat
    level: Level
    count: int
    first_seen: datetime
    last_seen: datetime
    summary: Text
    technique: tuple[str, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    advice: Text | None = None
    incident: str = ""
    origins: tuple[Origin, ...] = ()


class Factor(msgspec.Struct, frozen=True):
    """One step from what the rules say to what the verdict says: a named reason with its effect.

    `was` and `became` are both classes or both levels; equal where the step changed nothing.
    """

    name: str
    words: Text
    was: str
    became: str


class Verdict(msgspec.Struct, frozen=True):
    """The judgement on one subject: one class, one level, and every reason for it, worst first.

    `incident` is the key of its kind by GB/T 20986 (`taishi.core.incidents`); `factors` are the steps by
    which class and level differ from those of the worst reason, in their order.
    """

    subject: str
    subject_kind: SubjectKind
    threat: Threat
    level: Level
    unit: str | None
    asset: str | None
    first_seen: datetime
    last_seen: datetime
    count: int
    peers: tuple[str, ...]
    attackers: tuple[str, ...]
    because: tuple[Reason, ...]
    incident: str = ""
    factors: tuple[Factor, ...] = ()


AlertState = Literal["new", "confirmed", "dismissed"]


class Alert(msgspec.Struct, frozen=True):
    """Hits on one subject as an analyst triages them. `id` is made from the subject and its period.

    `taken_back`: dismissed because detection took back every hit, not by a person; any new hit reopens it.
    """

    id: str
    verdict: Verdict
    state: AlertState = "new"
    assignee: str | None = None
    version: int = 1
    updated_at: datetime | None = None
    taken_back: bool = False


RiskState = Literal["open", "withdrawn", "closed"]


class RiskEvent(msgspec.Struct, frozen=True):
    """风险事件: what the reports count: an alert that stood. Re-classification is a new version."""

    id: str
    alert_id: str
    threat: Threat
    level: Level
    unit: str | None
    subject: str
    first_seen: datetime
    last_seen: datetime
    count: int
    version: int = 1
    state: RiskState = "open"
    incident: str = ""


class RiskVersion(msgspec.Struct, frozen=True):
    """A risk event as it was known from `known_at` until its next version: for figures as of a moment."""

    id: str
    risk_id: str
    known_at: datetime
    first_seen: datetime
    event: RiskEvent


class Publication(msgspec.Struct, frozen=True):
    """A report as it was published: its window, the moment it speaks of, and the document word for word."""

    id: str
    since: datetime
    until: datetime
    as_of: datetime
    document: str
    sha256: str
    by: str
    at: datetime


BlockState = Literal["proposed", "approved", "applied", "lifted", "rejected"]


class Block(msgspec.Struct, frozen=True):
    """封禁: a decision to drop an address; enforcers carry it out. `ttl_s` counts from approval.

    `alerts`: every alert it belongs to; the first is `alert_id`. `proposed_by`: the people who had a hand in
    the proposal; a playbook's has none.
    """

    id: str
    address: str
    scope: str
    reason: Text
    alert_id: str
    ttl_s: int
    created_at: datetime
    unit: str | None = None
    state: BlockState = "proposed"
    approved_by: str | None = None
    approved_at: datetime | None = None
    enforcer: str | None = None
    dry_run: bool = True
    applied_at: datetime | None = None
    lifted_by: str | None = None
    lifted_at: datetime | None = None
    why: str | None = None
    alerts: tuple[str, ...] = ()
    proposed_by: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """A block made before there could be several names one alert."""
        if not self.alerts:
            msgspec.structs.force_setattr(self, "alerts", (self.alert_id,))


class Contact(msgspec.Struct, frozen=True):
    """联系人: somebody of a unit who can be called."""

    name: str
    phone: str | None = None
    email: str | None = None


class Unit(msgspec.Struct, frozen=True):
    """单位: who answers for addresses.

    `head` is the first responsible person; `contact`, `phone`, `email` are the first contact, `others` the
    next ones in their order. `weight` is how much the unit counts in scores.
    """

    id: str
    name: str
    parent: str | None = None
    district: str | None = None
    contact: str | None = None
    phone: str | None = None
    email: str | None = None
    head: Contact | None = None
    others: tuple[Contact, ...] = ()
    tier: Tier | None = None
    weight: float = 1.0

    @property
    def contacts(self) -> tuple[Contact, ...]:
        """Every named contact, whom to call first before the others."""
        first = (Contact(self.contact, self.phone, self.email),) if self.contact else ()
        return (*first, *self.others)


AssetKind = Literal["cidr", "address", "domain", "url", "system"]
#: How hosts of an asset come by their address: 固定, DHCP, NAT (many hosts behind one address).
Addressing = Literal["static", "dhcp", "nat"]


class Asset(msgspec.Struct, frozen=True):
    """资产: an address, network, domain, URL or system that belongs to a unit for a span of time.

    `value` is the address, CIDR, domain, URL or name. The span is half-open: from `valid_from` (None:
    always) up to but without `valid_to` (None: still). `filing` is the number under which the grade (等保)
    is on file, `assessed` the day of the last assessment. `user` and `phone` are of whoever works at a
    terminal; the telephone is masked wherever it is shown.
    """

    id: str
    unit: str
    kind: AssetKind
    value: str
    name: str
    tier: Tier = "business"
    grade: int | None = None
    system: str | None = None
    valid_from: datetime | None = None
    valid_to: datetime | None = None
    filing: str | None = None
    assessed: date | None = None
    tags: tuple[str, ...] = ()
    vendor: str | None = None
    addressing: Addressing = "static"
    note: str | None = None
    user: str | None = None
    phone: str | None = None


class InputFile(msgspec.Struct, frozen=True):
    """A file that was taken in: `id` is made from its path; size and time tell whether it has changed."""

    id: str
    path: str
    kind: str | None
    size: int
    modified_ns: int
    read_at: datetime
    events: int = 0
    quarantined: int = 0
    reasons: dict[str, int] = {}
    unusable: str | None = None


SensorKind = Literal["folder", "port", "interface", "syslog", "bulk"]
#: How a port for syslog is spoken to: RFC 5426, RFC 6587, both, RFC 5425.
Transport = Literal["udp", "tcp", "udp+tcp", "tls"]


class TlsFiles(msgspec.Struct, frozen=True):
    """Paths of PEM files: our certificate, its key, who signs senders' (None: they need none)."""

    certificate: str
    key: str
    clients: str | None = None


class SensorEntry(msgspec.Struct, frozen=True):
    """A sensor as an administrator has set it up: where events come from, and from whom they are taken.

    `place` is a folder, `HOST:PORT` or an interface. `exporters` are lines `ADDRESS-or-CIDR what it is`:
    who may send to a port. A port for syslog has a `transport`. `secret` is the SHA-256 of a sender's token,
    never the token. An interface keeps its last packets for evidence: `ring_bytes` and `ring_age_s` say how
    many (None: as usual; 0 bytes: none). `kinds`: of events that a sender may bring; none named: all.
    """

    id: str
    name: str
    kind: SensorKind
    place: str
    created_at: datetime
    silent_after_s: int
    exporters: tuple[str, ...] = ()
    unit: str | None = None
    secret: str | None = None
    ring_bytes: int | None = None
    ring_age_s: int | None = None
    transport: Transport | None = None
    tls: TlsFiles | None = None
    kinds: tuple[str, ...] = ()


class Heartbeat(msgspec.Struct, frozen=True):
    """What came of a sensor up to the moment `at`, summed over restarts; `id` is the sensor's.

    `received` counts datagrams, packets or files; `events` those that are durable; `dropped` what was
    lost on this machine, `lost` what never arrived, as the senders' own numbers tell; `lag_s` how long
    what waits has waited.
    """

    id: str
    at: datetime
    since: datetime
    last_seen: datetime | None = None
    received: int = 0
    bytes: int = 0
    events: int = 0
    refused: int = 0
    dropped: int = 0
    lost: int = 0
    damaged: int = 0
    lag_s: float = 0.0
    reasons: dict[str, int] = {}
    senders: dict[str, int] = {}
    problem: str | None = None


class SensorLife(msgspec.Struct, frozen=True):
    """A stretch of time, an hour at the most, in which a sensor was heard without a break.

    `seen`: the units whose addresses stood in its events meanwhile, each with the kinds of those events.
    """

    id: str
    sensor: str
    since: datetime
    until: datetime
    seen: dict[str, tuple[str, ...]] = {}


class PlaybookRun(msgspec.Struct, frozen=True):
    """One step of a playbook that was carried out for an alert; its id keeps it from being done twice."""

    id: str
    playbook: str
    alert_id: str
    action: str
    at: datetime
    ok: bool
    result: Text


class RuleException(msgspec.Struct, frozen=True):
    """例外: hits of one rule (`*`: of every rule) that are not to come up, between two moments of event time.

    `where`: fields and what they must hold, all of them: a value, an address or CIDR, or text with * and ?.
    Mode `except` makes no hit at all; `suppress` at most one in `every_s` seconds for the same values of the
    fields in `group`. The span is half-open: from `since` up to but without `until`.
    """

    id: str
    rule: str
    since: datetime
    until: datetime
    why: str
    who: str
    created_at: datetime
    where: dict[str, str] = {}
    mode: Literal["except", "suppress"] = "except"
    every_s: int = 0
    group: tuple[str, ...] = ()
    ended_by: str | None = None


class Bureau(msgspec.Struct, frozen=True):
    """Who signs the letters: the data bureau itself, as its settings say."""

    name: str
    prefix: str
    contact: str
    phone: str


class Decision(msgspec.Struct, frozen=True):
    """One line of the audit: who did what to what, when, why, with what result.

    `hash` chains over the line before, so a changed or missing line is found (`taishi verify`).
    """

    serial: int
    time: datetime
    actor: str
    action: str
    object_type: str
    object_id: str
    result: str
    why: str
    previous: str
    hash: str


Role = Literal["admin", "analyst", "approver", "auditor"]


class Person(msgspec.Struct, frozen=True):
    """Somebody who logs in. `secret` is an Argon2id hash, never a password."""

    id: str
    name: str
    roles: tuple[Role, ...]
    secret: str
    language: Literal["zh", "en"] = "zh"
    failed: int = 0
    locked_until: datetime | None = None
    must_change: bool = True


class Session(msgspec.Struct, frozen=True):
    """A login: `id` is the hash of the token in the cookie; `csrf` guards its forms."""

    id: str
    person: str
    csrf: str
    created_at: datetime
    seen_at: datetime
