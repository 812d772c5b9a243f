"""YAML documents become parsed rules and filters; what cannot be one is told in bounded time."""

import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple, cast

import yaml
from sigma.exceptions import SigmaError
from sigma.processing.pipeline import ProcessingPipeline
from sigma.rule import SigmaDetections, SigmaRule

from detections.engine.conditions import selection
from detections.engine.detection import read_detections
from detections.engine.expression import parse_expression
from detections.engine.files import MOST_BYTES
from detections.engine.loader import DEEPEST, Loader, check_depth
from detections.engine.rule import All, Atom, Condition, Meaning, Not, Ref, Rule, Some, Unsupported
from taishi.core.text import Text

#: Values of one document beyond which it is no rule: YAML's aliases multiply values.
MOST_VALUES = 100_000
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


def documents(text: str) -> Iterator[dict[str, object]]:
    """The mappings of a YAML text. Raises Unsupported, with the line where YAML knows it."""
    if len(text) > MOST_BYTES:
        raise Unsupported(f"larger than {MOST_BYTES >> 20} MiB; a rule is a few KiB")
    try:
        check_depth(text)
        for document in yaml.load_all(text, Loader=Loader):
            if isinstance(document, dict):
                _measure(document)
                yield document
    except yaml.MarkedYAMLError as error:
        line = f"line {error.problem_mark.line + 1}: " if error.problem_mark else ""
        raise Unsupported(f"not valid YAML: {line}{error.problem or error.context}") from None
    except Unsupported:
        raise
    except (yaml.YAMLError, ValueError, RecursionError, TypeError, OverflowError) as error:
        raise Unsupported(f"not valid YAML: {one_line(error)}") from None


def _measure(document: object) -> None:
    """Raises Unsupported where the document, with its aliases written out, is beyond all measure."""
    seen, left = 0, [(document, 0)]
    while left:
        value, depth = left.pop()
        seen += 1
        if seen > MOST_VALUES or depth > DEEPEST:
            raise Unsupported(f"more than {MOST_VALUES} values or nested more than {DEEPEST} deep")
        if isinstance(value, dict):
            left.extend((item, depth + 1) for item in value.values())
        elif isinstance(value, list):
            left.extend((item, depth + 1) for item in value)


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


def one_line(error: BaseException) -> str:
    """The words of an error on one line; never empty."""
    if isinstance(error, KeyError) and error.args:
        return f"{error.args[0]} is missing"
    return " ".join(str(error).split())[:300] or type(error).__name__
