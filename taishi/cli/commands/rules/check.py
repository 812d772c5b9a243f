"""`taishi rules check`."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from taishi.cli.output import print_json, print_table
from taishi.cli.progress import progress

if TYPE_CHECKING:
    from taishi.app.rule_check import Checked

_SEVERITIES = ("error", "high", "medium", "low")


class Check:
    name = "check"
    help = "what is wrong with rules: refused ones, pySigma's validators, their examples; exit 1 on errors"
    examples = (
        "taishi rules check detections/rules",
        "taishi rules check sigma_core.zip --strict high --json",
    )

    def arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("paths", nargs="+", type=Path, metavar="PATH", help="folder, file or release zip")
        parser.add_argument(
            "--strict",
            choices=_SEVERITIES,
            default="error",
            metavar="SEVERITY",
            help="exit 1 already on issues of this severity: high, medium or low (default: errors only)",
        )
        parser.add_argument("--json", action="store_true", help="one JSON document on standard output")

    def run(self, args: argparse.Namespace) -> int:
        from taishi.app.rule_check import check_rules  # pySigma takes a second: only when it is needed

        with progress("rules") as show:
            checked = check_rules(args.paths, show)
        _print_document(checked) if args.json else _print(checked)
        bar = _SEVERITIES.index(args.strict)
        return int(any(_SEVERITIES.index(issue.severity) <= bar for issue in checked.issues))


def _print_document(checked: "Checked") -> None:
    print_json(
        {
            "rules": checked.rules,
            "correlations": checked.correlations,
            "filters": checked.filters,
            "waiting": checked.waiting,
            "examples": checked.examples,
            "errors": checked.errors,
            "issues": [
                {
                    "path": issue.path,
                    "rule": issue.rule,
                    "issue": issue.name,
                    "severity": issue.severity,
                    "message": issue.message,
                }
                for issue in checked.issues
            ],
        }
    )


def _print(checked: "Checked") -> None:
    for issue in checked.issues:
        print(f"{issue.severity:<6} {issue.path}: {issue.name}: {issue.message}")
    counted = f"{checked.rules} rules, {checked.correlations} correlations, {checked.filters} filters"
    waiting = f", {checked.waiting} waiting for values of placeholders" if checked.waiting else ""
    print(f"{counted}{waiting}; {checked.examples} examples tried; {checked.errors} errors")
    if checked.issues:
        print_table(
            ("issue", "severity", "times"),
            ((name, severity, str(count)) for name, severity, count in checked.by_name()),
        )


ACTS = (Check(),)
