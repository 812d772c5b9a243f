"""`taishi exchange`: streams of events, alerts, letters and counts to other platforms and from them."""

import argparse
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import datetime
from pathlib import Path

from taishi.app.desk import Desk, open_desk
from taishi.app.exchange.checking import check
from taishi.app.exchange.cursor import Cursor, read_cursor
from taishi.app.exchange.envelope import ALL_TYPES, types_of
from taishi.app.exchange.schema import schema
from taishi.app.exchange.senders import Sender, senders
from taishi.app.exchange.sending import Sending
from taishi.app.exchange.taking import Taken, Taking, WriteEvents, into_inbox, into_store
from taishi.cli.data import data_arguments, desk
from taishi.cli.output import print_json, print_table
from taishi.core.clock import ZONE, rfc3339
from taishi.core.problems import Held, Problem


class Exchange:
    name = "exchange"
    help = "events, alerts, letters and counts to other platforms and from them (docs/exchange.md)"
    example = "taishi exchange out --kinds alerts,notices,counts --to ./up --data ./data"

    def arguments(self, parser: argparse.ArgumentParser) -> None:
        acts = parser.add_subparsers(dest="act", metavar="ACT", required=True)
        out = acts.add_parser(
            "out", help="a signed stream of JSON lines on standard output, or as parts in a folder"
        )
        data_arguments(out)
        out.add_argument(
            "--since",
            metavar="TIME",
            help="date, RFC 3339 time, or the `next` of a stream (default: everything)",
        )
        out.add_argument(
            "--kinds",
            metavar="NAMES",
            help="events, alerts, notices, counts, or kinds of events (default: all)",
        )
        out.add_argument(
            "--to", type=Path, metavar="DIR", help="parts in DIR; goes on after those that are there"
        )
        out.add_argument("--json", action="store_true", help="with --to: what was written")
        into = acts.add_parser("in", help="takes streams in: files, or folders of parts")
        data_arguments(into)
        into.add_argument("paths", nargs="+", type=Path, metavar="PATH")
        into.add_argument(
            "--certificate", type=Path, metavar="FILE", help="the sender's, as PEM, had from elsewhere"
        )
        into.add_argument("--json", action="store_true")
        received = acts.add_parser("received", help="what other platforms told, and what is missing")
        data_arguments(received)
        received.add_argument("--json", action="store_true")
        acts.add_parser("schema", help="the form of a line as JSON Schema")

    def run(self, args: argparse.Namespace) -> int:
        return {"out": _out, "in": _in, "received": _received, "schema": _schema}[args.act](args)


def _out(args: argparse.Namespace) -> int:
    if args.to is None and sys.stdout.isatty():
        raise Problem("exchange out: writes to standard output; send it to a file with >, or give --to DIR")
    with desk(args) as found:
        since, begin = _since(args.since, found)
        sending = Sending(found, _types(args.kinds), since)
        if args.to is None:
            sending.write(sending.parts(begin or Cursor()), begin, sys.stdout.buffer)
            return 0
        args.to.mkdir(parents=True, exist_ok=True)
        written = list(sending.write_parts(begin or _end(args.to, found), args.to))
    total = sum(manifest.lines for _, manifest in written)
    if args.json:
        parts = [{"path": str(path), "lines": one.lines, "next": one.next} for path, one in written]
        print_json({"lines": total, "parts": parts})
    else:
        print(f"{total} lines in {len(written)} parts in {args.to}")
    return 0


def _types(names: str | None) -> frozenset[str]:
    try:
        return ALL_TYPES if names is None else types_of(names.split(","))
    except KeyError as error:
        raise Problem(
            f"--kinds {error.args[0]}: is none; known are events, alerts, notices, counts, flow, dns …"
        ) from None


def _since(text: str | None, found: Desk) -> tuple[datetime | None, Cursor | None]:
    if text is None:
        return None, None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None, read_cursor(text, found.events)
    return moment if moment.tzinfo else moment.replace(tzinfo=ZONE), None


def _end(folder: Path, found: Desk) -> Cursor | None:
    """Where the parts that are there end."""
    parts = sorted(folder.glob("part-*.ndjson"))
    return read_cursor(check(parts[-1]).manifest.next, found.events) if parts else None


def _in(args: argparse.Namespace) -> int:
    paths = [part for path in args.paths for part in _streams(path)]
    certificate = _certificate(args.certificate)
    taken: list[Taken] = []
    with _open(args) as (found, write):
        taking = Taking(found, write)
        for path in paths:
            try:
                taken.append(taking.take(check(path, certificate)))
            except Problem as problem:
                before = f"; {len(taken)} of {len(paths)} files were taken before it" if taken else ""
                raise Problem(f"{problem}{before}") from None
    _tell(taken, args.json)
    return 1 if any(one.refused for one in taken) else 0


@contextmanager
def _open(args: argparse.Namespace) -> Iterator[tuple[Desk, WriteEvents]]:
    """Where a service holds the store, events go through its inbox."""
    try:
        found = open_desk(args.data, store_uri=args.store, state_uri=args.state_store)
        write = into_store(found)
    except Held:
        found = open_desk(args.data, store_uri=args.store, state_uri=args.state_store, read_only=True)
        write = into_inbox(args.data / "inbox")
    try:
        yield found, write
    finally:
        found.close()


def _streams(path: Path) -> Iterable[Path]:
    """The parts of a folder in their order, or the file itself."""
    if not path.is_dir():
        return [path]
    parts = sorted(path.glob("part-*.ndjson"))
    if not parts:
        raise Problem(f"{path}: has no part-*.ndjson; name the folder that `taishi exchange out --to` wrote")
    return parts


def _certificate(path: Path | None) -> bytes | None:
    try:
        return path.read_bytes() if path else None
    except OSError as error:
        raise Problem(f"--certificate {path}: {error.strerror}") from None


def _tell(taken: list[Taken], as_json: bool) -> None:
    names = ("stored", "duplicate", "handed", "items")
    sums = {name: sum(getattr(one, name) for one in taken) for name in names}
    refused = [
        {"path": str(one.path), "line": line, "reason": reason}
        for one in taken
        for line, reason, _ in one.refused
    ]
    again = sum(one.again for one in taken)
    if as_json:
        print_json(
            {"streams": len(taken), "again": again, **sums, "quarantined": len(refused), "refused": refused}
        )
        return
    events = f"{sums['stored']} events new, {sums['duplicate']} known, {sums['handed']} handed to the service"
    print(
        f"{len(taken)} streams ({again} taken before): {events}; {sums['items']} alerts, letters and counts"
    )
    for one in refused:
        print(f"{one['path']} line {one['line']}: {one['reason']}", file=sys.stderr)


def _received(args: argparse.Namespace) -> int:
    with desk(args) as found:
        known = senders(found.state)
    if args.json:
        print_json({"senders": [_document(one) for one in known]})
        return 0
    head = ("sender", "streams", "last", "gaps", "risk events", "high", "medium", "low")
    print_table(head, (_row(one) for one in known))
    return 0


def _schema(_: argparse.Namespace) -> int:
    print_json(schema())
    return 0


def _document(one: Sender) -> dict[str, object]:
    return {**asdict(one), "last": rfc3339(one.last), "gaps": [rfc3339(gap) for gap in one.gaps]}


def _row(one: Sender) -> tuple[str, ...]:
    levels = (str(one.by_level[level]) for level in ("high", "medium", "low"))
    last = one.last.astimezone(ZONE).isoformat(" ", "seconds")
    return (one.name, str(one.streams), last, str(len(one.gaps)), str(one.total), *levels)


COMMAND = Exchange()
