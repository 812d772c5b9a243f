"""Lines of a product become fields by their own names: pairs, cells, CEF, LEEF, JSON, patterns."""

import csv
import re
from collections.abc import Sequence
from functools import lru_cache

from sensors.ecs_rows import flat
from sensors.fieldmaps.loose import loose
from sensors.fieldmaps.model import Mapped, plain_key
from sensors.fieldmaps.shapes import FieldMap
from sensors.lines import Damaged
from sensors.values import json_object
from taishi.core.event import Json

Fields = dict[str, Json]

#: A pattern is an administrator's; one that runs away is stopped (seconds).
_PATIENCE = 0.5
_QUOTED = r'"(?:[^"\\]|\\.)*"'
#: A key: letters of any script, digits and what vendors put into names: `SrcIPAddr(1003)`, `用户名/主机`.
_KEY = r"[\w@][\w.@/()（）\[\] -]{0,63}?"
_COLON_SEPARATORS = r"[,;|，；\t]"
_EQUALS_SEPARATORS = r"[\s,;|，；]"
#: Codes that H3C writes behind its keys.
_CODE = re.compile(r"\(\d{1,6}\)$")
_HEADER = re.compile(r"(?<!\\)\|")
_CEF_HEAD = (
    "Version", "DeviceVendor", "DeviceProduct", "DeviceVersion", "DeviceEventClassID", "Name", "Severity",
)  # fmt: skip
_LEEF_HEAD = ("Version", "Vendor", "Product", "ProductVersion", "EventID")
#: A key of a CEF extension: a word before `=`, at the beginning or behind a blank.
_EXTENSION = re.compile(r"(?:^|\s)([\w.\[\]-]+)=")
_ESCAPED = re.compile(r"\\([\\=|nr])")


def split(mapped: Mapped, text: str, head: Sequence[str] | None = None) -> Fields:
    """The fields of a line without its frame; `head`: the names of a CSV's columns. Raises Damaged."""
    found = mapped.map
    if found.format == "pairs":
        return dict(pairs(text, found.assign, found.separator))
    if found.format == "cef":
        return cef(text)
    if found.format == "leef":
        return leef(text)
    if found.format == "json":
        return flat(json_object(text.encode()))
    if found.format == "pattern":
        return _matched(mapped, text)
    if found.format == "loose":
        return _as_written(mapped, loose(text))
    return _cells(found, text, head)


def _as_written(mapped: Mapped, fields: Fields) -> Fields:
    """Other ways to write a key become the key; of two, the first with a value counts."""
    found: Fields = {}
    for name, value in fields.items():
        key = mapped.written.get(plain_key(name), name)
        if key not in found or found[key] in ("", "-", None):
            found[key] = value
    return found


def pairs(text: str, assign: str = "=", separator: str = "") -> Fields:
    """Every pair; a value goes on to the next key, quotes are taken off. Of a key the first counts."""
    places = [(one[1], *one.span()) for one in _pair_form(assign, separator).finditer(text) if one[1]]
    found: Fields = {}
    end = len(text)
    for key, start, behind in reversed(places):  # the first of a key is written last, and stays
        value = text[behind:end].strip(" \t,;|，；")
        if end == len(text) and assign == "=" and separator.strip():
            value = value.removesuffix(".")  # Huawei ends its lists as sentences
        key, end = key.strip(), start
        if value[-1:] in _CLOSING:
            value = _unquoted(value)
        found[_CODE.sub("", key) if key[-1] == ")" else key] = value
    return dict(reversed(found.items()))


#: What a value that stands in quotes or ends a list in brackets ends in.
_CLOSING = frozenset("\"')")


@lru_cache(maxsize=64)
def _pair_form(assign: str, separator: str) -> re.Pattern[str]:
    colon = assign in (":", "：")
    mark = "[:：]" if colon else re.escape(assign)
    between = (
        re.escape(separator) if separator.strip() else _COLON_SEPARATORS if colon else _EQUALS_SEPARATORS
    )
    key = _KEY if colon else r"[\w@][\w.@/()\[\]-]{0,63}?"
    return re.compile(rf"{_QUOTED}|(?:^|(?<={between}))\s*(?P<key>{key})\s*{mark}")


