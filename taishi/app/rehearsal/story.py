"""A story as its JSON says it (docs/rehearsing.md): read, and refused in one line that names the key."""

from collections.abc import Iterator
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from typing import Literal

import msgspec

from notices.measures import read_policy
from taishi.app.networks import read_network
from taishi.app.whose import plain
from taishi.core.addresses import is_address
from taishi.core.notice_records import PaperKind
from taishi.core.problems import Problem
from taishi.core.records import Level, Threat

#: A story of more events in one line, or in all, is a slip of the pen.
MAX_COUNT, MAX_EVENTS = 1_000_000, 2_000_000
#: A quarter of a year of quiet: what `Limits` allows.
MAX_QUIET_H = 90 * 24


def _write_plainly(record: msgspec.Struct, **values: str | tuple[str, ...]) -> None:
    """Addresses in the one form that alerts and blocks have: 2001:DB8::1 is 2001:db8::1."""
    for name, value in values.items():
        msgspec.structs.force_setattr(record, name, value)


def _plain(name: str) -> str:
    return plain(name) if is_address(name) else name


class StoryUnit(msgspec.Struct, frozen=True):
    """A unit and its networks; one without any is called by name only."""

    name: str
    cidr: tuple[str, ...] = ()


class StoryEvents(msgspec.Struct, frozen=True, rename={"threat": "class"}):
    """So many events of one rule about one subject. Of an attempt `peers` are who attacks it."""

    threat: Threat
    level: Level
    rule: str
    subject: str
    count: int = 1
    peers: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        _write_plainly(self, subject=_plain(self.subject), peers=tuple(map(_plain, self.peers)))


class Received(msgspec.Struct, frozen=True):
    """The papers that the subject's unit sends about it."""

    subject: str
    documents: tuple[PaperKind, ...] = ()

    def __post_init__(self) -> None:
        _write_plainly(self, subject=_plain(self.subject))


class StoryStep(msgspec.Struct, frozen=True, rename={"attempt": "try"}):
    """What happens at `at`, in the order of these fields."""

    n: int
    at: datetime
    events: tuple[StoryEvents, ...] = ()
    receive: Received | None = None
    then_within_24h: tuple[StoryEvents, ...] = ()
    quiet_for_h: float = 0
    attempt: Literal["close", "block"] | None = None
    ip: str | None = None
    approver: str | None = None
    advance: bool = False

    def __post_init__(self) -> None:
        if self.ip is not None:
            _write_plainly(self, ip=_plain(self.ip))


class Story(msgspec.Struct, frozen=True):
    """The whole of it. `policy`: in place of the default one, with its keys (`notices/measures.yml`)."""

    start: datetime
    units: tuple[StoryUnit, ...] = ()
    protected: tuple[str, ...] = ()
    steps: tuple[StoryStep, ...] = ()
    policy: dict[str, object] | None = None


def read_story(path: Path) -> Story:
    """Raises Problem, one line with the file and the key, where it is no story."""
    try:
        story = msgspec.convert(_without_nulls(msgspec.json.decode(path.read_bytes())), Story)
    except OSError as error:
        raise Problem(f"{path}: {error.strerror}; name a file with a story") from None
    except (msgspec.DecodeError, RecursionError) as error:  # of JSON that is no story msgspec names the place
        raise Problem(f"{path}: {error}") from None
    wrong = next(_wrong(story), None)
    if wrong:
        raise Problem(f"{path}: {wrong}")
    return story


def _without_nulls(value: object) -> object:
    """A key that is null is one that is left out."""
    if isinstance(value, dict):
        return {key: _without_nulls(inner) for key, inner in value.items() if inner is not None}
    return [_without_nulls(one) for one in value] if isinstance(value, list) else value


def policy_text(policy: dict[str, object]) -> str:
    """A story's policy as settings keep one: JSON is YAML."""
    return msgspec.json.encode(policy).decode()


