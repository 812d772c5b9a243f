"""`taishi block`: decisions to drop an address."""

import argparse
from collections.abc import Iterator

from taishi.app.desk import Desk
from taishi.cli.block_simulation import run_simulation
from taishi.cli.block_truth import run_truth
from taishi.cli.data import act_arguments, answer_arguments, desk, person_id, person_name
from taishi.cli.moment import moment, span
from taishi.cli.output import Document, print_json, print_table
from taishi.core.clock import rfc3339
from taishi.core.records import THREATS, Alert, Block


class Blocks:
    name = "block"
    help = "list, propose, approve, prolong, reject, lift blocks; simulate them, check the devices"
    example = "taishi block approve B-2026-0001 --as 张三 --data ./data"

    def arguments(self, parser: argparse.ArgumentParser) -> None:
        acts = parser.add_subparsers(dest="act", metavar="ACT", required=True)
        listing = acts.add_parser("list", help="every block")
        listing.add_argument("--state", choices=("proposed", "approved", "applied", "lifted", "rejected"))
        listing.add_argument("--unit", metavar="UNIT", help="whose host it is")
        listing.add_argument("--class", dest="threat", choices=THREATS, help="of one of its alerts")
        listing.add_argument("--since", metavar="DATE", help="proposed from that day on")
        answer_arguments(listing)
        propose = acts.add_parser("propose", help="propose to drop an address because of an alert")
        propose.add_argument("address", metavar="ADDRESS")
        propose.add_argument(
            "--alert", required=True, action="append", metavar="ALERT", help="may be given several times"
        )
        for name, words in (
            ("approve", "approve and carry out (in dry run until the enforcer is switched on)"),
            ("prolong", "let a block that stands last longer, with a reason"),
            ("reject", "turn a proposal down, with a reason"),
            ("lift", "end a block, with a reason"),
        ):
            act = acts.add_parser(name, help=words)
            act.add_argument("id", metavar="ID")
        acts.choices["approve"].add_argument(
            "--for", dest="lasting", metavar="SPAN", help="such as 12h or 30d"
        )
        acts.choices["prolong"].add_argument(
            "--for", dest="lasting", required=True, metavar="SPAN", help="from now, such as 7d"
        )
        acts.choices["lift"].add_argument(
            "--before-recheck", action="store_true", help="though the letter about the host is not rechecked"
        )
        simulate = acts.add_parser("simulate", help="what a block would do; exit 1 where it would be refused")
        simulate.add_argument("what", metavar="ADDRESS|FILE", help="an address, or a file with one a line")
        answer_arguments(simulate)
        truth = acts.add_parser("truth", help="decided against really dropped; exit 1 where they differ")
        answer_arguments(truth)
        for act in (propose, *(acts.choices[name] for name in ("approve", "prolong", "reject", "lift"))):
            act_arguments(act)
            answer_arguments(act)

    def run(self, args: argparse.Namespace) -> int:
        if args.act in ("simulate", "truth"):
            return run_simulation(args) if args.act == "simulate" else run_truth(args)
        with desk(args) as found:
            if args.act == "list":
                return _list(args, found)
            block = _act(args, found, person_id(found, args.person))
            _print_one(args, found, block)
        return 0


def _act(args: argparse.Namespace, found: Desk, by: str) -> Block:
    if args.act == "propose":
        return found.blocks.propose(args.alert[0], args.address, by, args.why or None, also=args.alert[1:])
    if args.act == "approve":
        return found.blocks.approve(args.id, by, _seconds(args))
    if args.act == "prolong":
        return found.blocks.prolong(args.id, by, _seconds(args) or 0, args.why)
    if args.act == "reject":
        return found.blocks.reject(args.id, by, args.why)
    act = found.blocks.lift_before_recheck if args.before_recheck else found.blocks.lift
    return act(args.id, by, args.why)


def _seconds(args: argparse.Namespace) -> int | None:
    lasting = span(args.lasting, "--for")
    return None if lasting is None else int(lasting.total_seconds())


def _chosen(args: argparse.Namespace, found: Desk) -> Iterator[Block]:
    since = moment(args.since, "--since")
    for block in found.blocks.list(args.state):
        alerts = (found.state.get(Alert, alert_id) for alert_id in block.alerts)
        threats = {None, *(alert.verdict.threat for alert in alerts if alert)}
        late = since is None or block.created_at >= since
        if late and args.unit in (None, block.unit) and args.threat in threats:
            yield block


def _list(args: argparse.Namespace, found: Desk) -> int:
    blocks = _chosen(args, found)
    if args.json:
        print_json({"blocks": [_document(found, one) for one in blocks]})
        return 0
    rows = (
        (one.id, one.address, one.state, "dry run" if one.dry_run else "real", one.reason.zh)
        for one in blocks
    )
    print_table(("id", "address", "state", "mode", "reason"), rows)
    return 0


def _print_one(args: argparse.Namespace, found: Desk, block: Block) -> None:
    if args.json:
        print_json(_document(found, block))
        return
    mode = " (dry run: nothing is dropped)" if block.state == "applied" and block.dry_run else ""
    print(f"{block.id}  {block.address}  {block.state}{mode}  {block.reason.zh}")


def _document(found: Desk, block: Block) -> Document:
    return {
        "id": block.id,
        "address": block.address,
        "state": block.state,
        "dry_run": block.dry_run,
        "scope": block.scope,
        "reason": block.reason.zh,
        "alert": block.alert_id,
        "alerts": list(block.alerts),
        "unit": block.unit,
        "created_at": rfc3339(block.created_at),
        "proposed_by": [person_name(found, one) for one in block.proposed_by],
        "approved_by": person_name(found, block.approved_by) if block.approved_by else None,
        "ttl_s": block.ttl_s,
    }


COMMAND = Blocks()
