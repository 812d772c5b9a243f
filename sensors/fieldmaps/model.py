"""A field map read from its YAML, checked, and what follows from it for every line."""

import re
from dataclasses import dataclass
from functools import cached_property
from typing import cast
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec
import regex  # type: ignore[import-untyped]
import yaml

from sensors.fieldmaps.plan import Plan, plan_of
from sensors.fieldmaps.shapes import FieldMap
from taishi.core import ecs
from taishi.core.problems import Problem

#: A map is written by hand; what is larger is something else.
MOST_BYTES = 128 << 10
_NAME = re.compile(r"[a-z][a-z0-9_]{1,63}")
_FIELD = re.compile(r"@timestamp|[a-z][a-z0-9_]*(?:\.[a-zA-Z0-9_@-]+)+|message")
#: What our own stages write.
_OURS = re.compile(r"taishi\.(?!flow\.state|flow\.\w+_payload|logon\.method|http\.headers)")


@dataclass(frozen=True)
class Mapped:
    """A map that has been checked, ready for lines. `own`: from the data directory, not shipped."""

    map: FieldMap
    text: str
    own: bool
    patterns: tuple["regex.Pattern[str]", ...] = ()

    @property
    def name(self) -> str:
        return self.map.name

    @cached_property
    def marks(self) -> tuple[str, ...]:
        """Texts that stand in every line of the product."""
        known, form = self.map.recognize, self.map.format
        if form in ("cef", "leef"):
            return (f"{form.upper()}:", *((known.text,) if known.text else ()))
        keys = (key.rpartition(".")[2] for key in known.keys)
        return tuple(mark for mark in (known.text, *keys) if mark)

    @cached_property
    def written(self) -> dict[str, str]:
        """Each way to write a key, without what does not count, and the key."""
        return {plain_key(way): key for key, ways in self.map.same.items() for way in (key, *ways)}

    @cached_property
    def hint(self) -> "re.Pattern[str] | None":
        """Found in whatever line, in small letters, a map with `recognize.any` may fit."""
        groups = self.map.recognize.any
        if not groups:
            return None
        ways = {
            way for key in groups[-1] for way in (key.lower(), *map(str.lower, self.map.same.get(key, ())))
        }
        longest = sorted(ways, key=lambda way: (-len(way), way))
        return re.compile("|".join(re.escape(way).replace("_", "[ _.-]?") for way in longest))

    @cached_property
    def addresses(self) -> tuple[str, ...]:
        """Keys whose value is to be an address."""
        return tuple(key for key, to in self.map.fields.items() if to in ("source.ip", "destination.ip"))

    @cached_property
    def weight(self) -> int:
        """How many marks a line of it has."""
        known = self.map.recognize
        return len(known.keys) + len(known.fields) + bool(known.text)

    @cached_property
    def plan(self) -> Plan:
        """What it asks of a line, worked out once."""
        return plan_of(self.map)

    @cached_property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.map.time.zone)


def plain_key(key: str) -> str:
    """A key as it is compared: `Src_IP`, `src-ip` and `srcIp` are one."""
    return "".join(letter for letter in key.lower() if letter.isalnum() or letter == "@")


def read_map(text: str, where: str, *, own: bool = False) -> Mapped:
    """A map from its YAML. Raises Problem naming place and reason in one line."""
    if len(text.encode()) > MOST_BYTES:
        raise Problem(f"{where}: more than {MOST_BYTES >> 10} KiB; a field map is smaller")
    try:
        if any(isinstance(event, yaml.AliasEvent) for event in yaml.parse(text, yaml.CSafeLoader)):
            raise Problem(f"{where}: anchors and aliases are not taken; write the values out")
        document = yaml.load(text, yaml.CSafeLoader)
    except yaml.YAMLError as error:
        raise Problem(f"{where}: no YAML: {' '.join(str(error).split())}") from None
    except (ValueError, RecursionError) as error:
        raise Problem(f"{where}: no YAML: {error}") from None
    try:
        found = msgspec.convert(document, FieldMap, strict=False)
    except (msgspec.ValidationError, TypeError, ValueError) as error:
        raise Problem(f"{where}: {error}") from None
    return Mapped(found, text, own, _checked(found, where))


def _checked(found: FieldMap, where: str) -> tuple["regex.Pattern[str]", ...]:
    if not _NAME.fullmatch(found.name):
        raise Problem(f"{where}: name {found.name!r}: small letters, digits and _ only, a letter first")
    if not any((found.recognize.keys, found.recognize.text, found.recognize.fields, found.recognize.any)):
        raise Problem(f"{where}: recognize: name keys, a text or fields by which the lines are known")
    if found.format == "pattern" and not found.patterns:
        raise Problem(f"{where}: patterns: format pattern needs at least one")
    try:
        ZoneInfo(found.time.zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise Problem(f"{where}: time.zone {found.time.zone!r}: no such zone; write Asia/Shanghai") from None
    groups = [("", found.fields, found.set)]
    groups += [(f"logs[{at}].", log.fields, log.set) for at, log in enumerate(found.logs)]
    for place, fields, fixed in groups:
        for key, target in fields.items():
            for name in (target,) if isinstance(target, str) else target.names:
                _check_name(name, f"{where}: {place}fields.{key}")
        for name in fixed:
            _check_name(name, f"{where}: {place}set")
    return tuple(_compiled(pattern, f"{where}: patterns[{at}]") for at, pattern in enumerate(found.patterns))


def _check_name(name: str, where: str) -> None:
    if not _FIELD.fullmatch(name):
        raise Problem(f"{where}: {name!r} is no ECS field name (source.ip, event.action …)")
    if _OURS.match(name):
        raise Problem(f"{where}: {name} is written by the platform itself")


def _compiled(pattern: str, where: str) -> "regex.Pattern[str]":
    try:
        return cast("regex.Pattern[str]", regex.compile(pattern, regex.DOTALL))
    except regex.error as error:
        raise Problem(f"{where}: no regular expression: {error}") from None


def is_column(name: str) -> bool:
    """Whether a field has a column of its own; others are kept beside, under their name."""
    return name in ecs.column_types()
