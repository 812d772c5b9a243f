"""The last look at a finished letter: what must never leave the house."""

import re
from collections.abc import Iterable

from notices.content import LetterContent
from notices.policy import FORBIDDEN_WORDS
from taishi.core.problems import Problem

#: Traces of a value or template that was not filled in, with what a person should look for.
_UNFILLED = re.compile(r"(?<![A-Za-z0-9_「])None(?![A-Za-z0-9_」])|\{\{|\}\}|\{%|%\}|\ufffd|TODO")


def lint(content: LetterContent, *, quoted: Iterable[str] = ()) -> None:
    """Raises Problem where the letter claims a power the bureau lacks, has a gap or an empty field.

    `quoted`: names and observations that stand in the text as they are (a unit may run a system called
    行政处罚平台); the refused words are looked for in our own wording only.
    """
    _refuse_gaps(content)
    names = sorted({name for name in quoted if name}, key=len, reverse=True)
    for text in _own_wording(content):
        for name in names:
            text = text.replace(name, "")
        _refuse_powers(text)


def _refuse_gaps(content: LetterContent) -> None:
    for name in ("mark", "number", "addressee", "title", "body", "signature", "date", "contact"):
        if not getattr(content, name):
            raise Problem(f"letter: {name} is empty; fill in the unit, the items or the bureau's settings")
    for text in content.texts():
        found = _UNFILLED.search(text)
        if found:
            raise Problem(f"letter: {found[0]!r} stands in {text[:40]!r}; the value behind it is missing")


def _own_wording(content: LetterContent) -> Iterable[str]:
    yield content.title
    for paragraph in content.body:
        yield paragraph.text
    for annex in content.annexes:
        yield annex.title
        yield from annex.columns
        yield from (each.text for each in annex.paragraphs)
        yield from (each.label for each in annex.fields)


def _refuse_powers(text: str) -> None:
    for word in FORBIDDEN_WORDS:
        if word in text:
            raise Problem(
                f"letter: {word} in {text[:40]!r}; a data bureau has no such power: word it as a request"
            )
