"""Texts as rules compare them: without regard to case, and where a rule says so to the sort of dash."""

import re
from collections.abc import Callable, Sequence
from functools import cache

from detections.engine.rule import Atom

#: Between texts that are worked on as one; a text that holds it is worked on alone.
BETWEEN = "\x00"
#: Hyphen, slash, en dash, em dash, horizontal bar: one and the same for `|windash` (Sigma specification 2.1,
#: modifiers appendix).
DASHES = "-/\u2013\u2014\u2015"
#: First and last of the letters that `str.lower` does not fold as Unicode's simple case folding does
#: (CaseFolding.txt, status C and S): one letter to one letter, wherever it stands.
_ODD = (
    (0xB5, 0xB5), (0x130, 0x130), (0x17F, 0x17F), (0x345, 0x345), (0x3A3, 0x3A3), (0x3C2, 0x3C2),
    (0x3D0, 0x3D1), (0x3D5, 0x3D6), (0x3F0, 0x3F1), (0x3F5, 0x3F5), (0x13A0, 0x13F5), (0x13F8, 0x13FD),
    (0x1C80, 0x1C88), (0x1E9B, 0x1E9B), (0x1FBE, 0x1FBE), (0xAB70, 0xABBF),
)  # fmt: skip


def folded(text: str) -> str:
    """The text without its case, as long as before."""
    if text.isascii():
        return text.lower()
    odd, table = _odd()
    if odd.search(text) is None:
        return text.lower()
    parts = odd.split(text)
    parts[::2] = [part.lower() for part in parts[::2]]
    parts[1::2] = [part.translate(table) for part in parts[1::2]]
    return "".join(parts)


@cache
def _odd() -> tuple["re.Pattern[str]", dict[int, str]]:
    letters = [chr(code) for first, last in _ODD for code in range(first, last + 1)]
    return re.compile(f"([{''.join(letters)}]+)"), {ord(letter): _fold(letter) for letter in letters}


def _fold(letter: str) -> str:
    return next((one for one in (letter.casefold(), letter.lower()) if len(one) == 1), letter)


def dashed(text: str) -> str:
    """The text with every dash made the first of DASHES."""
    for dash in DASHES[1:2] if text.isascii() else DASHES[1:]:
        text = text.replace(dash, DASHES[0])
    return text


def each(change: Callable[[str], str], texts: Sequence[str]) -> list[str]:
    """All texts changed; as one text, for that is a good deal cheaper than one by one."""
    changed = change(BETWEEN.join(texts)).split(BETWEEN)
    return changed if len(changed) == len(texts) else [change(text) for text in texts]


#: How an atom sees a value, as a number: 1 with its case, 2 with all dashes one, 3 both.
Form = int
FOLDED, AS_IS, DASHED = 0, 1, 2


def form(atom: Atom) -> Form:
    """The form of a text atom; its own texts stand in the plan in that form."""
    return AS_IS * atom.cased + DASHED * (atom.flags == "dash")


def in_form(text: str, wanted: Form) -> str:
    """One text in a form."""
    text = text if wanted & AS_IS else folded(text)
    return dashed(text) if wanted & DASHED else text


def forms(texts: Sequence[str], wanted: frozenset[Form]) -> list[Sequence[str]]:
    """The texts in every form that is wanted, by its number; empty lists stand for the others."""
    made: list[Sequence[str]] = [(), texts, (), ()]
    made[FOLDED] = each(folded, texts) if wanted & {FOLDED, DASHED} else ()
    for one in (FOLDED, AS_IS):
        if one | DASHED in wanted:
            made[one | DASHED] = each(dashed, made[one])
    return made
