"""What exporters have told of themselves and what must outlive a restart: templates, sampling, boot times."""

import os
from collections import OrderedDict
from dataclasses import dataclass
from pathlib import Path

import msgspec

from sensors.exports.parsing import shortest, stated_rate
from sensors.exports.record import VARIABLE, Field, Record

#: Templates that are kept, the least used going first: an address is easily forged where many may send.
MAX_TEMPLATES = 10_000
#: Sampling rates and boot times that are kept, the oldest going first.
MAX_STATED = 10_000

#: Exporter and observation domain (NetFlow v9: source id).
Stream = tuple[str, int]


@dataclass(frozen=True)
class Template:
    """How records of one id are cut up. `options`: they tell of the exporter, not of traffic."""

    fields: tuple[Field, ...]
    options: bool
    shortest: int
    variable: bool
    repeats: bool

    @classmethod
    def of(cls, fields: tuple[Field, ...], options: bool) -> "Template":
        names = {name for name, _, _ in fields}
        variable = any(length == VARIABLE for _, _, length in fields)
        return cls(fields, options, shortest(fields), variable, len(names) != len(fields))


class _Kept(msgspec.Struct):
    """The file's content."""

    templates: list[tuple[str, int, int, bool, tuple[Field, ...]]] = []
    rates: list[tuple[str, int, int | None, int]] = []
    booted: list[tuple[str, int, int]] = []


class Memory:
    """Asked and filled by decoding; not safe for threads. `changed` says that saving would add something."""

    def __init__(self) -> None:
        self._templates: OrderedDict[tuple[str, int, int], Template] = OrderedDict()
        self._rates: dict[tuple[str, int, int | None], int] = {}
        self._booted: dict[Stream, int] = {}
        self.changed = False

    def learn(self, stream: Stream, number: int, fields: tuple[Field, ...], options: bool) -> None:
        key = (*stream, number)
        known = self._templates.get(key)
        if known is None or (known.fields, known.options) != (fields, options):
            self._templates[key] = Template.of(fields, options)
            self.changed = True
        self._templates.move_to_end(key)
        if len(self._templates) > MAX_TEMPLATES:
            self._templates.popitem(last=False)

    def template(self, stream: Stream, number: int) -> Template | None:
        found = self._templates.get((*stream, number))
        if found is not None:
            self._templates.move_to_end((*stream, number))
        return found

    def note(self, stream: Stream, option: Record) -> None:
        """Takes what an option record says of sampling and of when the exporter started."""
        rate = stated_rate(option)
        if rate is not None:
            self._set_rate((*stream, _selector(option)), rate)
        booted = option.get("system_init_time_ms")
        if isinstance(booted, int) and self._booted.get(stream) != booted:
            _bounded(self._booted)
            self._booted[stream] = booted
            self.changed = True

    def _set_rate(self, key: tuple[str, int, int | None], rate: int) -> None:
        if self._rates.get(key) != rate:
            _bounded(self._rates)
            self._rates[key] = rate
            self.changed = True

    def rate(self, stream: Stream, record: Record) -> int:
        """One of how many packets a flow record tells of: what it says itself, what its sampler was said
        to do, what its observation domain does; 1 where nobody said anything.
        """
        own = stated_rate(record)
        if own is not None and own > 1:
            return own
        selector = _selector(record)
        if selector is not None:
            stated = self._rates.get((*stream, selector))
            if stated is not None:
                return stated
            if selector == 0:  # sampled by none
                return 1
        whole = self._rates.get((*stream, None))
        if whole is not None:
            return whole
        # A record that names no sampler, of a domain that has one.
        known = {rate for (*of, _), rate in self._rates.items() if tuple(of) == stream}
        return known.pop() if selector is None and len(known) == 1 else 1

    def booted(self, stream: Stream) -> int | None:
        """When the exporter started, in milliseconds since 1970, where it has said so."""
        return self._booted.get(stream)

    def save(self, path: Path) -> None:
        """Replaces the file as a whole: whoever reads it after a kill finds the old one or the new one."""
        kept = _Kept(
            [(*key, one.options, one.fields) for key, one in self._templates.items()],
            [(*key, rate) for key, rate in self._rates.items()],
            [(*key, booted) for key, booted in self._booted.items()],
        )
        path.parent.mkdir(parents=True, exist_ok=True)
        new = path.with_name(path.name + ".new")
        with new.open("wb") as file:
            file.write(msgspec.json.encode(kept))
            file.flush()
            os.fsync(file.fileno())
        new.replace(path)
        self.changed = False

    @classmethod
    def load(cls, path: Path) -> "Memory":
        """What was saved; nothing where there is no file or somebody damaged it: exporters say it again."""
        memory = cls()
        try:
            kept = msgspec.json.decode(path.read_bytes(), type=_Kept)
        except (OSError, msgspec.DecodeError):
            return memory
        for exporter, domain, number, options, fields in kept.templates[-MAX_TEMPLATES:]:
            memory._templates[exporter, domain, number] = Template.of(fields, options)
        memory._rates.update({(one, domain, of): rate for one, domain, of, rate in kept.rates[-MAX_STATED:]})
        memory._booted.update({(one, domain): at for one, domain, at in kept.booted[-MAX_STATED:]})
        return memory

    def __len__(self) -> int:
        return len(self._templates)


def _selector(record: Record) -> int | None:
    for name in ("sampler_id", "selector_id"):
        value = record.get(name)
        if isinstance(value, int):
            return value
    return None


def _bounded(stated: dict[Stream, int] | dict[tuple[str, int, int | None], int]) -> None:
    """Makes room for one more."""
    if len(stated) >= MAX_STATED:
        del stated[next(iter(stated))]  # type: ignore[arg-type] # one key of either mapping
