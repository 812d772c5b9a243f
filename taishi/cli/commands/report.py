"""`taishi report`: posture figures of a window, from the store or from an export; and whether one adds up."""

import argparse
from datetime import datetime
from pathlib import Path

import msgspec

from taishi.app.reports.checking import check, read_published
from taishi.app.reports.desk import refuse_residual
from taishi.app.reports.document import document
from taishi.app.reports.events_file import export_lines, read_events
from taishi.app.reports.papers import SUFFIXES, paper
from taishi.app.reports.report import Report, from_events
from taishi.app.risk_versions import versions
from taishi.app.settings import DEFAULT_BUREAU
from taishi.app.window import Window
from taishi.cli.data import answer_arguments, desk, person_id
from taishi.cli.moment import moment
from taishi.cli.outfile import replacing
from taishi.cli.output import print_json, print_table
from taishi.core.clock import ZONE, SystemClock
from taishi.core.incidents import INCIDENTS
from taishi.core.problems import Problem
from taishi.core.records import LEVEL_NAMES, LEVELS, THREAT_NAMES, THREATS, Bureau
from taishi.core.text import Language


class ReportCommand:
    name = "report"
    help = "posture figures of a span with year-on-year, and whether a published one adds up"
    example = "taishi report --from 2026-11-01 --to 2026-11-30 --out november.docx --data ./data"

    def arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument(
            "--from", dest="since", metavar="DATE", help="first day (Asia/Shanghai), or a time"
        )
        parser.add_argument(
            "--to", dest="until", metavar="DATE", help="last day, included; or a time, excluded"
        )
        parser.add_argument("--as-of", metavar="TIME", help="count what was known then (default: now)")
        parser.add_argument("--out", type=Path, metavar="FILE", help="write a .docx, .pdf, .xlsx or .html")
        parser.add_argument("--events", type=Path, metavar="FILE", help="count an export, not the store")
        parser.add_argument("--export", type=Path, metavar="FILE", help="write the risk events behind it")
        parser.add_argument("--check", type=Path, metavar="FILE", help="does this document add up?")
        parser.add_argument("--publish", action="store_true", help="freeze the report under a number")
        parser.add_argument("--list", action="store_true", help="reports that are published")
        parser.add_argument("--published", metavar="NUMBER", help="a published report, word for word")
        parser.add_argument("--reproduce", metavar="NUMBER", help="does the store still give its figures?")
        parser.add_argument("--as", dest="person", metavar="PERSON", help="who publishes")
        parser.add_argument("--why", default="", metavar="REASON", help="reason, kept in the audit")
        parser.add_argument("--lang", choices=("zh", "en"), default="zh", help="language of words")
        answer_arguments(parser)

    def run(self, args: argparse.Namespace) -> int:
        if args.check:
            return _check(args)
        if args.list:
            return _list(args)
        if args.published or args.reproduce:
            return _again(args)
        if args.publish:
            return _publish(args)
        return _make(args)


def _window(args: argparse.Namespace) -> Window:
    if not args.since or not args.until:
        raise Problem("report: --from and --to are needed, such as --from 2026-11-01 --to 2026-11-30")
    return Window.parse(args.since, args.until)


def _as_of(args: argparse.Namespace) -> datetime | None:
    return moment(args.as_of, "--as-of", end=True)


def _check(args: argparse.Namespace) -> int:
    found = check(read_published(args.check))
    if args.json:
        print_json({"residuals": found})
    elif found:
        print_table(("part", "residual"), ((name, f"{n:+g}") for name, n in found.items()))
    else:
        print("adds up")
    return 1 if found else 0


def _list(args: argparse.Namespace) -> int:
    with desk(args) as found:
        published = found.reports.list()
    if args.json:
        fields = ("id", "since", "until", "as_of", "sha256", "by", "at")
        print_json({"reports": [{name: getattr(one, name) for name in fields} for one in published]})
        return 0
    head = ("number", "from", "to", "as of", "sha256")
    print_table(
        head, ((o.id, _shown(o.since), _shown(o.until), _shown(o.as_of), o.sha256[:16]) for o in published)
    )
    return 0


