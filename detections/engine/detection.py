"""The detection section of a rule, in pySigma's types so that pySigma's pipelines can work on it."""

from collections.abc import Mapping
from math import isfinite

from sigma.rule import SigmaDetection, SigmaDetectionItem, SigmaDetections
from sigma.types import SigmaBool, SigmaNull, SigmaNumber, SigmaString, SigmaType

from detections.engine.modifiers import MODIFIERS
from detections.engine.regexes import check_length
from detections.engine.rule import Unsupported
from detections.engine.times import PARTS
from detections.engine.values import as_text

#: Modifiers that make text of whatever stands in the rule.
_TEXT = frozenset(
    {"base64", "base64offset", "cased", "contains", "endswith", "re", "startswith"}
    | {"utf16", "utf16be", "utf16le", "wide", "windash"}
)
#: With these a value without a field is no text to be searched for.
_TYPED = frozenset({"cidr", "exists", "fieldref", "gt", "gte", "lt", "lte", *PARTS})
#: Whole numbers up to here are the same as floats.
_EXACT = 2**53


def read_detections(given: object, part: str = "detection") -> SigmaDetections:
    """Selections and condition lines of a rule's detection or a filter's `filter`.

    Raises Unsupported or SigmaError.
    """
    if not isinstance(given, dict):
        raise Unsupported(f"{part}: must be a mapping of selections and a condition, not {_sort(given)}")
    conditions = _conditions(given.get("condition"))
    selections = {
        str(name): _detection(str(name), value)
        for name, value in given.items()
        if name != "condition" and not (part == "filter" and name == "rules")
    }
    return SigmaDetections(selections, conditions)


def _conditions(given: object) -> list[str]:
    lines = given if isinstance(given, list) else [given]
    if not lines:
        raise Unsupported("condition: an empty list says nothing")
    for line in lines:
        if not isinstance(line, str) or not line.strip():
            raise Unsupported(f"condition: must be text that names selections, not {_sort(line)}")
    return [str(line) for line in lines]


def _detection(name: str, given: object) -> SigmaDetection:
    if given is None or given == [] or given == {}:
        raise Unsupported(f"selection {name!r} is empty: it would hold for nothing")
    if isinstance(given, dict):
        return SigmaDetection([_item(key, value) for key, value in given.items()])
    if isinstance(given, list) and any(isinstance(one, (dict, list)) for one in given):
        return SigmaDetection([_detection(name, one) for one in given])
    return SigmaDetection([_item("", given)])


def _item(key: object, given: object) -> SigmaDetectionItem:
    if not isinstance(key, str | int) or isinstance(key, bool):
        raise Unsupported(f"the name of a field must be text, not {_sort(key)}")
    field, *names = str(key).split("|")
    for name in names:
        if name not in MODIFIERS:
            raise Unsupported(f"{key}: unknown modifier {name!r}")
    values = given if isinstance(given, list) else [given]
    if not values:
        raise Unsupported(f"{key}: an empty list has no value to match")
    used = frozenset(names)
    as_words = "fieldref" not in used if used & _TEXT else not (field or used & _TYPED)
    found = [_value(str(key), value, as_words, "re" in used) for value in values]
    return SigmaDetectionItem(field or None, [MODIFIERS[name] for name in names], found)


def _value(key: str, given: object, as_words: bool, is_regex: bool) -> SigmaType:
    if isinstance(given, str) or (as_words and isinstance(given, int | float)):
        text = as_text(given)
        if is_regex:
            check_length(text)
            return SigmaString.from_str(text)
        return SigmaString(text)
    if isinstance(given, bool):
        return SigmaBool(given)
    if isinstance(given, int | float):
        return _number(key, given)
    if given is None and key and not as_words:
        return SigmaNull()
    raise Unsupported(f"{key or 'keywords'}: {_sort(given)} cannot be matched here")


def _number(key: str, given: int | float) -> SigmaNumber:
    """pySigma makes floats of numbers, which are not exact beyond 53 bits."""
    if isinstance(given, float) and not isfinite(given):
        raise Unsupported(f"{key}: {given} is no number to compare with")
    made = SigmaNumber(0)
    is_whole = isinstance(given, int) or (given.is_integer() and abs(given) <= _EXACT)
    made.number = int(given) if is_whole else given
    return made


def _sort(given: object) -> str:
    """What a value of YAML is called."""
    names: Mapping[type, str] = {
        dict: "a mapping",
        list: "a list",
        bool: "true or false",
        type(None): "nothing",
    }
    return names.get(type(given), f"{str(given)[:40]!r}")
