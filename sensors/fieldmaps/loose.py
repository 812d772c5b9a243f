"""Pairs of a device that nobody described: `键:值`, `key=value`, `【键】值`, `键[值]`, JSON behind a word."""

import re

from sensors.ecs_rows import flat
from sensors.lines import Damaged
from sensors.values import json_object
from taishi.core.event import Json

#: Behind one of these a key may begin.
_BEFORE = r"(?:^|(?<=[\s,;|，；、(（{\"']))"
#: No part of a time, of an IPv6 address, of a URL.
_NO_KEY = r"(?![0-9A-Fa-f]{1,4}:[0-9A-Fa-f:])(?![A-Za-z]{2,8}://)"
_NAME = r"[^\W\d][\w.@/-]{0,40}(?:[(（]\w{1,8}[)）])?"
_FORM = re.compile(
    r"(?P<quoted>(?<=[:=：])\s*(?:\"(?:[^\"\\]|\\.)*\"|“[^”]*”))"
    # Words with blanks between them, as English texts have: `Source IP: …`
    rf"|(?:^|(?<=[,;|，；、\t]))\s*(?P<words>[A-Z][A-Za-z]*(?: [A-Za-z]+){{1,2}})\s*[:：](?!//)"
    rf"|{_BEFORE}{_NO_KEY}(?P<key>{_NAME})[\"'）)]?\s*[:：=](?!//)"
    rf"|(?<![:：=])[\[【](?P<named>{_NAME})(?:[】\]]\s*[:：=]?|\s*[:：=](?!//))"
    r"|(?<![\w】\]:：=])(?P<boxed>[\u4e00-\u9fff][\w]{1,15})[\[【]"
)
_EDGES = " \u3000\t\r\n,;|，；、"
_WRAPPED = {'"': '"', "'": "'", "“": "”", "[": "]", "【": "】", "(": ")", "（": "）", "{": "}", "<": ">"}


def loose(text: str) -> dict[str, Json]:
    """Every pair in the order of the line; of a key the first counts. Raises Damaged where there is none."""
    begin = text.find("{")
    if begin >= 0 and text.rstrip().endswith("}"):
        try:
            return flat(json_object(text[begin:].encode()))
        except Damaged:
            pass  # braces in a text
    places = [one for one in _FORM.finditer(text) if one["quoted"] is None]
    found: dict[str, Json] = {}
    for at, one in enumerate(places):
        end = places[at + 1].start() if at + 1 < len(places) else len(text)
        key = one["key"] or one["words"] or one["named"] or one["boxed"]
        found.setdefault(key, _bare(text[one.end() : end], boxed=one["boxed"] is not None))
    if not found:
        raise Damaged("no pair of a key and a value")
    return found


def _bare(value: str, *, boxed: bool) -> str:
    """The value without what stands around it: separators, quotes, brackets that open the next key."""
    value = value.strip(_EDGES)
    if boxed:
        return value.rstrip("]】").strip()
    while value and value[-1] in "[【(（{\"'" and value.count(value[-1]) == 1:
        value = value[:-1].rstrip(_EDGES)
    while value and value[-1] in "]】)）}" and value[0] not in "[【(（{":
        opening = {"]": "[", "】": "【", ")": "(", "）": "（", "}": "{"}[value[-1]]
        if opening in value:
            break
        value = value[:-1].rstrip(_EDGES)
    if len(value) > 1 and _WRAPPED.get(value[0]) == value[-1]:
        value = value[1:-1].strip()
    return value
