"""`taishi alerts`: what an analyst triages."""

import argparse

from taishi.app.alerts import AlertFilter
from taishi.app.desk import Desk
from taishi.cli.data import act_arguments, answer_arguments, desk, person_id
from taishi.cli.output import Document, print_json, print_table
from taishi.core.clock import rfc3339
from taishi.core.records import LEVEL_NAMES, LEVELS, THREAT_NAMES, THREATS, Alert


class Alerts:
    name = "alerts"
    help = "list, show, confirm and dismiss alerts"
    example = "taishi alerts list --class compromised --data ./data"

    def arguments(self, parser: argparse.ArgumentParser) -> None:
        acts = parser.add_subparsers(dest="act", metavar="ACT", required=True)
        listing = acts.add_parser("list", help="every alert, the latest first")
        listing.add_argument("--class", dest="threat", choices=THREATS, help="only this class")
        listing.add_argument("--level", choices=LEVELS, help="only this level")
        listing.add_argument("--unit", metavar="UNIT", help="only this unit (未登记: of nobody)")
        listing.add_argument("--state", choices=("new", "confirmed", "dismissed"), help="only in this state")
        show = acts.add_parser("show", help="one alert with its reasons and evidence")
        confirm = acts.add_parser("confirm", help="the alert stands")
        dismiss = acts.add_parser("dismiss", help="the alert does not stand, with a reason")
        for act in (show, confirm, dismiss):
            act.add_argument("id", metavar="ALERT", help="its number, such as A-2026-000001")
        for act in (confirm, dismiss):
            act_arguments(act)
        for act in (listing, show, confirm, dismiss):
            answer_arguments(act)

    def run(self, args: argparse.Namespace) -> int:
        with desk(args) as found:
            if args.act == "list":
                return _list(args, found)
            _print(args, _act(args, found))
        return 0


def _act(args: argparse.Namespace, found: Desk) -> Alert:
    if args.act == "confirm":
        return found.alerts.confirm(args.id, person_id(found, args.person), args.why)
    if args.act == "dismiss":
        return found.alerts.dismiss(args.id, person_id(found, args.person), args.why)
    return found.alerts.get(args.id)


def _list(args: argparse.Namespace, found: Desk) -> int:
    wanted = AlertFilter(threat=args.threat, level=args.level, unit=args.unit, state=args.state)
    page = found.alerts.list(wanted, limit=None)
    if args.json:
        print_json({"alerts": [_document(one) for one in page.alerts]})
        return 0
    head = ("id", "class", "level", "subject", "unit", "count", "state", "why")
    print_table(head, (_row(one) for one in page.alerts))
    return 0


def _row(alert: Alert) -> tuple[str, ...]:
    said = alert.verdict
    return (
        alert.id,
        THREAT_NAMES[said.threat].zh,
        LEVEL_NAMES[said.level].zh,
        said.subject,
        said.unit or "未登记",
        str(said.count),
        alert.state,
        said.because[0].title.zh,
    )


def _print(args: argparse.Namespace, alert: Alert) -> None:
    if args.json:
        print_json(_document(alert))
        return
    print("  ".join(_row(alert)))
    for reason in alert.verdict.because:
        print(f"  {reason.summary.zh}  [{reason.rule}] × {reason.count}")
        for piece in reason.evidence:
            print(f"    {rfc3339(piece.time)}  {piece.event_id}  {piece.summary}")


def _document(alert: Alert) -> Document:
    said = alert.verdict
    return {
        "id": alert.id,
        "state": alert.state,
        "assignee": alert.assignee,
        "subject": said.subject,
        "class": said.threat,
        "level": said.level,
        "unit": said.unit,
        "first_seen": rfc3339(said.first_seen),
        "last_seen": rfc3339(said.last_seen),
        "count": said.count,
        "peers": list(said.peers),
        "because": [
            {"rule": one.rule, "title": one.title.zh, "count": one.count, "summary": one.summary.zh}
            for one in said.because
        ],
    }


COMMAND = Alerts()
