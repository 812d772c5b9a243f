"""What tags say: sharing level, confidence, techniques. Taxonomies: https://www.misp-project.org/taxonomies.html"""

import re
from collections.abc import Iterable
from datetime import timedelta

#: FIRST TLP 2.0 and the words before it, the strictest first.
TLP = ("red", "amber+strict", "amber", "green", "clear", "white")
#: Confidence of a tag, 0 to 100: the taxonomies' own numerical values (MISP taxonomies `admiralty-scale`,
#: `misp`, `estimative-language`); `osint:certainty` gives its number itself.
CONFIDENCE: dict[str, int] = {
    'misp:confidence-level="completely-confident"': 100,
    'misp:confidence-level="usually-confident"': 75,
    'misp:confidence-level="fairly-confident"': 50,
    'misp:confidence-level="rarely-confident"': 25,
    'misp:confidence-level="unconfident"': 0,
    'misp:confidence-level="confidence-cannot-be-evaluated"': 50,
    'admiralty-scale:source-reliability="a"': 100,
    'admiralty-scale:source-reliability="b"': 75,
    'admiralty-scale:source-reliability="c"': 50,
    'admiralty-scale:source-reliability="d"': 25,
    'admiralty-scale:source-reliability="e"': 0,
    'admiralty-scale:source-reliability="f"': 50,
    'admiralty-scale:information-credibility="1"': 100,
    'admiralty-scale:information-credibility="2"': 75,
    'admiralty-scale:information-credibility="3"': 50,
    'admiralty-scale:information-credibility="4"': 25,
    'admiralty-scale:information-credibility="5"': 0,
    'admiralty-scale:information-credibility="6"': 50,
    'estimative-language:confidence-in-analytic-judgment="high"': 95,
    'estimative-language:confidence-in-analytic-judgment="moderate"': 55,
    'estimative-language:confidence-in-analytic-judgment="low"': 10,
}
_CERTAINTY = re.compile(r'osint:certainty="(\d{1,3})"')
_TECHNIQUE = re.compile(r"\bT\d{4}(?:\.\d{3})?\b")
_LIFETIME = {'osint:lifetime="ephemeral"': timedelta(days=30)}
#: What a source that says nothing of it is believed.
UNSAID = 50


def tlp_of(tags: Iterable[str]) -> str:
    """The strictest level among the tags, with `white` called `clear`; empty where none is given."""
    levels = {tag.lower().removeprefix("tlp:") for tag in tags if tag.lower().startswith("tlp:")}
    strictest = next((level for level in TLP if level in levels), "")
    return "clear" if strictest == "white" else strictest


def confidence_of(tags: Iterable[str]) -> int:
    """The mean of what the tags say, 50 where they say nothing."""
    said = [CONFIDENCE[tag.lower()] for tag in tags if tag.lower() in CONFIDENCE]
    said += [min(100, int(found[1])) for tag in tags if (found := _CERTAINTY.fullmatch(tag.lower()))]
    return round(sum(said) / len(said)) if said else UNSAID


def lifetime_of(tags: Iterable[str]) -> timedelta | None:
    """How long its source says that an indicator holds; None where it does not."""
    return min((_LIFETIME[tag.lower()] for tag in tags if tag.lower() in _LIFETIME), default=None)


def techniques_of(tags: Iterable[str]) -> tuple[str, ...]:
    """ATT&CK techniques that tags name, by their number."""
    found = (
        _TECHNIQUE.findall(tag) for tag in tags if "attack-pattern" in tag.lower() or "att&ck" in tag.lower()
    )
    return tuple(dict.fromkeys(number for numbers in found for number in numbers))
