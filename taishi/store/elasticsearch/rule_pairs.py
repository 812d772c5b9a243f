"""What rules see in an event and its other terms do not say: values inside objects, names without their
spaces, letters that only Unicode folds.

Each is a pair like those of the source's own fields, behind a mark with which no other pair begins.
"""

from collections.abc import Iterator

import msgspec

from taishi.core.event import Event, Extra, Json, Value
from taishi.store.asking import ADDRESSES
from taishi.store.elasticsearch.pieces import KEYWORD_UNITS, pieces

MARK = "_"
#: Longest name that rules are searched by, in characters.
LONGEST_NAME = 200
#: The one letter that rules take for an ASCII one (s) and Lucene's lower case does not.
_LONG_S = "\u017f"
#: A text of so many characters fits a term, whatever they are.
_SHORT = KEYWORD_UNITS // 2
#: Columns that no rule is searched by, and that may be long.
_NEVER = frozenset({"event.original", "message", "taishi.extra", "event.id"})
_encode = msgspec.json.Encoder().encode


def rule_pairs(event: Event, extra: Extra) -> list[str]:
    found = [*_of_columns(event), *_of_own(extra)]
    return list(dict.fromkeys(found))


def _of_own(extra: Extra) -> Iterator[str]:
    for key, value in extra.items():
        if isinstance(value, (dict, list, float)):
            for name in dict.fromkeys((key, key.replace(" ", ""))):
                for names, leaf in _leaves((name,), value):
                    for one in names:
                        yield from _pairs(one, _text(leaf))
        elif value is not None and (" " in key or _is_odd(value)):
            yield from _pairs(key.replace(" ", ""), _text(value))
            if _is_odd(value):
                yield from _pairs(key, _text(value))


def _leaves(names: tuple[str, ...], value: Json) -> Iterator[tuple[tuple[str, ...], Json]]:
    """Every plain value with the names that hold it: `a` and `a.b` for the 1 in {"a": {"b": 1}}."""
    left: list[tuple[tuple[str, ...], Json]] = [(names, value)]
    while left:
        names, found = left.pop()
        if isinstance(found, dict):
            left += [((*names, f"{names[-1]}.{key}"), inner) for key, inner in found.items()]
        elif isinstance(found, list):
            left += [(names, inner) for inner in found]
        elif found is not None:
            yield names, found


def _of_columns(event: Event) -> Iterator[str]:
    for name, value in event.fields.items():
        if name in _NEVER:
            continue
        for one in value if isinstance(value, list) else (value,):
            if isinstance(one, str) and (_is_odd(one) or _is_hidden(name, one, isinstance(value, list))):
                yield from _pairs(name, one)


def _is_odd(value: Json | Value) -> bool:
    return isinstance(value, str) and not value.isascii() and _LONG_S in value


def _is_hidden(name: str, text: str, listed: bool) -> bool:
    """Addresses are asked letter by letter; only single texts are cut into pieces."""
    return (listed and len(text) > _SHORT) or (name in ADDRESSES and text != text.lower())


def _pairs(name: str, text: str) -> Iterator[str]:
    if len(name) <= LONGEST_NAME:
        before = MARK + _encode(name).decode()
        for piece in pieces(text.replace(_LONG_S, "s")):
            yield before + piece


def _text(value: Json) -> str:
    """As rules see it (`detections.engine.values`)."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return value if isinstance(value, str) else str(value)
