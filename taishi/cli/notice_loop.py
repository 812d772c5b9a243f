"""`taishi notice receipt|start|answer|return|extend|object|settle|verify|close|…`: a letter that has left."""

import argparse
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

from taishi.app.desk import Desk
from taishi.cli.data import act_arguments, answer_arguments
from taishi.core.notice_records import Notice, Paper, PaperKind
from taishi.core.problems import Problem

#: What each act is for.
ACTS = {
    "receipt": "the unit has the letter (签收)",
    "start": "the unit is putting it right (整改中)",
    "answer": "the unit's papers; complete, the letter is answered, else it goes back with reasons",
    "return": "send the papers back, with a reason",
    "extend": "move the deadline by working days, with a reason",
    "object": "the unit says that it is not so, with its reason",
    "settle": "decide on an objection, with a reason",
    "verify": "recheck: is there proof that the matter is over?",
    "close": "close the matter on the opinion that stands; its blocks are lifted",
    "reopen": "open an answered or closed letter again, with a reason",
    "bounce": "the letter did not reach its addressee, with the reason",
}
_PAPERS: dict[str, PaperKind] = {
    "report": "disposal_report",
    "commitment": "commitment_letter",
    "retest": "retest",
    "other": "other",
}
_FILES = "FILE.docx|.pdf|.jpg|.png|.ofd"


def loop_arguments(add: Callable[..., argparse.ArgumentParser]) -> None:
    """`add`: adds the parser of one act."""
    for name, words in ACTS.items():
        act = add(name, help=words)
        act.add_argument("id", metavar="ID")
        _special(name, act)
        act_arguments(act)
        answer_arguments(act)


def _special(name: str, act: argparse.ArgumentParser) -> None:
    if name == "answer":
        act.add_argument("--report", type=Path, metavar=_FILES, help="处置报告单")
        act.add_argument("--commitment", type=Path, metavar=_FILES, help="承诺函, stamped and scanned")
        act.add_argument("--other", type=Path, metavar=_FILES, help="another paper")
    elif name == "verify":
        act.add_argument("--retest", type=Path, metavar=_FILES, help="the record of a retest that was passed")
    elif name == "extend":
        act.add_argument("--days", type=int, required=True, metavar="N", help="working days")
    elif name == "object":
        act.add_argument("--alert", metavar="ALERT", help="of one alert only (default: all of the letter)")
    elif name == "settle":
        which = act.add_mutually_exclusive_group(required=True)
        which.add_argument("--accept", action="store_true", help="it is a false alarm: dismissed, withdrawn")
        which.add_argument("--refuse", action="store_true", help="it is none: the letter goes on")


def act_on_loop(args: argparse.Namespace, found: Desk, by: str) -> Notice:
    """Carries out one of ACTS."""
    loop = found.loop
    acts: dict[str, Callable[[], Notice]] = {
        "receipt": lambda: loop.receive(args.id, by, args.why),
        "start": lambda: loop.start(args.id, by),
        "answer": lambda: loop.answer(args.id, list(_papers(args, found, by)), by),
        "return": lambda: loop.return_(args.id, by, args.why),
        "extend": lambda: loop.extend(args.id, by, args.why, args.days),
        "object": lambda: loop.object(args.id, by, args.why, args.alert),
        "settle": lambda: loop.settle(args.id, by, args.accept, args.why),
        "verify": lambda: loop.recheck(args.id, by, next(_papers(args, found, by), None)),
        "close": lambda: loop.close(args.id, by),
        "reopen": lambda: loop.reopen(args.id, args.why, by),
        "bounce": lambda: loop.bounce(args.id, by, args.why),
    }
    return acts[args.act]()


def told(args: argparse.Namespace, found: Desk, notice: Notice) -> int:
    """The exit status: 1, and why on standard error, where the act led to something else than it asked for:
    the same was seen again, or the answer is not complete."""
    wanted = {"verify": "rechecked", "close": "closed", "answer": "answered"}
    if notice.state == wanted.get(args.act, notice.state):
        return 0
    print(f"taishi: {notice.id}: {found.loop.history(notice.id)[-1].why}", file=sys.stderr)
    return 1


def _papers(args: argparse.Namespace, found: Desk, by: str) -> Iterator[Paper]:
    """Raises Problem, naming the option, where a file cannot be taken."""
    for option, kind in _PAPERS.items():
        path: Path | None = getattr(args, option, None)
        if path is None:
            continue
        notice = found.letters.get(args.id)
        try:
            yield found.loop.papers.take(notice, kind, path, path.name, by, found.clock.now())
        except OSError as error:
            raise Problem(f"--{option} {path}: {error.strerror}; name a file that can be read") from None
        except Problem as problem:
            raise Problem(f"--{option} {path}: {problem}") from None
