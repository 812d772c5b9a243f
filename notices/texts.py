"""What letters say, sentence by sentence, as data: `texts.yml` in each folder; a bureau may set its own.

A sentence names its facts in braces (`{期限}`). One that a bureau puts in place of ours names the same
facts: no letter loses its deadline by a change of words.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import yaml

from notices.policy import FORBIDDEN_WORDS
from taishi.core.problems import Problem

#: A sentence, or steps in their order.
Words = str | tuple[str, ...]

_FACT = re.compile(r"\{([^{}]+)\}")
#: Longer is a slip of the clipboard: no sentence of a letter fills half a page.
_LONGEST = 400
_MOST_STEPS = 8


@dataclass(frozen=True)
class Texts:
    """The sentences of every letter by `folder.name`: those that the bureau changed, else ours."""

    changed: Mapping[str, Words] = field(default_factory=dict)

    def say(self, key: str, facts: Mapping[str, str] | None = None) -> str:
        """The sentence with its facts in place; what a fact says is not looked through for facts again."""
        given = facts or {}
        return _FACT.sub(lambda found: given[found[1]], "".join(self._words(key)))

    def steps(self, key: str) -> tuple[str, ...]:
        return tuple(self._words(key))

    def _words(self, key: str) -> Words:
        return self.changed.get(key, ours()[key])


@cache
def ours() -> Mapping[str, Words]:
    """Every sentence as it stands in the `texts.yml` of the folders here."""
    found: dict[str, Words] = {}
    for path in sorted(Path(__file__).parent.glob("*/texts.yml")):
        found.update(_flat(yaml.safe_load(path.read_text("utf-8")), f"{path.parent.name}."))
    return found


def read_changed(text: str, name: str) -> Mapping[str, Words]:
    """A bureau's own sentences, YAML with the keys of ours. Raises Problem, one line with `name` and the
    key, where one says what no letter may, or not what ours says."""
    try:
        said = yaml.safe_load(text)
    except (yaml.YAMLError, RecursionError) as error:
        raise Problem(f"{name}: is no YAML ({' '.join(str(error).split())})") from None
    changed = dict(_flat({} if said is None else said))
    for key, words in changed.items():
        wrong = next(_wrong(key, words), None)
        if wrong:
            raise Problem(f"{name}: {key.rstrip('.') or 'the text'}: {wrong}")
    return changed


def _flat(said: object, before: str = "") -> Iterator[tuple[str, Words]]:
    if isinstance(said, dict):
        for key, value in said.items():
            yield from _flat(value, f"{before}{key}." if isinstance(value, dict) else f"{before}{key}")
    elif isinstance(said, list):
        yield before, tuple(str(each) for each in said)
    else:
        yield before, "" if said is None else str(said)


def _wrong(key: str, words: Words) -> Iterator[str]:
    own = ours().get(key)
    if own is None:
        yield "there is no such sentence"
        return
    if isinstance(own, str) != isinstance(words, str):
        yield "must be one sentence" if isinstance(own, str) else "must be a list of steps"
        return
    for each in (words,) if isinstance(words, str) else words:
        yield from _unfit(each)
    if not len(words) > 0 or (not isinstance(words, str) and len(words) > _MOST_STEPS):
        yield f"must have 1 to {_MOST_STEPS} steps"
    yield from _facts_apart(own, words)


def _unfit(sentence: str) -> Iterator[str]:
    if not sentence.strip():
        yield "is empty"
    if len(sentence) > _LONGEST:
        yield f"has {len(sentence)} characters; at most {_LONGEST}"
    if not sentence.isprintable():
        yield "holds a line break or a control character"
    if set(_FACT.sub("", sentence)) & {"{", "}"}:
        yield "has a brace that closes or opens nothing"
    for word in FORBIDDEN_WORDS:
        if word in sentence:
            yield f"says {word}; a data bureau has no such power: word it as a request"


def _facts_apart(own: Words, words: Words) -> Iterator[str]:
    wanted, given = (set(_FACT.findall("".join(each))) for each in (own, words))
    for fact in sorted(wanted - given):
        yield f"must name {{{fact}}}"
    for fact in sorted(given - wanted):
        yield f"{{{fact}}} is not known here"
