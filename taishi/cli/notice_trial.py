"""`taishi notice policy --try`: what another policy would have sent over a window."""

import argparse
from pathlib import Path

from notices.measures import read_policy
from taishi.app.desk import Desk
from taishi.app.measures.trial import Given, Trial, tried
from taishi.app.window import Window
from taishi.cli.output import Document, print_json, print_table
from taishi.core.clock import rfc3339
from taishi.core.problems import Problem

#: Half a year.
_DAYS = 183


def show_trial(args: argparse.Namespace, found: Desk) -> int:
    other = read_policy(read_text(args.other, "--try"), str(args.other))
    trial = tried(found.state, _window(args, found), found.settings.policy(), other)
    if args.json:
        print_json(_document(trial))
    else:
        _print(trial)
    return 0


def read_text(path: Path, option: str) -> str:
    """The file that an option names. Raises Problem where it cannot be read."""
    try:
        return path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise Problem(f"{option} {path}: cannot be read ({error})") from None


def _window(args: argparse.Namespace, found: Desk) -> Window:
    if bool(args.since) != bool(args.until):
        raise Problem("--try: give both --from and --to, or neither")
    if args.since:
        return Window.parse(args.since, args.until)
    return Window.last_days(found.clock.now(), _DAYS)


def _document(trial: Trial) -> Document:
    window = {"from": rfc3339(trial.window.since), "to": rfc3339(trial.window.until)}
    return {
        "window": window,
        "now": _given(trial.now),
        "other": _given(trial.other),
        "sent": dict(trial.sent),
    }


def _given(given: Given) -> Document:
    return {"letters_total": given.total, **vars(given)}


def _print(trial: Trial) -> None:
    now, other, sent = trial.now, trial.other, trial.sent
    types = sorted({*now.letters, *other.letters, *sent})
    rows = [
        (f"letters {one}", *(str(of.get(one, 0)) for of in (now.letters, other.letters, sent)))
        for one in types
    ]
    rows.append(("letters", str(now.total), str(other.total), str(sum(sent.values()))))
    for name in ("alerts", "told", "summary", "waiting", "ownerless", "blocks"):
        rows.append((name, str(getattr(now, name)), str(getattr(other, name)), "—"))
    print_table(("", "policy now", "this one", "really sent"), rows)
    print("without what people did: no letter withdrawn or closed")
