"""What devices mean by the words they use for an attack: `signs.yml`. Sensors and detections both ask it."""

import re
from functools import cache
from importlib.resources import files
from typing import Literal

import msgspec
import yaml

from taishi.core.records import Level, Threat


class Words(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a sign is called and what to do, in one language."""

    title: str
    advice: str


class Sign(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One meaning. `quiet` has neither class nor words for people: it is no attack."""

    name: str
    words: tuple[str, ...]
    threat: Threat = "attempted"
    ours: Literal["compromised"] | None = None
    calling: Literal["compromised"] | None = None
    outgoing: Literal["compromised"] | None = None
    level: Level = "low"
    technique: str = ""
    zh: Words = Words("", "")
    en: Words = Words("", "")


@cache
def signs() -> tuple[Sign, ...]:
    """In the order in which they count."""
    text = files("taishi.kit.attacks").joinpath("signs.yml").read_text("utf-8")
    return msgspec.convert(yaml.load(text, yaml.CSafeLoader), tuple[Sign, ...])


def sign_named(name: str) -> Sign:
    """Raises StopIteration where there is none."""
    return next(one for one in signs() if one.name == name)


@cache
def _forms() -> tuple[tuple[Sign, "re.Pattern[str]"], ...]:
    return tuple(
        (one, re.compile("|".join(map(_form, one.words)), re.IGNORECASE | re.ASCII)) for one in signs()
    )


def _form(word: str) -> str:
    if word.startswith("="):
        return rf"(?:\A|；)\s*{re.escape(word[1:])}\s*(?:；|\Z)"
    text = re.escape(word).replace("…", r"\S+")
    first = r"(?<![A-Za-z0-9])" if word[0].isascii() and word[0].isalnum() else ""
    last = r"(?![A-Za-z0-9])" if word[-1].isascii() and word[-1].isalnum() else ""
    return first + text.replace(r"\ ", r"[\s_-]") + last


def said(text: str) -> tuple[Sign, str] | None:
    """The first sign in a text and the word that says so; None where no word is one.

    A text that speaks of nothing but upkeep gives the sign `quiet`.
    """
    if len(text) > 1000:
        text = text[:1000]
    for sign, form in _forms():
        if found := form.search(text):
            return sign, found.group()
    return None


@cache
def _remembered() -> dict[str, bool]:
    return {}


def is_attack(text: str) -> bool:
    """Whether a device's name or category of what it saw names an attack or a weakness."""
    known = _remembered()
    if text not in known:
        if len(known) > 20_000:
            known.clear()
        found = said(text)
        known[text] = found is not None and found[0].name != "quiet"
    return known[text]
