"""`taishi rules test`."""

import argparse
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path

from detections.engine.correlate.definition import Correlation
from taishi.app.intake import Input, require_one
from taishi.app.rule_trial import (
    MOST_HOSTS,
    Outcome,
    Trial,
    filed_events,
    find_rules,
    stored_events,
    try_rules,
)
from taishi.cli.commands.rules.installed import installed_rules
from taishi.cli.data import answer_arguments, desk
from taishi.cli.inputs import input_document
from taishi.cli.moment import moment
from taishi.cli.output import Document, print_json
from taishi.cli.progress import progress
from taishi.core.clock import ZONE, rfc3339
from taishi.core.event import Batch


class Test:
    name = "test"
    help = "what rules would have found in past events, stored ones or those of files; changes nothing"
    examples = (
        "taishi rules test new_rule.yml --from 2026-11-01 --data ./data",
        "taishi rules test sigma/rules/windows --file Security.evtx --json",
    )

    def arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument(
            "rules",
            nargs="+",
            metavar="RULE|PATH",
            help="an installed rule by id or title; or a path of rules",
        )
        parser.add_argument(
            "--file", type=Path, nargs="+", metavar="EVENTS", help="files of events instead of stored ones"
        )
        parser.add_argument("--from", dest="since", metavar="TIME", help="date or RFC 3339 time, included")
        parser.add_argument(
            "--to", dest="until", metavar="TIME", help="date (included) or time (not included)"
        )
        answer_arguments(parser)

    def run(self, args: argparse.Namespace) -> int:
        since, until = moment(args.since, "--from"), moment(args.until, "--to", end=True)
        inputs: list[Input] = []
        with ExitStack() as stack:
            pack, meant = find_rules(args.rules, lambda: installed_rules(args), stack)
            show = stack.enter_context(progress("events"))
            batches = _batches(args, since, until, inputs, stack)
            trial = try_rules(pack, meant, batches, lambda events: show(events, 0))
        require_one(inputs)
        if args.json:
            print_json(_document(trial, inputs))
        else:
            _print(trial, inputs)
        return 0


def _batches(
    args: argparse.Namespace,
    since: datetime | None,
    until: datetime | None,
    inputs: list[Input],
    stack: ExitStack,
) -> Iterator[Batch]:
    if args.file:
        return filed_events(args.file, since, until, inputs)
    return stored_events(stack.enter_context(desk(args)).events, since, until)


def _print(trial: Trial, inputs: list[Input]) -> None:
    for one in inputs:
        if one.unusable:
            print(f"! {one.unusable}")
    hit = [outcome for outcome in trial.outcomes if outcome.hits]
    for outcome in hit:
        _print_outcome(outcome)
    print(f"{len(hit)} of {len(trial.outcomes)} rules hit in {trial.events:,} events")


def _print_outcome(outcome: Outcome) -> None:
    rule, counted = outcome.rule, "events"
    print(f"{rule.title}  ({rule.level}, {rule.id})")
    if isinstance(rule, Correlation):
        counted = "times"
    elif rule.silent:
        counted = "events, for a correlation only"
    print(f"  {outcome.hits} {counted}, {_shown(outcome.first)} to {_shown(outcome.last)}")
    more = f" and {len(outcome.hosts) - MOST_HOSTS} more" if len(outcome.hosts) > MOST_HOSTS else ""
    print("  on " + ", ".join(f"{name} ({n})" for name, n in outcome.hosts.most_common(MOST_HOSTS)) + more)
    for one in outcome.examples:
        print(f"    {_shown(one.time)}  {one.summary}")


def _shown(at: datetime | None) -> str:
    return at.astimezone(ZONE).isoformat(" ", "seconds")[:19] if at else "—"


def _document(trial: Trial, inputs: list[Input]) -> Document:
    return {
        "events": trial.events,
        "inputs": [input_document(one) for one in inputs],
        "rules": [_outcome_document(one) for one in trial.outcomes],
    }


def _outcome_document(one: Outcome) -> Document:
    return {
        "rule": one.rule.id,
        "title": one.rule.title,
        "correlation": isinstance(one.rule, Correlation),
        "level": one.rule.level,
        "hits": one.hits,
        "first": rfc3339(one.first) if one.first else None,
        "last": rfc3339(one.last) if one.last else None,
        "hosts": dict(one.hosts.most_common()),
        "examples": [
            {"event_id": example.event_id, "time": rfc3339(example.time), "summary": example.summary}
            for example in one.examples
        ],
    }


ACTS = (Test(),)