def strange_keys(path: Path) -> list[str]:
    """Keys that mean nothing in a story, for whoever mistyped one."""
    document = msgspec.json.decode(path.read_bytes())
    return list(_strange(document, Story, ""))


_WITHIN: dict[str, type[msgspec.Struct]] = {
    "units": StoryUnit, "steps": StoryStep, "events": StoryEvents, "then_within_24h": StoryEvents,
    "receive": Received,
}  # fmt: skip


def _strange(value: object, of: type[msgspec.Struct], where: str) -> Iterator[str]:
    if isinstance(value, list):
        for number, one in enumerate(value):
            yield from _strange(one, of, f"{where}[{number}]")
    elif isinstance(value, dict):
        known = {field.encode_name for field in msgspec.structs.fields(of)}
        for key, inner in value.items():
            place = f"{where}.{key}".lstrip(".")
            if key not in known:
                yield place
            elif key in _WITHIN:
                yield from _strange(inner, _WITHIN[key], place)


def _wrong(story: Story) -> Iterator[str]:
    """What cannot be, with its key; types are right already."""
    yield from _zoneless("start", story.start)
    names = [unit.name.strip() for unit in story.units]
    for number, unit in enumerate(story.units):
        if not names[number] or names[number] in names[:number]:
            yield f"units[{number}].name: '{unit.name}' is empty or there already"
        for place, cidr in enumerate(unit.cidr):
            yield from _no_network(f"units[{number}].cidr[{place}]", cidr)
    for place, cidr in enumerate(story.protected):
        yield from _no_network(f"protected[{place}]", cidr)
    for number, step in enumerate(story.steps):
        yield from (f"steps[{number}].{said}" for said in _wrong_step(step))
    yield from _out_of_order(story)
    if story.policy is not None:
        yield from _no_policy(story.policy)
    told = sum(one.count for step in story.steps for one in (*step.events, *step.then_within_24h))
    if told > MAX_EVENTS:
        yield f"steps: {told} events are more than the {MAX_EVENTS} that a rehearsal takes"


def _out_of_order(story: Story) -> Iterator[str]:
    moments = [story.start, *(step.at for step in story.steps)]
    for number, (before, at) in enumerate(pairwise(moments)):
        if at < before:
            yield f"steps[{number}].at: {at.isoformat()} lies before {before.isoformat()}; time only passes"


def _wrong_step(step: StoryStep) -> Iterator[str]:
    yield from _zoneless("at", step.at)
    for name, events in (("events", step.events), ("then_within_24h", step.then_within_24h)):
        for number, one in enumerate(events):
            yield from (f"{name}[{number}].{said}" for said in _wrong_events(one))
    if step.receive is not None and not step.receive.subject.strip():
        yield "receive.subject: is empty; name the address that the letter is about"
    if not 0 <= step.quiet_for_h <= MAX_QUIET_H:
        yield f"quiet_for_h: {step.quiet_for_h} must be 0 to {MAX_QUIET_H} hours"
    if step.attempt == "block" and step.ip is None:
        yield "ip: is missing; try: block needs the address"
    if step.ip is not None and not is_address(step.ip):
        yield f"ip: '{step.ip}' is no IP address"


def _wrong_events(one: StoryEvents) -> Iterator[str]:
    for name, text in (("subject", one.subject), ("rule", one.rule)):
        if not text.strip():
            yield f"{name}: is empty"
    if not 0 < one.count <= MAX_COUNT:
        yield f"count: {one.count} must be 1 to {MAX_COUNT}"


def _zoneless(key: str, moment: datetime) -> Iterator[str]:
    if moment.tzinfo is None:
        yield f"{key}: '{moment.isoformat()}' has no zone; write 2026-05-20T09:00:00+08:00"


def _no_policy(policy: dict[str, object]) -> Iterator[str]:
    try:
        read_policy(policy_text(policy), "policy")
    except Problem as problem:
        yield str(problem)


def _no_network(key: str, text: str) -> Iterator[str]:
    try:
        read_network(text)
    except Problem:
        yield f"{key}: '{text}' is no address or CIDR"
