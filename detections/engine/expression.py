"""The `condition` line of a rule: Sigma specification 2.1, "Condition"."""

import re
from collections.abc import Mapping
from fnmatch import fnmatchcase

from detections.engine.rule import All, Condition, Not, Some, Unsupported

#: More than any rule a person wrote has; deeper ones only serve to exhaust a parser.
DEEPEST, LONGEST = 64, 65_536
_TOKEN = re.compile(r"\s*(?:(\()|(\))|([\w*?.-]+)|(\S))")
_QUANTITY: dict[str, type[All] | type[Some]] = {"1": Some, "any": Some, "all": All}


def parse_expression(text: str, selections: Mapping[str, Condition]) -> Condition:
    """`not` binds closest, then `and`, then `or`. Raises Unsupported with what is wrong with the line."""
    if len(text) > LONGEST:
        raise Unsupported(f"condition of {len(text)} characters; at most {LONGEST} are taken")
    return _Parser(text, selections).whole()


class _Parser:
    def __init__(self, text: str, selections: Mapping[str, Condition]) -> None:
        self._text, self._selections = text, selections
        self._tokens = [_word(found, text) for found in _TOKEN.finditer(text.rstrip())]
        self._at = self._depth = 0

    def whole(self) -> Condition:
        found = self._some()
        if self._at < len(self._tokens):
            raise self._wrong(f"{self._tokens[self._at]!r} is not expected here")
        return found

    def _some(self) -> Condition:
        parts = [self._all()]
        while self._take("or"):
            parts.append(self._all())
        return parts[0] if len(parts) == 1 else Some(tuple(parts))

    def _all(self) -> Condition:
        parts = [self._one()]
        while self._take("and"):
            parts.append(self._one())
        return parts[0] if len(parts) == 1 else All(tuple(parts))

    def _one(self) -> Condition:
        self._depth += 1
        if self._depth > DEEPEST:
            raise self._wrong(f"nested more than {DEEPEST} deep")
        found = self._inner()
        self._depth -= 1
        return found

    def _inner(self) -> Condition:
        if self._take("not"):
            return Not(self._one())
        if self._take("("):
            found = self._some()
            if not self._take(")"):
                raise self._wrong("a parenthesis is not closed")
            return found
        word = self._next()
        if word.lower() in _QUANTITY and self._take("of"):
            return self._of(word.lower())
        if word in self._selections:
            return self._selections[word]
        raise self._wrong(f"{word!r} is no selection of the rule")

    def _of(self, quantity: str) -> Condition:
        pattern = self._next()
        names = [name for name in self._selections if _meant(name, pattern)]
        if not names:
            raise self._wrong(f"{quantity} of {pattern}: no selection bears such a name")
        parts = tuple(self._selections[name] for name in names)
        return parts[0] if len(parts) == 1 else _QUANTITY[quantity](parts)

    def _take(self, word: str) -> bool:
        if self._at < len(self._tokens) and self._tokens[self._at].lower() == word:
            self._at += 1
            return True
        return False

    def _next(self) -> str:
        if self._at >= len(self._tokens):
            raise self._wrong("it ends too early")
        self._at += 1
        return self._tokens[self._at - 1]

    def _wrong(self, why: str) -> Unsupported:
        return Unsupported(f"condition {self._text[:120]!r}: {why}")


def _word(found: "re.Match[str]", text: str) -> str:
    if found[4]:
        more = "; aggregations are written as correlation rules now" if found[4] == "|" else ""
        raise Unsupported(f"condition {text[:120]!r}: {found[4]!r} has no meaning here{more}")
    return found[0].strip()


def _meant(name: str, pattern: str) -> bool:
    """`them` and patterns leave out names that begin with an underscore, unless the pattern does too."""
    if pattern.lower() == "them":
        return not name.startswith("_")
    return fnmatchcase(name, pattern) and (pattern.startswith("_") or not name.startswith("_"))
