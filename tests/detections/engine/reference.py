"""A plain Sigma matcher, one event at a time: slow, small, and meant to be seen to be right.

Written from the Sigma specification 2.1 alone; it shares nothing with the engine that it judges.
Where the specification is silent or speaks twice, the reading taken is said beside the code.
Single rules only: filters, collections and correlations have tables of their own.
"""

import re
from base64 import b64encode
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from decimal import Decimal
from fnmatch import fnmatchcase
from ipaddress import ip_address, ip_network

Event = Mapping[str, object]
Judge = Callable[[Event], bool]
#: One place of a pattern: the characters that may stand there, or how many of any may.
Place = frozenset[str] | str
ANY, ONE = "any number of characters", "one character"

DASHES = frozenset("-/\u2013\u2014\u2015")
ENCODINGS = {"wide": "utf-16-le", "utf16le": "utf-16-le", "utf16be": "utf-16-be", "utf16": "utf-16"}
FLAGS = {"i": re.IGNORECASE, "m": re.MULTILINE, "s": re.DOTALL}
TIME_PARTS = ("minute", "hour", "day", "week", "month", "year")
COMPARE = ("lt", "lte", "gt", "gte")
NUMBER = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]{1,3})?", re.ASCII)


def parse(detection: Mapping[str, object]) -> Judge:
    """A `detection` section as a test on an event. Several conditions: any of them (Condition)."""
    selections = {name: selection(given) for name, given in detection.items() if name != "condition"}
    given = detection["condition"]
    conditions = [Condition(str(one), selections).whole() for one in _listed(given)]
    return lambda event: any(holds(event) for holds in conditions)


class Condition:
    """Sigma's condition language by recursive descent: or < and < not < x of … < (…)."""

    def __init__(self, text: str, selections: Mapping[str, Judge]) -> None:
        self.words = re.findall(r"[()]|[^\s()]+", text)
        self.selections = selections

    def whole(self) -> Judge:
        judge = self.either()
        assert not self.words, f"left over: {self.words}"
        return judge

    def either(self) -> Judge:
        parts = [self.both()]
        while self.next_is("or"):
            parts.append(self.both())
        return lambda event: any(part(event) for part in parts)

    def both(self) -> Judge:
        parts = [self.negated()]
        while self.next_is("and"):
            parts.append(self.negated())
        return lambda event: all(part(event) for part in parts)

    def negated(self) -> Judge:
        if self.next_is("not"):
            inner = self.negated()
            return lambda event: not inner(event)
        return self.atom()

    def atom(self) -> Judge:
        word = self.words.pop(0)
        if word == "(":
            inner = self.either()
            assert self.words.pop(0) == ")"
            return inner
        if self.next_is("of"):
            named = self.named(self.words.pop(0))
            link = {"1": any, "all": all}[word]
            return lambda event: link(judge(event) for judge in named)
        return self.selections[word]

    def named(self, pattern: str) -> list[Judge]:
        """`them` leaves out names with a leading underscore; patterns do the same unless they begin so."""
        wanted = "*" if pattern == "them" else pattern
        names = [name for name in self.selections if fnmatchcase(name, wanted)]
        found = [name for name in names if wanted.startswith("_") or not name.startswith("_")]
        assert found, f"{pattern} names nothing"
        return [self.selections[name] for name in found]

    def next_is(self, word: str) -> bool:
        return self.words[:1] == [word] and bool(self.words.pop(0))


def selection(given: object) -> Judge:
    """A map: all of it. A list: any of it, maps or keywords (Lists, Maps, Keywords search)."""
    if isinstance(given, Mapping):
        items = [item(str(key), value) for key, value in given.items()]
        return lambda event: all(holds(event) for holds in items)
    if isinstance(given, list):
        parts = [selection(part) for part in given]
        return lambda event: any(holds(event) for holds in parts)
    return item("", given)


def item(key: str, given: object) -> Judge:
    """`field|modifiers: values`; an empty field name: keywords."""
    field, *modifiers = key.split("|")
    tests = [value_test(field, modifiers, value) for value in _listed(given)]
    link = all if "all" in modifiers else any
    if "neq" in modifiers:  # "different from the specified values": what would hit, does not
        return lambda event: not link(test(event) for test in tests)
    return lambda event: link(test(event) for test in tests)


