"""What a rule's hit on an event says about whom: class, level, subject, peers.

Our own rules say it themselves (`taishi:` in the YAML). For rule packs it follows from the ATT&CK tactics
in the tags and from where the event was seen; docs/decisions tells why.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from detections.engine.rule import Meaning, Rule
from detections.naming import target_by_name, target_of
from detections.networks import Networks
from taishi.core.event import Event, Json
from taishi.core.ids import stable_id
from taishi.core.records import Evidence, Hit, Level, SubjectKind, Threat
from taishi.core.summary import summarize
from taishi.core.text import Text

LEVELS: dict[str, Level] = {"critical": "high", "high": "high", "medium": "medium", "low": "low"}

#: Tactics that show a host acting for somebody else, when the rule itself is sure (high or critical).
_TAKEN = frozenset(
    {
        "command-and-control",
        "credential-access",
        "exfiltration",
        "impact",
        "lateral-movement",
        "execution",
        "persistence",
        "privilege-escalation",
        "defense-evasion",
        "defense-impairment",
        "stealth",
        "collection",
    }
)
#: Tactics of somebody still outside.
_TRYING = frozenset({"initial-access", "reconnaissance", "resource-development"})
_PLACE = re.compile(r"\{([\w.@-]+)\}")


@dataclass(frozen=True)
class About:
    """Whom a hit is about. `side` (source, destination or host) says whose unit the event names."""

    subject: str
    kind: SubjectKind
    side: str
    peers: tuple[str, ...]
    attackers: tuple[str, ...]


def to_hit(rule: Rule, event: Event, networks: Networks) -> Hit | None:
    """The hit, or None for an informational rule (it makes no risk event) or an event without a subject."""
    level = LEVELS.get(rule.level)
    if level is None:
        return None
    threat = rule.meaning.threat if rule.meaning else threat_of(rule, level)
    about = _own(rule.meaning, event, networks) if rule.meaning else about_event(event, threat, networks)
    if about is None:
        return None
    return _hit(rule, event, threat, level, about)


def _hit(rule: Rule, event: Event, threat: Threat, level: Level, about: About) -> Hit:
    line = summarize(event)
    return Hit(
        id=stable_id(rule.id, about.subject, event.id),
        rule=rule.id,
        title=rule.meaning.title if rule.meaning else Text(rule.title, rule.title),
        kind="sigma",
        threat=threat,
        level=level,
        subject=about.subject,
        subject_kind=about.kind,
        first_seen=event.time,
        last_seen=event.time,
        count=1,
        summary=_summary(rule, event, line, about),
        evidence=(Evidence(event.id, event.time, line),),
        peers=about.peers,
        attackers=about.attackers,
        technique=rule.techniques,
        unit=event.text(f"taishi.{about.side}.unit") or None,
        asset=event.text(f"taishi.{about.side}.asset") or None,
        advice=rule.meaning.advice if rule.meaning else None,
    )


def threat_of(rule: Rule, level: Level) -> Threat:
    """The class of a pack's rule, from its tags and log source."""
    category = rule.logsource.get("category", "")
    if category == "webserver":
        return "attempted"
    if level == "high" and rule.tactics & _TAKEN:
        return "compromised"
    if rule.tactics & _TRYING or "T1110" in "".join(rule.techniques):
        return "attempted"
    return "risk"


def _own(meaning: Meaning, event: Event, networks: Networks) -> About | None:
    subject, side = event.text(meaning.subject), meaning.subject.split(".")[0]
    kind: SubjectKind = "host" if side == "host" else "ip"
    if meaning.threat == "risk" and side == "destination" and not networks.inside(subject):
        ours = event.text("source.ip")
        if networks.inside(ours):  # a weak server outside is our client's risk, not a stranger's
            return About(ours, "ip", "source", (subject,) if subject else (), ())
    if not subject and side == "destination":
        subject, kind, side = target_by_name(event)
    if not subject:
        return None
    return About(subject, kind, side, _values(event, meaning.peer), _values(event, meaning.attacker))


def _values(event: Event, name: str | None) -> tuple[str, ...]:
    value = event.fields.get(name) if name else None
    if isinstance(value, list):
        return tuple(value)
    return (str(value),) if value else ()


def about_event(event: Event, threat: Threat, networks: Networks) -> About | None:
    """For rule packs: the host that logged; on the wire the side the evidence points to."""
    source, destination = event.text("source.ip"), event.text("destination.ip")
    if event.kind in ("windows", "process", "file") or not (source or destination):
        name = event.text("host.name") or event.text("winlog.computer_name")
        return About(name, "host", "host", (), ()) if name else None
    if threat == "attempted":
        subject, kind, side = target_of(event)
        attackers = (source,) if source else ()
        return About(subject, kind, side, attackers, attackers) if subject else None
    if source and (networks.inside(source) or not networks.inside(destination)):
        return About(source, "ip", "source", (destination,) if destination else (), ())
    return About(destination, "ip", "destination", (source,) if source else (), ())


def _summary(rule: Rule, event: Event, line: str, about: About) -> Text:
    meaning = rule.meaning
    if meaning is None:
        return Text(f"{rule.title}：{line}", f"{rule.title}: {line}")
    known = {} if event.text(meaning.subject) else {meaning.subject: about.subject}
    return Text(_fill(meaning.summary.zh, event, known), _fill(meaning.summary.en, event, known))


def _shown(value: Json) -> str:
    """A source's own value on one line; control characters of payload text are spaces."""
    if isinstance(value, list):
        return ", ".join(map(_shown, value[:8]))
    text = "" if value is None or isinstance(value, dict) else str(value)
    return " ".join("".join(letter if letter.isprintable() else " " for letter in text[:400]).split())


def _fill(template: str, event: Event, known: Mapping[str, str]) -> str:
    """Puts the event's fields, or the source's own, into their {places}; the subject has its field's name."""
    own: dict[str, Json] = {}

    def value(found: re.Match[str]) -> str:
        name = found.group(1)
        said = known.get(name) or event.text(name)
        if not said:
            own.update({} if own else event.extra)
            said = _shown(own.get(name))
        return said[:120] or "—"

    return _PLACE.sub(value, template)
