"""A parsed rule becomes the variants in which its log source shows: Sysmon, Security audit, or a route."""

from collections.abc import Iterator, Mapping
from copy import deepcopy

from sigma.exceptions import SigmaError
from sigma.pipelines.sysmon.sysmon import sysmon_pipeline
from sigma.pipelines.windows.windows import windows_audit_pipeline, windows_logsource_pipeline
from sigma.processing.pipeline import ProcessingPipeline
from sigma.rule import SigmaRule

from detections.engine.conditions import demanded, predicate
from detections.engine.logsource import Route, route
from detections.engine.matching import Unsupported
from detections.engine.rule import Predicate, Variant

#: Categories that Windows' own audit log shows too, beside Sysmon (pySigma's windows_audit_pipeline).
_AUDITED = frozenset({"process_creation", "registry_event", "registry_set", "registry_add"})
_WINDOWS = frozenset({"windows"})


class Pipelines:
    """pySigma's Windows pipelines, made once a load."""

    def __init__(self) -> None:
        self.sysmon: ProcessingPipeline = sysmon_pipeline() + windows_logsource_pipeline()
        self.audit: ProcessingPipeline = windows_audit_pipeline() + windows_logsource_pipeline()


def variants(rule: SigmaRule, logsource: Mapping[str, str], pipelines: Pipelines) -> tuple[Variant, ...]:
    """Raises Unsupported with the reason where nothing of the rule can be matched."""
    if logsource.get("product") == "windows":
        return tuple(_windows(rule, logsource, pipelines))
    return (_routed(rule, route(logsource)),)


def _routed(rule: SigmaRule, found: Route) -> Variant:
    matches = _matches(rule, found.fields)
    module = found.module
    if module is None:
        return Variant(found.kinds, matches)
    return Variant(found.kinds, lambda view: view.raw("event.module") == module and matches(view))


def _windows(rule: SigmaRule, logsource: Mapping[str, str], pipelines: Pipelines) -> Iterator[Variant]:
    audited = logsource.get("category") in _AUDITED
    second = deepcopy(rule) if audited else None
    yield _piped(rule, pipelines.sysmon)
    if second is not None:
        try:
            yield _piped(second, pipelines.audit)
        except (SigmaError, Unsupported):
            return  # the audit log has no such field: Sysmon alone shows it


def _piped(rule: SigmaRule, pipeline: ProcessingPipeline) -> Variant:
    pipeline.apply(rule)
    parsed = [condition.parsed for condition in rule.detection.parsed_condition]
    channels = [demanded(one, "Channel") for one in parsed]
    codes = [demanded(one, "EventID") for one in parsed]
    return Variant(
        _WINDOWS,  # type: ignore[arg-type]
        _matches(rule, {}),
        frozenset().union(*channels) if all(channels) else None,  # type: ignore[arg-type]
        frozenset().union(*codes) if all(codes) else None,  # type: ignore[arg-type]
    )


def _matches(rule: SigmaRule, fields: Mapping[str, str]) -> Predicate:
    tests = [predicate(condition.parsed, fields) for condition in rule.detection.parsed_condition]
    return tests[0] if len(tests) == 1 else lambda view: any(test(view) for test in tests)