def value_test(field: str, modifiers: list[str], value: object) -> Judge:
    if "exists" in modifiers:  # "only verifies the presence of a field, not its value"
        return lambda event: bool(lookup(event, field)) is value
    if value is None:
        return lambda event: not values(event, field)
    if "fieldref" in modifiers:
        return lambda event: any(
            same(mine, other, modifiers)
            for mine in values(event, field)
            for other in values(event, str(value))
        )
    test = single(modifiers if field else [*modifiers, *_keyword(modifiers)], value)
    return lambda event: any(map(test, values(event, field)))


def _keyword(modifiers: list[str]) -> list[str]:
    """Keywords are sought in the whole message: as `contains`, where nothing else is said."""
    return [] if {"re", "contains", "startswith", "endswith"} & set(modifiers) else ["contains"]


def single(modifiers: list[str], value: object) -> Callable[[object], bool]:
    """The test of one value of an event."""
    for modifier in modifiers:
        if modifier == "re":
            flags = [FLAGS[one] for one in modifiers if one in FLAGS]
            pattern = re.compile(str(value), sum(flags))
            return lambda seen: pattern.search(text(seen)) is not None
        if modifier == "cidr":
            return lambda seen: within(seen, str(value))
        if modifier in TIME_PARTS:
            rest = [one for one in modifiers if one in COMPARE]
            return lambda seen: compared(time_part(seen, modifier), [*rest, "equal"][0], number(value))
        if modifier in COMPARE:
            return lambda seen: compared(number(seen), modifier, number(value))
    if isinstance(value, int | float) and not isinstance(value, bool) and not {*modifiers} - {"all", "neq"}:
        return lambda seen: number(seen) == number(value)
    patterns, cased = made(text(value), modifiers), "cased" in modifiers
    return lambda seen: any(fits(pattern, text(seen), cased) for pattern in patterns)


def made(value: str, modifiers: list[str]) -> list[list[Place]]:
    """The patterns that the modifiers make of a text, "applied in the given order"."""
    patterns, encoding = [list(places(value))], ""
    for modifier in modifiers:
        if modifier == "contains":
            patterns = [[ANY, *one, ANY] for one in patterns]
        elif modifier == "startswith":
            patterns = [[*one, ANY] for one in patterns]
        elif modifier == "endswith":
            patterns = [[ANY, *one] for one in patterns]
        elif modifier == "windash":  # "converts the aforementioned characters interchangeably"
            patterns = [[_dashed(place) for place in one] for one in patterns]
        elif modifier in ENCODINGS:
            encoding = ENCODINGS[modifier]
            if not {"base64", "base64offset"} & set(modifiers):
                patterns = [list(_plain(chr(byte) for byte in _bytes(one, encoding))) for one in patterns]
        elif modifier == "base64":
            patterns = [list(_plain(b64encode(_bytes(one, encoding)).decode())) for one in patterns]
        elif modifier == "base64offset":
            patterns = [list(_plain(part)) for one in patterns for part in offsets(_bytes(one, encoding))]
    return patterns


def places(value: str) -> Iterator[Place]:
    """Escape Character: a backslash takes the meaning of a `*`, `?` or backslash after it, nothing else's."""
    at = 0
    while at < len(value):
        if value[at] == "\\" and value[at + 1 : at + 2] in ("*", "?", "\\"):
            at += 1
            yield frozenset(value[at])
        else:
            yield {"*": ANY, "?": ONE}.get(value[at], frozenset(value[at]))
        at += 1


def _dashed(place: Place) -> Place:
    return DASHES if isinstance(place, frozenset) and place <= DASHES else place


def _plain(characters: str | Iterator[str]) -> Iterator[Place]:
    return map(frozenset, characters)


def _bytes(pattern: list[Place], encoding: str) -> bytes:
    plain = "".join(character for place in pattern for character in place)
    mark = b"\xff\xfe" if encoding == "utf-16" else b""
    return mark + plain.encode("utf-16-le" if mark else encoding or "utf-8")


