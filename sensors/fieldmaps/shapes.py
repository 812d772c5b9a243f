"""A field map: how the lines of one product are split, and which ECS name each of their fields gets."""

from typing import Literal

import msgspec

from taishi.core.ecs import Kind
from taishi.core.text import Text

Shape = Literal["pairs", "csv", "cef", "leef", "json", "pattern", "loose"]
Scalar = str | int | float | bool


class Recognize(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """By what a line is known as the product's: all of `keys` are there, `text` stands in it, and of CEF,
    LEEF and JSON these fields have one of these values. `any`: of each group one key is there, and what is
    to be an address is one; such a map only counts where no other fits."""

    keys: tuple[str, ...] = ()
    any: tuple[tuple[str, ...], ...] = ()
    text: str = ""
    fields: dict[str, tuple[str, ...]] = {}


class Time(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """When: the first of `keys` that has a value (several joined by ` + `), read as ISO 8601, seconds since
    1970 or a usual form, or by `format` (strptime); without an offset, in `zone`."""

    keys: tuple[str, ...] = ()
    zone: str = "Asia/Shanghai"
    format: str | None = None


class Target(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where a field goes. `values` translates (others stay as they are); `times` multiplies a number."""

    to: str | tuple[str, ...]
    values: dict[str, str] = {}
    times: float = 1.0

    @property
    def names(self) -> tuple[str, ...]:
        return (self.to,) if isinstance(self.to, str) else self.to


class Log(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One of the product's kinds of log, where all of `when` hold: each field is one of the values,
    in which `*` stands for any text; `@program` is the program that the syslog frame names."""

    when: dict[str, tuple[str, ...]]
    kind: Kind | None = None
    #: More keys like the map's `attack`.
    attack: tuple[str, ...] = ()
    set: dict[str, Scalar] = {}
    fields: dict[str, str | Target] = {}


class FieldMap(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One product. `set` are columns that always have this value."""

    name: str
    title: Text
    format: Shape
    recognize: Recognize
    module: str
    fields: dict[str, str | Target]
    dataset: str = ""
    time: Time = Time()
    kind: Kind | None = None
    set: dict[str, Scalar] = {}
    logs: tuple[Log, ...] = ()
    #: Keys whose value names an attack where a word of `taishi/kit/attacks/signs.yml` stands in it: an alert.
    attack: tuple[str, ...] = ()
    #: A key ← other ways to write it, compared without case, blanks, `_`, `-` and `.`.
    same: dict[str, tuple[str, ...]] = {}
    #: Between a key and its value; between pairs, or cells.
    assign: str = "="
    separator: str = ""
    #: Of CSV without a head line.
    columns: tuple[str, ...] = ()
    #: Regular expressions with named groups, the first that matches counts.
    patterns: tuple[str, ...] = ()
    note: str = ""
