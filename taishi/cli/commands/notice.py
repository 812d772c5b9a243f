"""`taishi notice`: letters and their life."""

import argparse
from pathlib import Path
from typing import get_args

from taishi.app.desk import Desk
from taishi.cli.data import act_arguments, answer_arguments, desk, person_id, person_name
from taishi.cli.notice_layout import layout_arguments, run_layout
from taishi.cli.notice_policy import policy_arguments, run_policy
from taishi.cli.output import Document, print_json, print_table
from taishi.core.clock import ZONE, rfc3339
from taishi.core.notice_records import Notice, NoticeState
from taishi.core.problems import Problem


class Notices:
    name = "notice"
    help = "list, draft, approve, issue and withdraw letters; the policy they follow"
    example = "taishi notice approve N-2026-0001 --as 张三 --data ./data"

    def arguments(self, parser: argparse.ArgumentParser) -> None:
        acts = parser.add_subparsers(dest="act", metavar="ACT", required=True)
        listing = acts.add_parser("list", help="every letter")
        listing.add_argument("--state", choices=get_args(NoticeState))
        listing.add_argument("--unit", metavar="UNIT")
        answer_arguments(listing)
        show = acts.add_parser("show", help="one letter; with --out as DOCX or PDF")
        show.add_argument("id", metavar="ID")
        show.add_argument("--out", type=Path, metavar="FILE.docx|.pdf")
        answer_arguments(show)
        policy_arguments(acts.add_parser("policy", help="what is done by class and level; shown or set"))
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
        for act in (draft, *(acts.choices[name] for name in ("approve", "issue", "withdraw"))):
            act_arguments(act)
            answer_arguments(act)

    def run(self, args: argparse.Namespace) -> int:
        if args.act == "policy":
            return run_policy(args)
        if args.act == "check-layout":
            return run_layout(args)
        with desk(args) as found:
            if args.act == "list":
                return _list(args, found)
            if args.act == "show":
                return _show(args, found)
            notice = _act(args, found, person_id(found, args.person))
            _print_one(args, found, notice)
        return 0


def _act(args: argparse.Namespace, found: Desk, by: str) -> Notice:
    letters = found.letters
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
    notices = [one for one in found.letters.list(args.state) if args.unit in (None, one.unit)]
    if args.json:
        print_json({"notices": [_document(found, one) for one in notices]})
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
    if args.json:
        print_json(_document(found, notice))
        return
    print(f"{notice.id}  {notice.state}  {notice.number or '—'}  {notice.unit}  {notice.title}")
    for item in notice.items:
        print(f"  {item.address}  {item.threat}/{item.level}  {item.count}  {item.what}")


def _document(found: Desk, notice: Notice) -> Document:
    return {
        "id": notice.id,
        "type": notice.type,
        "about": notice.about,
        "number": notice.number,
        "unit": notice.unit,
        "title": notice.title,
        "state": notice.state,
        "created_at": rfc3339(notice.created_at),
        "deadline": rfc3339(notice.deadline),
        "approved_by": person_name(found, notice.approved_by) if notice.approved_by else None,
        "issued_by": person_name(found, notice.issued_by) if notice.issued_by else None,
        "issued_at": rfc3339(notice.issued_at) if notice.issued_at else None,
        "items": [
            {
                "alert": item.alert_id,
                "address": item.address,
                "class": item.threat,
                "level": item.level,
                "count": item.count,
                "what": item.what,
                "rule": item.rule,
            }
            for item in notice.items
        ],
    }


COMMAND = Notices()