def _unquoted(value: str) -> str:
    if value.endswith(")") and "(" not in value:  # the end of a list in brackets
        value = value[:-1].rstrip()
    if len(value) > 1 and value[0] == value[-1] and value[0] in "\"'":
        return value[1:-1].replace('\\"', '"')
    return value


def cef(text: str) -> Fields:
    """`CEF:0|vendor|product|version|class|name|severity|extension` (ArcSight, Implementing CEF, 2017).

    `cs1` … get the name that their `cs1Label` gives them, beside their own.
    """
    begin = text.find("CEF:")
    parts = _HEADER.split(text[begin + 4 :], maxsplit=7) if begin >= 0 else []
    if len(parts) < 7:
        raise Damaged("no CEF (CEF:0|vendor|product|version|class|name|severity|…)")
    found: Fields = {name: _unescaped(part) for name, part in zip(_CEF_HEAD, parts, strict=False)}
    if len(parts) == 8:
        found |= _extension(parts[7])
    return _labelled(found)


def _extension(text: str) -> Fields:
    places = list(_EXTENSION.finditer(text))
    found: Fields = {}
    for at, one in enumerate(places):
        end = places[at + 1].start() if at + 1 < len(places) else len(text)
        found.setdefault(one[1], _unescaped(text[one.end() : end].strip()))
    return found


def _unescaped(text: str) -> str:
    return _ESCAPED.sub(lambda one: {"n": "\n", "r": "\r"}.get(one[1], one[1]), text)


def _labelled(found: Fields) -> Fields:
    for name, label in [(name, value) for name, value in found.items() if name.endswith("Label")]:
        value = found.get(name.removesuffix("Label"))
        if isinstance(label, str) and label and value is not None:
            found.setdefault(label, value)
    return found


def leef(text: str) -> Fields:
    """`LEEF:1.0|vendor|product|version|event|key=value⇥…`; LEEF 2.0 names the delimiter before its pairs
    (IBM, LEEF components: a character, or `x09`, `0x5E`)."""
    begin = text.find("LEEF:")
    parts = text[begin + 5 :].split("|", 5) if begin >= 0 else []
    if len(parts) < 6:
        raise Damaged("no LEEF (LEEF:2.0|vendor|product|version|event|delimiter|…)")
    found: Fields = dict(zip(_LEEF_HEAD, parts, strict=False))
    rest, delimiter = parts[5], "\t"
    if parts[0].startswith("2"):
        before, mark, after = rest.partition("|")
        if mark and (len(before) <= 1 or re.fullmatch(r"0?x[0-9A-Fa-f]{2,4}", before)):
            delimiter = (
                chr(int(before.lower().lstrip("0").removeprefix("x"), 16))
                if len(before) > 1
                else before or "\t"
            )
            rest = after
    for pair in rest.split(delimiter):
        key, mark, value = pair.partition("=")
        if mark and key.strip():
            found.setdefault(key.strip(), value.strip())
    return found


def _matched(mapped: Mapped, text: str) -> Fields:
    for pattern in mapped.patterns:
        try:
            found = pattern.search(text, timeout=_PATIENCE)
        except TimeoutError:
            raise Damaged(f"a pattern of {mapped.name} takes too long on this line") from None
        if found:
            return {name: value for name, value in found.groupdict().items() if value is not None}
    raise Damaged(f"no pattern of {mapped.name} matches")


def cells(text: str, separator: str) -> list[str]:
    """The cells of one line. Raises Damaged."""
    try:
        return next(csv.reader([text], delimiter=separator or ",", strict=False))
    except (csv.Error, StopIteration) as error:
        raise Damaged(f"no CSV: {error}") from None


def _cells(found: FieldMap, text: str, head: Sequence[str] | None) -> Fields:
    names = found.columns or head
    if not names:
        raise Damaged(f"{found.name} is CSV with a head line, which has not come yet")
    values = cells(text, found.separator)
    if len(values) != len(names):
        raise Damaged(f"{len(values)} values for {len(names)} columns")
    return {name: value for name, value in zip(names, values, strict=True) if value}
