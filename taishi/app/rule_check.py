"""What can be said about rules before they are used: our refusals, pySigma's validators, their examples."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Literal, cast

from sigma.correlations import SigmaCorrelationRule
from sigma.exceptions import SigmaError, SigmaRuleLocation
from sigma.plugins import InstalledSigmaPlugins
from sigma.rule import SigmaRule, SigmaRuleTag
from sigma.validation import SigmaValidator
from sigma.validators.base import SigmaRuleValidator, SigmaTagValidator, SigmaValidationIssue
from sigma.validators.core.tags import ATTACKTagValidator, D3FENDTagValidator, InvalidATTACKTagIssue

from detections.engine.documents import one_line
from detections.engine.load import Progress, RulePack, load_rules
from detections.engine.sigma import SigmaEngine
from enrichment.attack import TACTICS
from taishi.app.rule_examples import Example, broken_examples, examples_path, read_examples
from taishi.app.rule_reading import Written, opened, refusals_below, taken_rules
from taishi.core.problems import Problem

Severity = Literal["error", "high", "medium", "low"]
SEVERITIES: tuple[Severity, ...] = ("error", "high", "medium", "low")

#: These fetch their lists from the network when they are asked; ATT&CK tags are checked by form instead.
_FETCHING = (ATTACKTagValidator, D3FENDTagValidator)
#: ATT&CK: techniques, groups, software, campaigns, mitigations, data sources and tactics by number.
_ATTACK = re.compile(r"t\d{4}(\.\d{3})?|[gscm]\d{4}|ds\d{4}|ta\d{4}")


@dataclass(frozen=True)
class Issue:
    """One thing to mend: `name` as pySigma calls it, or ours."""

    path: str
    rule: str
    name: str
    severity: Severity
    message: str


@dataclass
class Checked:
    """What a check found. `issues`: by file; those of severity `error` make a rule unusable or wrong."""

    rules: int = 0
    correlations: int = 0
    filters: int = 0
    waiting: int = 0
    examples: int = 0
    issues: list[Issue] = field(default_factory=list)

    @property
    def errors(self) -> int:
        return sum(issue.severity == "error" for issue in self.issues)

    def by_name(self) -> list[tuple[str, Severity, int]]:
        """How often each issue came, worst first."""
        counts = Counter((issue.name, issue.severity) for issue in self.issues)
        found = [(name, severity, count) for (name, severity), count in counts.items()]
        return sorted(found, key=lambda one: (SEVERITIES.index(one[1]), -one[2], one[0]))


def check_rules(paths: Sequence[Path], progress: Progress) -> Checked:
    """Checks folders, files and release zips. `progress` is told of loading, then of the validators.

    Raises Problem where a path cannot be read at all.
    """
    checked = Checked()
    with ExitStack() as stack:
        folders = [opened(path, stack) for path in paths]
        packs = [(folder, load_rules([folder], progress=progress)) for folder in folders]
        for folder, pack in packs:
            checked.rules += len(pack.rules)
            checked.correlations += len(pack.correlations)
            checked.filters += pack.filters
            checked.waiting += sum(bool(rule.waiting) for rule in pack.rules)
            checked.issues += [
                Issue(one.path, "", "Refused", "error", one.reason) for one in refusals_below(folder, pack)
            ]
            checked.issues += _example_issues(pack, checked)
        checked.issues += _validator_issues(packs, progress)
    if not checked.rules + checked.correlations + checked.filters + len(checked.issues):
        raise Problem(f"{', '.join(map(str, paths))}: holds no Sigma rule")
    checked.issues.sort(key=lambda one: (SEVERITIES.index(one.severity), one.path, one.name))
    return checked


def _example_issues(pack: RulePack, checked: Checked) -> Iterator[Issue]:
    """Our own rules need examples; of others those that lie there are tried."""
    examples: list[Example] = []
    rules = {rule.id: rule for rule in pack.rules}
    for rule in pack.rules:
        if rule.meaning is None and not examples_path(rule).is_file():
            continue
        try:
            examples += read_examples(rule)
        except Problem as problem:
            yield Issue(rule.path, rule.title, "ExamplesUnusable", "error", str(problem))
    checked.examples += len(examples)
    for one in broken_examples(SigmaEngine(pack.plan), examples) if examples else ():
        rule, name = rules[one.rule], "ExampleMissed" if one.hits else "ExampleHit"
        yield Issue(
            rule.path, rule.title, name, "error", f"{one}: the rule {'misses' if one.hits else 'hits'} it"
        )


def _validator_issues(packs: Iterable[tuple[Path, RulePack]], progress: Progress) -> Iterator[Issue]:
    """pySigma on the rules that our loader takes: it reads refused ones, bombs among them, without bounds."""
    rules = [written for folder, pack in packs for written in taken_rules(folder, pack)]
    validator = _validator()
    for number, rule in enumerate(rules, 1):
        yield from _issues(rule, validator)
        if number % 50 == 0 or number == len(rules):
            progress(number, len(rules))
    for issue in validator.finalize():
        yield from _told(issue)


def _validator() -> SigmaValidator:
    plugins = InstalledSigmaPlugins.autodiscover(include_backends=False, include_pipelines=False)
    installed = cast(dict[str, type[SigmaRuleValidator]], plugins.validators)  # typed as instances there
    return SigmaValidator([*(one for one in installed.values() if one not in _FETCHING), AttackTagForm])


def _issues(rule: Written, validator: SigmaValidator) -> Iterator[Issue]:
    of = SigmaCorrelationRule if "correlation" in rule.document else SigmaRule
    if "filter" in rule.document:
        return
    try:
        parsed = of.from_dict(dict(rule.document), True, SigmaRuleLocation(Path(rule.path)))
        for error in parsed.errors:
            yield Issue(rule.path, rule.title, type(error).__name__, "error", one_line(error))
        if not parsed.errors:
            for issue in validator.validate_rule(parsed):  # type: ignore[arg-type]  # takes both, says one
                yield from _told(issue)
    except (SigmaError, KeyError, TypeError, ValueError, AttributeError, RecursionError) as error:
        yield Issue(rule.path, rule.title, type(error).__name__, "error", one_line(error))


def _told(issue: SigmaValidationIssue) -> Iterator[Issue]:
    known = {"rules", "severity", "description"}
    said = [f"{one.name}={getattr(issue, one.name)}" for one in fields(issue) if one.name not in known]
    message = " ".join([issue.description, *said])
    name, severity = type(issue).__name__, issue.severity.name.lower()
    for rule in issue.rules:
        path = str(rule.source.path) if rule.source else ""
        yield Issue(path, rule.title, name, severity, " ".join(message.split())[:300])  # type: ignore[arg-type]  # the enum's names


class AttackTagForm(SigmaTagValidator):
    """`attack.` tags: tactics by name, everything else by the form of its number."""

    def validate_tag(self, tag: SigmaRuleTag) -> list[SigmaValidationIssue]:
        if tag.namespace != "attack" or tag.name.replace("_", "-") in TACTICS or _ATTACK.fullmatch(tag.name):
            return []
        return [InvalidATTACKTagIssue([self.rule], tag)]
