"""What a correlation that fired says about whom: the group's values name the subject, else its events do."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta

from detections.engine.correlate.definition import Correlation
from detections.engine.correlate.matches import Correlated
from detections.engine.rule import Rule
from detections.hits import EVIDENCE_LIMIT
from detections.meaning import LEVELS, About, about_event, threat_of
from detections.networks import Networks
from taishi.core.addresses import is_address
from taishi.core.event import Event
from taishi.core.ids import stable_id
from taishi.core.records import Evidence, Hit, SubjectKind, Threat
from taishi.core.summary import summarize
from taishi.core.text import Text

_BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)
#: Parts of field names that say which side an address is on; others are a source's (`IpAddress`, `c-ip`).
_TARGET_WORDS = ("dest", "dst", "resp", "target", "server", "s-ip")


def shown_events(found: Correlated) -> tuple[str, ...]:
    """The events that are kept beside the hit: the first and the latest."""
    half = EVIDENCE_LIMIT // 2
    few = len(found.events) <= EVIDENCE_LIMIT
    return found.events if few else found.events[:half] + found.events[-half:]


def as_rule(correlation: Correlation, rules: Sequence[Rule]) -> Rule:
    """A correlation as if it were one rule over its rules' log source. Tags are its own, else theirs."""
    tags = correlation.tags or tuple(dict.fromkeys(tag for rule in rules for tag in rule.tags))
    return Rule(
        id=correlation.id,
        title=correlation.title,
        level=correlation.level,
        path=correlation.path,
        tags=tags,
        logsource=rules[0].logsource if rules else {},
    )


def correlated_hit(rule: Rule, found: Correlated, events: Sequence[Event], networks: Networks) -> Hit | None:
    """The hit of a correlation (as `as_rule` gives it), the same id as long as its episode lasts.

    `events`: those of its events that are known, in time order; where the group names no subject the first
    does, so that it stays the same while the episode grows. None for an informational correlation, and
    where nothing names a subject.
    """
    level = LEVELS.get(rule.level)
    if level is None:
        return None
    threat = threat_of(rule, level)
    about = _about(found.group, threat, events, networks)
    if about is None:
        return None
    said = " ".join(f"{name}={value}" for name, value in found.group.items())
    last = next((event for event in reversed(events) if _side(event, about.subject)), None)
    side = _side(last, about.subject) if last else about.side
    speaker = last or (events[-1] if events else None)
    return Hit(
        id=stable_id(rule.id, found.id),
        rule=rule.id,
        title=Text(rule.title, rule.title),
        kind="sigma",
        threat=threat,
        level=level,
        subject=about.subject,
        subject_kind=about.kind,
        first_seen=moment_of(found.first),
        last_seen=moment_of(found.last),
        count=found.count,
        summary=Text(
            f"{rule.title}：{said or '全部'}，{found.count} 个事件",
            f"{rule.title}: {said or 'everything'}, {found.count} events",
        ),
        evidence=tuple(Evidence(event.id, event.time, summarize(event)) for event in events),
        peers=about.peers,
        attackers=about.attackers,
        technique=rule.techniques,
        unit=(speaker.text(f"taishi.{side}.unit") or None) if speaker else None,
        asset=(speaker.text(f"taishi.{side}.asset") or None) if speaker else None,
    )


def _about(
    group: Mapping[str, str], threat: Threat, events: Sequence[Event], networks: Networks
) -> About | None:
    named = _by_role(group)
    seen = about_event(events[0], threat, networks) if events else None
    subject = _named_subject(named, threat, networks) or (seen and (seen.subject, seen.kind, seen.side))
    if not subject and "source" in named:
        subject = (named["source"], "ip", "source")
    if not subject:
        return None
    sources = [*(event.text("source.ip") for event in events), named.get("source", "")]
    attackers = _others(sources if threat == "attempted" else (), subject[0])
    others = [peer for event in events if (one := about_event(event, threat, networks)) for peer in one.peers]
    return About(*subject, _others([*attackers, *others], subject[0]), attackers)


def _named_subject(
    named: Mapping[str, str], threat: Threat, networks: Networks
) -> tuple[str, SubjectKind, str] | None:
    """Whom the group's values name. In an attempt a stranger's address is the attacker's."""
    if host := named.get("host"):
        return host, "host", "host"
    if target := named.get("destination"):
        return target, "ip", "destination"
    source = named.get("source", "")
    if source and (threat != "attempted" or networks.inside(source)):
        return source, "ip", "source"
    if not source and (account := named.get("account")):
        return account, "account", "host"
    return None


def _by_role(group: Mapping[str, str]) -> dict[str, str]:
    """The first value of each role in the group."""
    found: dict[str, str] = {}
    for name, value in group.items():
        role = _role(name.casefold(), value)
        if role:
            found.setdefault(role, value)
    return found


def _role(name: str, value: str) -> str | None:
    """What a value stands for, by its own form and the words in its field's name. `-` is Windows' nothing."""
    if is_address(value):
        return "destination" if any(word in name for word in _TARGET_WORDS) else "source"
    if value in ("", "-") or "agent" in name:
        return None
    if "host" in name or "computer" in name:
        return "host"
    return "account" if "user" in name or "account" in name else None


def _side(event: Event, subject: str) -> str:
    """The side of the event that the subject is on, empty where it is on none."""
    places = ("source.ip", "destination.ip", "host.name", "winlog.computer_name", "user.name")
    place = next((name for name in places if event.text(name) == subject), "")
    side = place.split(".")[0]
    return side if side in ("source", "destination") else "host" if side else ""


def _others(addresses: Iterable[str], subject: str) -> tuple[str, ...]:
    return tuple(sorted({one for one in addresses if one and one != subject}))


def moment_of(micros: int) -> datetime:
    """The moment that a correlator means, in UTC."""
    return _BEGINNING + timedelta(microseconds=micros)


def rules_below(
    correlation: Correlation, rules: Mapping[str, Rule], inner: Mapping[str, Correlation]
) -> list[Rule]:
    """The single-event rules that a correlation stands on, directly or through others."""
    found: dict[str, Rule] = {}
    for one in correlation.rules:
        if one in rules:
            found[one] = rules[one]
        elif one in inner:
            found.update((rule.id, rule) for rule in rules_below(inner[one], rules, inner))
    return list(found.values())
