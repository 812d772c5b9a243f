"""`taishi notice`: letters and their life."""

import argparse
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import get_args

from taishi.app.desk import Desk
from taishi.cli.data import act_arguments, answer_arguments, desk, person_id
from taishi.cli.moment import moment
from taishi.cli.notice_delivery import (
    deliver_arguments,
    delivery_arguments,
    link_arguments,
    run_deliver,
    run_delivery,
    run_link,
)
from taishi.cli.notice_document import life_document, notice_document, notice_lines
from taishi.cli.notice_evidence import evidence_arguments, run_evidence
from taishi.cli.notice_layout import layout_arguments, run_layout
from taishi.cli.notice_limits import limits_arguments, run_limits
from taishi.cli.notice_loop import ACTS, act_on_loop, loop_arguments, told
from taishi.cli.notice_policy import policy_arguments, run_policy
from taishi.cli.notice_printing import printing_arguments, run_printing
from taishi.cli.notice_stats import show_stats, stats_arguments
from taishi.cli.notice_summary import run_summary, summary_arguments
from taishi.cli.notice_texts import run_texts, texts_arguments
from taishi.cli.notice_warning import run_warning, warning_arguments
from taishi.cli.output import print_json, print_table
from taishi.core.clock import ZONE
from taishi.core.notice_records import Notice, NoticeState
from taishi.core.problems import Problem
from taishi.core.records import THREATS

#: Acts with a file of their own.
_OTHERS: Mapping[str, Callable[[argparse.Namespace], int]] = {
    "policy": run_policy,
    "summary": run_summary,
    "limits": run_limits,
    "evidence": run_evidence,
    "check-layout": run_layout,
    "delivery": run_delivery,
    "deliver": run_deliver,
    "link": run_link,
    "texts": run_texts,
    "print": run_printing,
    "warn": run_warning,
}


class Notices:
    name = "notice"
    help = "letters from draft to closure, how the loop works, the policy they follow"
    example = "taishi notice approve N-2026-0001 --as 张三 --data ./data"

    def arguments(self, parser: argparse.ArgumentParser) -> None:
        acts = parser.add_subparsers(dest="act", metavar="ACT", required=True)
        listing = acts.add_parser("list", help="every letter")
        listing.add_argument("--state", choices=get_args(NoticeState))
        listing.add_argument("--unit", metavar="UNIT")
        listing.add_argument("--class", dest="threat", choices=THREATS)
        listing.add_argument("--since", metavar="DATE", help="drafted from that day on")
        listing.add_argument("--overdue", action="store_true", help="without an answer, past the deadline")
        answer_arguments(listing)
        show = acts.add_parser("show", help="one letter; with --out as DOCX or PDF")
        show.add_argument("id", metavar="ID")
        show.add_argument("--out", type=Path, metavar="FILE.docx|.pdf")
        answer_arguments(show)
        evidence_arguments(acts.add_parser("evidence", help="everything that proves a letter, as one zip"))
        delivery_arguments(acts.add_parser("delivery", help="how letters leave: mail, portal; shown or set"))
        deliver_arguments(acts.add_parser("deliver", help="mail a letter to a contact, or say who took it"))
        link_arguments(acts.add_parser("link", help="a unit's way to its letter: an address for one use"))
        policy_arguments(acts.add_parser("policy", help="what is done by class and level; shown or set"))
        summary_arguments(acts.add_parser("summary", help="what a week had that makes no letter"))
        limits_arguments(acts.add_parser("limits", help="what the loop measures by; shown or set"))
        warning_arguments(acts.add_parser("warn", help="draft a warning to units from its facts"))
        texts_arguments(acts.add_parser("texts", help="sentences of letters; shown, previewed, set, undone"))
        printing_arguments(acts.add_parser("print", help="many letters as PDF, into a folder"))
        layout_arguments(acts.add_parser("check-layout", help="measure a letter's PDF by GB/T 9704"))
        draft = acts.add_parser("draft", help="draft a letter from alerts of one unit, or about a letter")
        draft.add_argument("alerts", nargs="*", metavar="ALERT")
        draft.add_argument(
            "--type",
            default="disposal",
            metavar="TYPE",
            help="disposal, advisory; with --about: reminder, recheck, lifting",
        )
        draft.add_argument("--about", metavar="ID", help="the letter that the paper is about")
        for name, words in (
            ("approve", "approve exactly the text as it stands now"),
            ("issue", "give an approved letter its number"),
            ("withdraw", "take a letter back, with a reason"),
        ):
            act = acts.add_parser(name, help=words)
            act.add_argument("id", metavar="ID")
        loop_arguments(acts.add_parser)
        stats_arguments(acts.add_parser("stats", help="how the loop works, by type, class and unit"))
        for act in (draft, *(acts.choices[name] for name in ("approve", "issue", "withdraw"))):
            act_arguments(act)
            answer_arguments(act)

    def run(self, args: argparse.Namespace) -> int:
        if args.act in _OTHERS:
            return _OTHERS[args.act](args)
        with desk(args) as found:
            if args.act == "list":
                return _list(args, found)
            if args.act == "show":
                return _show(args, found)
            if args.act == "stats":
                return show_stats(args, found)
            notice = _act(args, found, person_id(found, args.person))
            _print_one(args, found, notice)
            return told(args, found, notice)


def _act(args: argparse.Namespace, found: Desk, by: str) -> Notice:
    letters = found.letters
    if args.act in ACTS:
        return act_on_loop(args, found, by)
    if args.act == "draft":
        if args.about:
            return letters.draft_about(args.about, args.type, by)
        return letters.draft(args.alerts, by, args.type)
    if args.act == "approve":
        return letters.approve(args.id, by, letters.text_hash(args.id))
    if args.act == "issue":
        return letters.issue(args.id, by)
    return letters.withdraw(args.id, by, args.why)


def _list(args: argparse.Namespace, found: Desk) -> int:
    since, now = moment(args.since, "--since"), found.clock.now()
    notices = [
        one
        for one in found.letters.list(args.state)
        if args.unit in (None, one.unit)
        and (args.threat is None or (one.items and one.threat == args.threat))
        and (since is None or one.created_at >= since)
        and (not args.overdue or one.overdue(now))
    ]
    if args.json:
        print_json({"notices": [notice_document(found, one) for one in notices]})
        return 0
    rows = ((one.id, one.number or "—", one.unit, one.title, one.state, _local(one)) for one in notices)
    print_table(("id", "number", "unit", "title", "state", "deadline"), rows)
    return 0


def _local(notice: Notice) -> str:
    return notice.deadline.astimezone(ZONE).strftime("%Y-%m-%d %H:%M")


def _show(args: argparse.Namespace, found: Desk) -> int:
    notice = found.letters.get(args.id)
    if args.out is not None:
        _write(args.out, found, notice)
    _print_one(args, found, notice)
    return 0


def _write(path: Path, found: Desk, notice: Notice) -> None:
    makers = {".docx": found.letters.docx, ".pdf": found.letters.pdf}
    if path.suffix not in makers:
        raise Problem(f"--out {path}: name a .docx or .pdf file")
    try:
        path.write_bytes(makers[path.suffix](notice.id))
    except OSError as error:
        raise Problem(f"--out {path}: {error.strerror}; choose a file that can be written") from None


def _print_one(args: argparse.Namespace, found: Desk, notice: Notice) -> None:
    if not args.json:
        print("\n".join(notice_lines(found, notice)))
        return
    whole = life_document(found, notice) if args.act == "show" else {}
    print_json({**notice_document(found, notice), **whole})


COMMAND = Notices()