def offsets(data: bytes) -> Iterator[str]:
    """What is the same in Base64 whatever stands before and after, at each of the three shifts."""
    for shift in range(3):
        encoded = b64encode(b"?" * shift + data + b"???").decode()
        yield encoded[-(-shift * 8 // 6) : (shift + len(data)) * 8 // 6]


def fits(pattern: list[Place], seen: str, cased: bool) -> bool:
    """Whether the whole text fits; a place at a time, keeping every position that can be reached."""
    letters = seen if cased else [fold(letter) for letter in seen]
    reached = {0}
    for place in pattern:
        if place is ANY:
            reached = set(range(min(reached), len(letters) + 1))
        elif place is ONE:
            reached = {at + 1 for at in reached if at < len(letters)}
        else:
            wanted = place if cased else {fold(letter) for letter in place}
            reached = {at + 1 for at in reached if at < len(letters) and letters[at] in wanted}
        if not reached:
            return False
    return len(letters) in reached


def fold(letter: str) -> str:
    """Unicode's simple case folding: one letter stays one letter, wherever it stands."""
    return next((one for one in (letter.casefold(), letter.lower()) if len(one) == 1), letter)


def same(mine: object, other: object, modifiers: list[str]) -> bool:
    """Two fields of an event (`fieldref`); what stands in the other one is text, without wildcards."""
    left, right = ("".join(map(fold, text(one))) for one in (mine, other))
    if "cased" in modifiers:
        left, right = text(mine), text(other)
    if "contains" in modifiers:
        return right in left
    if "startswith" in modifiers:
        return left.startswith(right)
    if "endswith" in modifiers:
        return left.endswith(right)
    numeric = isinstance(mine, int | float) or isinstance(other, int | float)
    return left == right or (numeric and number(mine) is not None and number(mine) == number(other))


def within(seen: object, network: str) -> bool:
    try:
        return ip_address(text(seen)) in ip_network(network)
    except ValueError:
        return False


def compared(left: Decimal | None, how: str, right: Decimal | None) -> bool:
    if left is None or right is None:
        return False
    return {
        "lt": left < right,
        "lte": left <= right,
        "gt": left > right,
        "gte": left >= right,
        "equal": left == right,
    }[how]


def number(seen: object) -> Decimal | None:
    """JSON's numbers and texts of such, and hexadecimal text; true and false are no numbers."""
    if isinstance(seen, bool) or not isinstance(seen, int | float | str):
        return None
    if isinstance(seen, str) and re.fullmatch("0[xX][0-9a-fA-F]+", seen):
        return Decimal(int(seen, 16))
    return Decimal(str(seen)) if NUMBER.fullmatch(str(seen)) else None


def time_part(seen: object, part: str) -> Decimal | None:
    """In the zone it is written in: the modifiers are "not designed to handle timezone" conversions."""
    try:
        when = datetime.fromisoformat(text(seen))
    except ValueError:
        return None
    return Decimal(when.isocalendar().week if part == "week" else getattr(when, part))


def text(seen: object) -> str:
    """As JSON writes it."""
    return str(seen).lower() if isinstance(seen, bool) else str(seen)


def values(event: Event, field: str) -> list[object]:
    """What a field holds, any element of a list; for a keyword (no field) all that the event holds."""
    return list(_flat(lookup(event, field) if field else list(event.values())))


def lookup(event: object, field: str) -> list[object]:
    """By its name; by its name without spaces (Field Usage 2); by its path through nested objects."""
    if isinstance(event, list):
        return [found for part in event for found in lookup(part, field)]
    if not isinstance(event, Mapping):
        return []
    if field in event:
        return [event[field]]
    if named := [value for name, value in event.items() if name.replace(" ", "") == field]:
        return named[:1]
    ends = [at for at, letter in enumerate(field) if letter == "."]
    return [found for at in ends for found in lookup(event.get(field[:at]), field[at + 1 :])]


def _flat(seen: object) -> Iterator[object]:
    if isinstance(seen, list):
        for part in seen:
            yield from _flat(part)
    elif isinstance(seen, Mapping):
        yield from _flat(list(seen.values()))
    elif seen is not None:
        yield seen


def _listed(given: object) -> list[object]:
    return given if isinstance(given, list) else [given]
