"""What a map asks of a line, worked out once: which fields go where and how, for each of its kinds of log."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fnmatch import translate
from functools import cached_property, lru_cache

from sensors.fieldmaps.shapes import FieldMap, Log, Target
from sensors.lines import Damaged
from taishi.core.ecs import Kind
from taishi.core.event import Json

#: What the frame names as program, for `when`.
PROGRAM = "@program"
#: What a firewall did, as products call it; ECS has no list of words for `event.action`.
_ACTIONS = {
    word: action
    for action, words in {
        "allow": "allow allowed accept accepted permit permitted pass passed passthrough built start close "
        "允许 放行 通过 接受 转发 准许",
        "deny": "deny denied drop dropped block blocked reject rejected discard reset rst refuse "
        "teardown-deny clear_session server-rst client-rst "
        "拒绝 阻断 已阻断 已拦截 丢弃 拦截 禁止 封锁 封堵 阻止 重置",
        "alert": "alert alerted detect detected log monitor monitored 告警 检测 记录 仅记录 监控 报警",
    }.items()
    for word in words.split()
}
#: IANA protocol numbers that logs write instead of names.
_TRANSPORTS = {
    "1": "icmp",
    "6": "tcp",
    "17": "udp",
    "58": "ipv6-icmp",
    "47": "gre",
    "50": "esp",
    "132": "sctp",
}

#: Makes a column's value of a field's, which is stripped where it is text. Raises Damaged.
Make = Callable[[Json], Json]
#: Whether a field's value is the one asked for.
_Test = Callable[[str], object]


@dataclass(frozen=True)
class Part:
    """A map for one of its kinds of log. `steps`: by field the columns it fills; None: with its own value."""

    when: tuple[tuple[str, _Test], ...]
    steps: Mapping[str, tuple[tuple[str, Make | None], ...]]
    #: Columns that always have this value: what the frame tells goes before the second.
    fixed: Mapping[str, Json]
    set: Mapping[str, Json]
    attack: tuple[str, ...]
    kind: Kind | None
    #: Keys that are read as the time, and what the frame names as program: not kept beside.
    times: frozenset[str]

    @cached_property
    def shape(self) -> Callable[[tuple[str, ...]], "Shape"]:
        """What it asks of a line with these keys, in their order; a device's lines have few such."""
        return lru_cache(maxsize=256)(self._shape)

    def _shape(self, keys: tuple[str, ...]) -> "Shape":
        held = frozenset(keys)
        return Shape(
            steps=tuple((key, steps) for key, steps in self.steps.items() if key in held),
            beside=tuple(key for key in keys if key not in self.times),
            attack=tuple(key for key in self.attack if key in held),
        )

    def holds(self, own: Mapping[str, Json]) -> bool:
        for key, test in self.when:
            value = own.get(key, _ABSENT)
            if value is _ABSENT or not test(str(value)):
                return False
        return True


@dataclass(frozen=True)
class Shape:
    """A part for lines that have the same keys. Of two fields for one column the first in `steps` counts.

    `beside`: keys that are kept where no column took their value; `attack`: those that may name one.
    """

    steps: tuple[tuple[str, tuple[tuple[str, Make | None], ...]], ...]
    beside: tuple[str, ...]
    attack: tuple[str, ...]


@dataclass(frozen=True)
class Plan:
    """The parts in the order in which they are tried, and what holds where none does."""

    parts: tuple[Part, ...]
    rest: Part


_ABSENT = object()


def plan_of(known: FieldMap) -> Plan:
    """The plan of a map."""
    parts = tuple(_part(known, log) for log in known.logs)
    return Plan(parts, _part(known, Log(when={})))


def _part(known: FieldMap, log: Log) -> Part:
    """Fields that the kind of log names go before the map's."""
    return Part(
        when=tuple((key, _test(values)) for key, values in log.when.items()),
        steps={key: _steps(to) for key, to in {**log.fields, **_others(known, log)}.items()},
        fixed={
            "event.module": known.module,
            "event.dataset": known.dataset or f"{known.module}.log",
        },
        set={**known.set, **log.set},
        attack=(*log.attack, *known.attack),
        kind=log.kind or known.kind,
        times=frozenset((*known.time.keys, PROGRAM)),
    )


def _others(known: FieldMap, log: Log) -> dict[str, str | Target]:
    return {key: to for key, to in known.fields.items() if key not in log.fields}


def _test(values: tuple[str, ...]) -> _Test:
    """`*` stands for any text."""
    if values == ("*",):
        return lambda _: True
    if not any(set(value) & set("*?[") for value in values):
        return frozenset(values).__contains__
    return re.compile("|".join(map(translate, values))).match


def _steps(given: str | Target) -> tuple[tuple[str, Make | None], ...]:
    target = Target(given) if isinstance(given, str) else given
    return tuple((name, _make(target, name)) for name in target.names)


def _make(target: Target, name: str) -> Make | None:
    known = {"event.action": _action, "network.transport": _transport}.get(name)
    times = _multiplied(name, target.times) if target.times != 1.0 else None
    if not target.values and times is None:
        return known

    def made(value: Json) -> Json:
        if isinstance(value, str):
            if value in target.values:
                return target.values[value]
            if known is not None:
                return known(value)
        return value if times is None else times(value)

    return made


def _action(value: Json) -> Json:
    return _ACTIONS.get(value.lower(), value) if isinstance(value, str) else value


def _transport(value: Json) -> Json:
    return _TRANSPORTS.get(value, value.lower()) if isinstance(value, str) else value


def _multiplied(name: str, times: float) -> Make:
    def made(value: Json) -> Json:
        try:
            return round(float(str(value)) * times)
        except (ValueError, OverflowError):
            raise Damaged(f"{name} is no number: {str(value)[:40]!r}") from None

    return made
