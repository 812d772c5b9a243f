"""Texts become a pack: documents, rules, filters, correlations, then one plan for all of them."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from msgspec import structs
from sigma.processing.pipeline import ProcessingPipeline

from detections.engine.collection import Collection
from detections.engine.correlate.definition import Correlation
from detections.engine.correlate.parse import parse_correlation
from detections.engine.correlate.resolve import resolve
from detections.engine.documents import documents, one_line
from detections.engine.filters import Filter, filtered, parse_filter
from detections.engine.load import Options, Progress, RulePack
from detections.engine.parse import WRONG, Place, parse_rule
from detections.engine.placeholders import filled
from detections.engine.plan import Variant, make_plan
from detections.engine.routed import variants
from detections.engine.routes import Routes
from detections.engine.rule import Condition, Refusal, Rule
from taishi.core.problems import Problem

#: Only documents with one of these are rules at all.
_SORTS = ("correlation", "filter", "detection")


@dataclass
class _Parsed:
    rules: list[tuple[Rule, Condition]] = field(default_factory=list)
    filters: list[Filter] = field(default_factory=list)
    correlations: list[Correlation] = field(default_factory=list)
    refused: list[Refusal] = field(default_factory=list)
    ids: set[str] = field(default_factory=set)


def compile_rules(
    found: Sequence[tuple[str, str | Refusal]], options: Options, progress: Progress | None = None
) -> RulePack:
    """The pack of these texts. Raises Problem where an option is unusable."""
    pipeline = _pipeline(options)
    parsed = _Parsed()
    for number, (name, text) in enumerate(found):
        if isinstance(text, Refusal):
            parsed.refused.append(text)
        else:
            _take(name, text, parsed, options, pipeline)
        if progress is not None:
            progress(number + 1, len(found))
    return _planned(parsed, Routes.load(options.routes))


def _take(
    name: str, text: str, parsed: _Parsed, options: Options, pipeline: ProcessingPipeline | None
) -> None:
    collection = Collection()
    try:
        for document in documents(text):
            try:
                whole = collection.whole(document)
                if whole is not None:
                    _take_document(Place(name, collection.taken), whole, parsed, options, pipeline)
            except WRONG as error:
                parsed.refused.append(Refusal(name, one_line(error)))
    except WRONG as error:
        parsed.refused.append(Refusal(name, one_line(error)))


def _take_document(
    place: Place,
    document: dict[str, object],
    parsed: _Parsed,
    options: Options,
    pipeline: ProcessingPipeline | None,
) -> None:
    sort = next((key for key in _SORTS if key in document), None)
    if sort == "correlation":
        correlation = parse_correlation(document, place.path)
        _claim(correlation.id, parsed)
        parsed.correlations.append(correlation)
    elif sort == "filter":
        parsed.filters.append(parse_filter(document, place.path))
    elif sort == "detection":
        rule, condition = filled(*parse_rule(document, place, pipeline), options.placeholders)
        _claim(rule.id, parsed)
        parsed.rules.append((rule, condition))


def _claim(identity: str, parsed: _Parsed) -> None:
    if identity in parsed.ids:
        raise ValueError(f"rule id {identity} is taken already; the first one stands")
    parsed.ids.add(identity)


def _planned(parsed: _Parsed, routes: Routes) -> RulePack:
    references = {key: rule.id for rule, _ in parsed.rules for key in (rule.id, rule.name) if key}
    resolved = resolve(parsed.correlations, references)
    rules: list[Rule] = []
    placed: list[Variant] = []
    for rule, condition in parsed.rules:
        whole = filtered(rule, condition, parsed.filters)
        placed += variants(len(rules), whole, routes.of(rule.logsource))
        rules.append(structs.replace(rule, silent=rule.id in resolved.silent))
    return RulePack(
        make_plan(rules, placed),
        tuple(resolved.correlations),
        len(parsed.filters),
        (*parsed.refused, *resolved.refused),
    )


def _pipeline(options: Options) -> ProcessingPipeline | None:
    if not options.pipelines:
        return None
    whole = ProcessingPipeline()
    for path in options.pipelines:
        try:
            whole += ProcessingPipeline.from_yaml(path.read_text("utf-8"))
        except (OSError, *WRONG) as error:
            raise Problem(f"{path}: not a pySigma pipeline: {one_line(error)}") from None
    return whole
