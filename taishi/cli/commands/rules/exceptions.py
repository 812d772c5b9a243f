"""`taishi rules except`, `unexcept` and `exceptions`."""

import argparse
from datetime import datetime

from detections.exceptions import EVERY_RULE
from taishi.app.rule_costs import read_costs
from taishi.app.rule_exceptions import RuleExceptions, Wish, described
from taishi.app.rule_trial import named_rule
from taishi.cli.commands.rules.installed import installed_rules
from taishi.cli.data import act_arguments, answer_arguments, desk, person_id, person_name
from taishi.cli.moment import moment, span
from taishi.cli.output import Document, print_json, print_table
from taishi.core.clock import ZONE, rfc3339
from taishi.core.problems import Problem
from taishi.core.records import RuleException


class Except:
    name = "except"
    help = (
        "keep a rule's hits from coming up, everywhere or where fields hold, until a date; or thin them out"
    )
    examples = (
        "taishi rules except 'Port Scan' --where source.ip=10.34.9.0/28 --until 2026-12-31"
        " --why 'our own scanner' --as 张三 --data ./data",
        "taishi rules except ID --every 1h --group source.ip --why 'known, many' --as 张三 --data ./data",
    )

    def arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument(
            "rule", metavar="RULE", help="id, title or file name of a rule; '*' for every rule"
        )
        parser.add_argument(
            "--where",
            action="append",
            default=[],
            metavar="FIELD=VALUE",
            help="a value, an address or CIDR, or text with * and ?; repeat for several, which must all hold",
        )
        parser.add_argument("--from", dest="since", metavar="TIME", help="of event time (default: now)")
        parser.add_argument(
            "--until", metavar="TIME", help="date (included) or time; a year at most (default: 90 days)"
        )
        parser.add_argument(
            "--every", metavar="SPAN", help="let one hit through in 30m, 1h, 1d … instead of none at all"
        )
        parser.add_argument(
            "--group", action="append", default=[], metavar="FIELD", help="… for each value of this field"
        )
        act_arguments(parser)
        answer_arguments(parser)

    def run(self, args: argparse.Namespace) -> int:
        wish = Wish(
            _rule_id(args),
            dict(_condition(text) for text in _once(args.where)),
            moment(args.since, "--from"),
            moment(args.until, "--until", end=True),
            span(args.every, "--every"),
            args.group,
        )
        with desk(args) as found:
            made = RuleExceptions(found.state, found.clock).add(wish, person_id(found, args.person), args.why)
        if args.json:
            print_json(_document(made, 0))
        else:
            print(f"{made.id}  {described(made)}  until {_shown(made.until)}")
        return 0


class Unexcept:
    name = "unexcept"
    help = "end an exception now: what happens from now on comes up again"
    examples = ("taishi rules unexcept X-2026-0001 --as 张三 --why 'the scanner is gone' --data ./data",)

    def arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("id", metavar="ID")
        act_arguments(parser)
        answer_arguments(parser)

    def run(self, args: argparse.Namespace) -> int:
        with desk(args) as found:
            ended = RuleExceptions(found.state, found.clock).end(
                args.id, person_id(found, args.person), args.why
            )
        print_json(_document(ended, 0)) if args.json else print(f"{ended.id}  ended; its hits come up again")
        return 0


class Exceptions:
    name = "exceptions"
    help = "every exception with what it has kept back; those that are over, too"
    examples = ("taishi rules exceptions --data ./data",)

    def arguments(self, parser: argparse.ArgumentParser) -> None:
        answer_arguments(parser)

    def run(self, args: argparse.Namespace) -> int:
        costs = read_costs(args.data)
        kept_back = costs.excepted if costs else {}
        with desk(args) as found:
            now, every = found.clock.now(), RuleExceptions(found.state, found.clock).list()
            names = {one.who: person_name(found, one.who) for one in every}
        if args.json:
            print_json({"exceptions": [_document(one, kept_back.get(one.id, 0)) for one in every]})
            return 0
        rows = (
            (
                one.id,
                _state(one, now),
                f"{_shown(one.since)} – {_shown(one.until)}",
                str(kept_back.get(one.id, 0)),
                names[one.who],
                described(one),
                one.why,
            )
            for one in every
        )
        print_table(("id", "state", "span", "kept back", "who", "what", "why"), rows)
        return 0


def _rule_id(args: argparse.Namespace) -> str:
    return EVERY_RULE if args.rule == EVERY_RULE else named_rule(installed_rules(args), args.rule).id


def _once(conditions: list[str]) -> list[str]:
    names = [text.partition("=")[0] for text in conditions]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise Problem(f"--where {twice}: given twice; make an exception for each value")
    return conditions


def _condition(text: str) -> tuple[str, str]:
    field, equals, value = text.partition("=")
    if not equals or not field.strip() or not value.strip():
        raise Problem(f"--where {text}: give FIELD=VALUE, e.g. source.ip=192.0.2.0/24")
    return field.strip(), value.strip()


def _state(one: RuleException, now: datetime) -> str:
    if one.until <= now:
        return "ended" if one.ended_by else "over"
    return "standing" if one.since <= now else "to come"


def _shown(at: datetime) -> str:
    return f"{at.astimezone(ZONE):%Y-%m-%d %H:%M}"


def _document(one: RuleException, kept_back: int) -> Document:
    return {
        "id": one.id,
        "rule": one.rule,
        "where": one.where,
        "mode": one.mode,
        "every_s": one.every_s,
        "group": one.group,
        "since": rfc3339(one.since),
        "until": rfc3339(one.until),
        "kept_back": kept_back,
        "who": one.who,
        "why": one.why,
        "ended_by": one.ended_by,
    }


ACTS = (Except(), Exceptions(), Unexcept())
