"""Rules as queries of other systems, by whatever pySigma backends are installed here."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

from sigma.collection import SigmaCollection
from sigma.conversion.base import Backend
from sigma.correlations import SigmaCorrelationRule
from sigma.exceptions import SigmaError, SigmaRuleLocation
from sigma.filters import SigmaFilter
from sigma.plugins import InstalledSigmaPlugins
from sigma.rule import SigmaRule

from detections.engine.documents import one_line
from detections.engine.load import load_rules
from taishi.app.rule_reading import Written, opened, refusals_below, taken_rules
from taishi.core.problems import Problem

_Rule = SigmaRule | SigmaCorrelationRule
#: Everything that pySigma and its backends raise for a rule they cannot convert.
_WRONG = (SigmaError, RuntimeError, LookupError, TypeError, ValueError, AttributeError)


@dataclass(frozen=True)
class Query:
    """One query of one rule, as the backend gives it: text, or a document."""

    rule: str
    title: str
    path: str
    query: object


@dataclass(frozen=True)
class Unconverted:
    """A rule that this backend, or the loader, does not take."""

    path: str
    title: str
    reason: str


@dataclass
class Converted:
    """`output`: all queries as the format joins them: a text, a document or a list of either.

    `pipelines`: those installed that a person could name for this target.
    """

    queries: list[Query] = field(default_factory=list)
    errors: list[Unconverted] = field(default_factory=list)
    output: object = ""
    pipelines: Sequence[str] = ()


class Converter:
    """One backend with its pipelines. Raises Problem where target, pipeline or format is not to be had."""

    def __init__(self, target: str, pipelines: Sequence[str], output_format: str | None) -> None:
        plugins = InstalledSigmaPlugins.autodiscover(include_validators=False)
        name, of = _backend(plugins, target)
        self._suggested = _suggested(plugins, name)
        try:
            resolved = plugins.get_pipeline_resolver().resolve(list(pipelines), name)
        except _WRONG as error:
            known = ", ".join(sorted(plugins.pipelines))
            raise Problem(
                f"--pipeline {' '.join(pipelines)}: {one_line(error)}; installed are: {known}"
            ) from None
        self._backend: Backend = of(processing_pipeline=resolved)
        self._format = output_format or of.default_format
        if self._format not in of.formats:
            raise Problem(f"--format {self._format}: {target} has {', '.join(of.formats)}")
        self._backend.init_processing_pipeline(self._format)

    def convert(self, paths: Sequence[Path]) -> Converted:
        """Raises Problem where a path holds no rule."""
        done = Converted(pipelines=self._suggested)
        with ExitStack() as stack:
            rules = [rule for path in paths for rule in self._read(opened(path, stack), done)]
        if not rules and not done.errors:
            raise Problem(f"{', '.join(map(str, paths))}: holds no Sigma rule")
        for rule in self._resolved(rules, done):
            self._convert_one(rule, done)
        done.output = self._backend.finalize([one.query for one in done.queries], self._format)
        return done

    def _read(self, path: Path, done: Converted) -> Iterator[_Rule | SigmaFilter]:
        pack = load_rules([path])
        done.errors += [Unconverted(one.path, "", one.reason) for one in refusals_below(path, pack)]
        for rule in taken_rules(path, pack):
            try:
                yield _parsed(rule)
            except _WRONG as error:
                done.errors.append(Unconverted(rule.path, rule.title, one_line(error)))

    @staticmethod
    def _resolved(rules: list[_Rule | SigmaFilter], done: Converted) -> list[_Rule]:
        """With filters applied and rules before the correlations over them."""
        try:
            return SigmaCollection(rules).rules
        except _WRONG as error:
            alone = [rule for rule in rules if isinstance(rule, SigmaRule)]
            rest = (rule for rule in rules if not isinstance(rule, SigmaRule))
            done.errors += [Unconverted(_path(rule), rule.title, one_line(error)) for rule in rest]
            return list(SigmaCollection(list(alone)).rules)

    def _convert_one(self, rule: _Rule, done: Converted) -> None:
        single = isinstance(rule, SigmaRule)
        convert = self._backend.convert_rule if single else self._backend.convert_correlation_rule
        try:
            found = convert(rule, self._format)  # type: ignore[arg-type]  # each its own, see above
        except _WRONG as error:
            done.errors.append(Unconverted(_path(rule), rule.title, one_line(error)))
            return
        done.queries += [Query(str(rule.id or rule.name), rule.title, _path(rule), query) for query in found]


def _parsed(rule: Written) -> _Rule | SigmaFilter:
    location = SigmaRuleLocation(Path(rule.path))
    for key, of in (("correlation", SigmaCorrelationRule), ("filter", SigmaFilter)):
        if key in rule.document:
            return of.from_dict(dict(rule.document), False, location)
    return SigmaRule.from_dict(dict(rule.document), False, location)


def _backend(plugins: InstalledSigmaPlugins, target: str) -> tuple[str, type[Backend]]:
    """By its name, which is given too, or the first of the package of that name (`elasticsearch`: Lucene)."""
    backends: dict[str, type[Backend]] = plugins.backends  # type: ignore[assignment]  # classes, typed as instances
    package = f"sigma.backends.{target}"
    for name, backend in backends.items():
        if name == target or backend.__module__ == package or backend.__module__.startswith(f"{package}."):
            return name, backend
    known = ", ".join(backends) or "none"
    raise Problem(
        f"--target {target}: no such backend is installed; there are: {known};"
        f" most others come with `pip install pysigma-backend-{target}`"
    )


def _suggested(plugins: InstalledSigmaPlugins, backend: str) -> list[str]:
    """Installed pipelines that are made for this backend."""
    found = []
    for pipeline, make in plugins.pipelines.items():
        made = make() if callable(make) else make
        if backend in made.allowed_backends:
            found.append(pipeline)
    return sorted(found)


def _path(rule: _Rule | SigmaFilter) -> str:
    return str(rule.source.path) if rule.source else ""
