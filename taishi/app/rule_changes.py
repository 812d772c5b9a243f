"""What a new version of a rule pack changes against the installed one, rule by rule."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from taishi.app.rule_reading import RULE_KEYS, Written, rule_texts, written_rules

#: Told with their old and new value; of everything else only the name is told.
_TOLD = ("title", "level", "status")


@dataclass(frozen=True)
class Changed:
    """A rule that is in both versions: `what` names each changed part, `level: medium → high`."""

    id: str
    title: str
    what: tuple[str, ...]


@dataclass(frozen=True)
class Changes:
    added: tuple[Written, ...]
    removed: tuple[Written, ...]
    changed: tuple[Changed, ...]

    def __bool__(self) -> bool:
        return bool(self.added or self.removed or self.changed)


def compare_packs(old: Path, new: Path) -> Changes:
    """Files that are the same in both are not read as rules at all."""
    before, after = rule_texts(old), rule_texts(new)
    same = set(before.values()) & set(after.values())
    olds, news = (
        {
            rule.id: rule
            for rule in written_rules({name: text for name, text in found.items() if text not in same})
        }
        for found in (before, after)
    )
    both = [(olds[key], rule) for key, rule in news.items() if key in olds]
    changed = [Changed(rule.id, rule.title, what) for was, rule in both if (what := _what(was, rule))]
    return Changes(
        _by_title(rule for key, rule in news.items() if key not in olds),
        _by_title(rule for key, rule in olds.items() if key not in news),
        tuple(sorted(changed, key=lambda one: one.title)),
    )


def _by_title(rules: Iterable[Written]) -> tuple[Written, ...]:
    return tuple(sorted(rules, key=lambda one: one.title))


def _what(was: Written, now: Written) -> tuple[str, ...]:
    """Bounded: what `documents` lets through is small even with its aliases written out."""
    keys = [key for key in {**was.document, **now.document} if was.document.get(key) != now.document.get(key)]
    keys.sort(key=lambda key: (key not in _TOLD, key not in RULE_KEYS, str(key)))
    return tuple(_told(key, was.document.get(key), now.document.get(key)) for key in keys)


def _told(key: str, was: object, now: object) -> str:
    return f"{key}: {was or '—'} → {now or '—'}" if key in _TOLD else str(key)
