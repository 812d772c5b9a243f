"""What a device itself calls an attack becomes a hit: class by its words and the direction, level by its
severity, one step lower where it was stopped. Words: `taishi/kit/attacks/signs.yml`,
and severities: `verdicts/severities.yml`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import msgspec
import yaml

from detections.hits import Finding, hit, shown
from detections.naming import target_of
from detections.networks import Networks
from taishi.core.event import Event, Json
from taishi.core.records import LEVELS, Hit, Level, SubjectKind, Threat
from taishi.core.text import Text
from taishi.kit.attacks import Sign, said, sign_named

#: Before the sign's name in a hit's rule.
RULE = "taishi.device."


class Severities(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The page `severities.yml`, as it stands there."""

    severity_keys: tuple[str, ...]
    name_keys: tuple[str, ...]
    action_keys: tuple[str, ...]
    levels: Mapping[str, tuple[str, ...]]
    scales: Mapping[str, Mapping[str, str]]
    ascending: Mapping[str, Mapping[str, int]]
    stopped: frozenset[str]
    removed: frozenset[str]
    words_only: frozenset[str]


@cache
def severities() -> Severities:
    """The page."""
    text = files("detections").joinpath("verdicts", "severities.yml").read_text("utf-8")
    return msgspec.convert(yaml.load(text, yaml.CSafeLoader), Severities)


@cache
def _worded() -> Mapping[str, str]:
    return {word: level for level, words in severities().levels.items() for word in words}


@dataclass(frozen=True)
class _Told:
    """What the device says: its words, how bad (None: nothing usable, "none": no matter), what it did."""

    name: str
    sign: Sign
    word: str
    level: str | None
    severity: str
    action: str


@dataclass(frozen=True)
class _Whom:
    threat: Threat
    subject: str
    kind: SubjectKind
    side: str
    peer: str
    attacker: str


def device_hit(event: Event, networks: Networks) -> Hit | None:
    """None where the device says that it is no matter, or does not say what it is."""
    told = _told(event)
    if told is None:
        return None
    whom = _whom(event, told, networks)
    if whom is None or (told.level == "none" and whom.threat != "compromised"):
        return None
    page, given = severities(), told.level
    level: Level = next((one for one in LEVELS if one == given), told.sign.level)
    if given == "none":
        level = "low"
    if told.action in page.stopped | page.removed:
        level = LEVELS[min(LEVELS.index(level) + 1, len(LEVELS) - 1)]
    return _hit(event, told, whom, level)


def _told(event: Event) -> _Told | None:
    page, own = severities(), event.extra
    names = [text for key in page.name_keys if (text := _text(event, own, key))]
    module = event.text("event.module")
    found = said("；".join(dict.fromkeys(names)) or event.text("message"))
    if found is not None and found[0].name == "quiet":
        return None
    if found is None:
        if module in page.words_only or not names:
            return None
        found = (sign_named("attack"), "")
    severity = next((text for key in page.severity_keys if (text := _text(event, own, key))), "")
    action = next((text for key in page.action_keys if (text := _text(event, own, key))), "")
    return _Told(names[0] if names else found[1], *found, _level(severity, module), severity, action.lower())


def _text(event: Event, own: Mapping[str, Json], key: str) -> str:
    value = event.text(key) or own.get(key)
    return " ".join(str(value).split())[:200] if isinstance(value, (str, int)) else ""


def _level(severity: str, module: str) -> str | None:
    """high, medium, low, none, or None where a severity says nothing."""
    page, plain = severities(), severity.strip().lower()
    if module in page.scales and plain in page.scales[module]:
        return page.scales[module][plain]
    if plain in _worded():
        return _worded()[plain]
    try:
        number = float(plain)
    except ValueError:
        inside = [level for word, level in _worded().items() if len(word) > 1 and word in plain]
        return inside[0] if inside else None
    steps = page.ascending.get(module, page.ascending[""])
    return next((level for level, least in steps.items() if number >= least), None)


def _whom(event: Event, told: _Told, networks: Networks) -> _Whom | None:
    """Whose matter it is: the end of ours that acts for others, else the target, else who logged."""
    source, target = event.text("source.ip"), event.text("destination.ip")
    outgoing = networks.inside(source) and not networks.inside(target)
    sign = told.sign
    if sign.ours and (networks.inside(source) or networks.inside(target)):
        side = "source" if networks.inside(source) else "destination"
        return _end(event, sign.ours, side)
    if sign.calling and networks.inside(source):
        return _end(event, sign.calling, "source")
    if sign.outgoing and outgoing and target and "文件" not in told.name:
        return _end(event, sign.outgoing, "source")
    if sign.name in ("trojan", "malware") and not source:  # found on the host itself
        gone = told.action in severities().removed | severities().stopped
        return _at_target(event, "attempted" if gone else "compromised")
    if sign.name in ("trojan", "malware", "weakness") and outgoing:  # it fetched, or used, something outside
        return _end(event, sign.threat, "source")
    return _at_target(event, sign.threat)


def _end(event: Event, threat: Threat, side: str) -> _Whom:
    other = "destination" if side == "source" else "source"
    peer = event.text(f"{other}.ip")
    return _Whom(threat, event.text(f"{side}.ip"), "ip", side, peer, "" if threat == "risk" else peer)


def _at_target(event: Event, threat: Threat) -> _Whom | None:
    subject, kind, side = target_of(event)
    source = event.text("source.ip")
    return _Whom(threat, subject, kind, side, source, "" if threat == "risk" else source) if subject else None


def _hit(event: Event, told: _Told, whom: _Whom, level: Level) -> Hit:
    sign = told.sign
    by = event.text("observer.vendor") or event.text("event.module") or "—"
    ends = " → ".join(filter(None, (event.text("source.ip"), event.text("destination.ip")))) or whom.subject
    severity, action = told.severity or "—", told.action or "—"
    finding = Finding(
        RULE + sign.name,
        Text(sign.zh.title, sign.en.title),
        whom.threat,
        level,
        (sign.technique,),
        Text(sign.zh.advice, sign.en.advice),
    )
    return hit(
        finding,
        shown(event, side=whom.side),
        key=event.id,
        subject=whom.subject,
        subject_kind=whom.kind,
        peers=(whom.peer,) if whom.peer else (),
        attackers=(whom.attacker,) if whom.attacker else (),
        summary=Text(
            f"{ends}：设备（{by}）报“{told.name}”，级别 {severity}，动作 {action}",
            f"{ends}: the device ({by}) says “{told.name}”, severity {severity}, action {action}",
        ),
    )
