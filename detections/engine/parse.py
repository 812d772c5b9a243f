"""YAML documents become parsed rules and filters."""

import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple, cast

from sigma.exceptions import SigmaError
from sigma.processing.pipeline import ProcessingPipeline
from sigma.rule import SigmaDetections, SigmaRule

from detections.engine.conditions import selection
from detections.engine.detection import read_detections
from detections.engine.expression import parse_expression
from detections.engine.rule import All, Atom, Condition, Meaning, Not, Ref, Rule, Some, Unsupported
from taishi.core.text import Text

_PLACEHOLDER = re.compile(r"%([^%\s]+)%")

#: Everything that pySigma and we raise for a rule that is wrong.
WRONG = (
    SigmaError,
    Unsupported,
    KeyError,
    TypeError,
    ValueError,
    AttributeError,
    RecursionError,
    OverflowError,
)
#: What pySigma gets to read for a detection: the real one is read by ourselves.
_STANDS_IN = {"selection": {"field": 1}, "condition": "selection"}


class Place(NamedTuple):
    """Where a document stands: in which file, and as which of its documents, from 1."""

    path: str
    number: int

    @property
    def identity(self) -> str:
        """What a rule is called that has neither id nor name."""
        return self.path if self.number == 1 else f"{self.path}#{self.number}"


def parse_rule(
    document: dict[str, object], place: Place, pipeline: ProcessingPipeline | None
) -> tuple[Rule, Condition]:
    """The rule, and its condition in its own field names. Raises one of WRONG."""
    given = SigmaRule.from_dict({**document, "detection": _STANDS_IN})
    given.detection = read_detections(document.get("detection"))
    if pipeline is not None:
        pipeline.apply(given)
    whole = parse_detections(given.detection)
    source = given.logsource
    named = {"category": source.category, "product": source.product, "service": source.service}
    rule = Rule(
        id=str(given.id or given.name or place.identity),
        name=given.name or "",
        title=given.title,
        level=given.level.name.lower() if given.level else "medium",
        path=place.path,
        tags=tuple(str(tag) for tag in given.tags),
        logsource={key: value.lower() for key, value in named.items() if value},
        meaning=_meaning(document),
        description=given.description or "",
        waiting=tuple(sorted(_waiting(whole))),
    )
    return rule, whole


def parse_detections(given: SigmaDetections) -> Condition:
    """Selections under the condition lines that join them; of several lines any may hold."""
    selections = {name: selection(found) for name, found in given.detections.items()}
    # Pipelines write what they add into the parsed conditions, not into the lines.
    found = tuple(parse_expression(one.condition, selections) for one in given.parsed_condition)
    return found[0] if len(found) == 1 else Some(found)


def atoms(node: Condition) -> Iterator[Atom]:
    """Every atom of a condition that is not numbered yet."""
    if isinstance(node, Atom):
        yield node
    elif isinstance(node, Not):
        yield from atoms(node.part)
    elif isinstance(node, (All, Some)):
        for part in node.parts:
            yield from atoms(part)
    else:
        assert not isinstance(node, Ref)  # noqa: S101


def _waiting(node: Condition) -> set[str]:
    return {
        name
        for atom in atoms(node)
        if atom.compare == "never"
        for name in _PLACEHOLDER.findall(str(atom.value))
    }


def _meaning(document: Mapping[str, object]) -> Meaning | None:
    own = document.get("taishi")
    if not isinstance(own, dict):
        return None
    return Meaning(
        threat=own["class"],
        subject=own["subject"],
        peer=own.get("peer"),
        attacker=own.get("attacker"),
        title=_text(own["title"]),
        summary=_text(own["summary"]),
        advice=_text(own["advice"]) if "advice" in own else None,
    )


def _text(given: object) -> Text:
    words = cast(Mapping[str, str], given)
    return Text(words["zh"], words["en"])