def _again(args: argparse.Namespace) -> int:
    with desk(args) as found:
        if args.published:
            print_json(msgspec.json.decode(found.reports.get(args.published).document))
            return 0
        same = found.reports.reproduces(args.reproduce)
    said = {"report": args.reproduce, "reproduced": same}
    if args.json:
        print_json(said)
    else:
        print(f"{args.reproduce}: {'the same figures' if same else 'the store gives other figures now'}")
    return 0 if same else 1


def _publish(args: argparse.Namespace) -> int:
    if not args.person:
        raise Problem("report --publish: say who publishes with --as PERSON")
    with desk(args) as found:
        made = found.reports.publish(_window(args), person_id(found, args.person), args.why, _as_of(args))
    if args.json:
        print_json({"report": made.id, "sha256": made.sha256, "document": msgspec.json.decode(made.document)})
    else:
        print(f"published as {made.id}, sha256 {made.sha256}")
    return 0


def _make(args: argparse.Namespace) -> int:
    if args.out and args.out.suffix.lower() not in SUFFIXES:
        raise Problem(f"--out {args.out}: give a name that ends in {', '.join(SUFFIXES)}")
    report, bureau = _from_events(args) if args.events else _from_store(args)
    refuse_residual(report)
    if args.out:
        with replacing(args.out, "--out", [args.events] if args.events else []) as new:
            new.write_bytes(paper(report, bureau, args.out.suffix.lower(), args.lang))
    if args.json:
        print_json(document(report, args.lang))
    elif not args.out:
        _print(report, args.lang)
    return 0


def _from_events(args: argparse.Namespace) -> tuple[Report, Bureau]:
    as_of = _as_of(args)
    file = read_events(args.events, as_of)
    now = SystemClock().now()
    return from_events(file.events, _window(args), as_of or now, file.kinds_told), DEFAULT_BUREAU


def _from_store(args: argparse.Namespace) -> tuple[Report, Bureau]:
    window, as_of = _window(args), _as_of(args)
    with desk(args) as found:
        if args.export:
            with replacing(args.export, "--export", [args.data]) as new, new.open("wb") as file:
                spans = (window, window.year_before())
                lines = (line for one in spans for line in export_lines(versions(found.state, one, as_of)))
                file.writelines(line + b"\n" for line in lines)
        return found.reports.make(window, as_of), found.bureau


def _print(report: Report, language: Language) -> None:
    figures = report.figures
    print(f"{_shown(report.window.since)} — {_shown(report.window.until)}  as of {_shown(report.as_of)}")
    head = ("class", *(LEVEL_NAMES[level].to(language) for level in LEVELS), "total")
    rows = [
        (THREAT_NAMES[one].to(language), *map(str, figures.matrix[one].values()), str(figures.by_threat[one]))
        for one in THREATS
    ]
    sums = ("total", *(str(figures.by_level[level]) for level in LEVELS), str(figures.total))
    print_table(head, [*rows, sums])
    print_table(("unit", "risk events"), ((unit, str(n)) for unit, n in figures.by_unit.items()))
    if report.kinds_told:
        named = ((INCIDENTS[kind].name.to(language), str(n)) for kind, n in figures.by_kind.items())
        print_table(("GB/T 20986", "risk events"), named)
    compared = report.why_not.to(language) if report.why_not else f"{report.yoy_pct:+.1f} %"
    print(f"last year: {report.base.figures.total}, {compared}")
    for one in report.corrections:
        print(f"correction of {one.publication}: {one.published} published, {one.now} now")


def _shown(moment_: datetime) -> str:
    return f"{moment_.astimezone(ZONE):%Y-%m-%d %H:%M}"


COMMAND = ReportCommand()
