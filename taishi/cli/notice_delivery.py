"""`taishi notice delivery|deliver|link`: how letters leave, one letter on its way, a unit's way to it."""

import argparse
from datetime import datetime
from pathlib import Path

import segno

from taishi.app.delivery.writing import address_of
from taishi.app.desk import Desk
from taishi.cli.data import act_arguments, answer_arguments, desk, person_id
from taishi.cli.moment import moment
from taishi.cli.output import Document, print_json, print_table
from taishi.core.clock import ZONE, rfc3339
from taishi.core.portal_records import Delivery
from taishi.core.problems import Problem


def delivery_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--set", type=Path, metavar="FILE.yml", help="put this in place; asks --as, --why")
    parser.add_argument("--as", dest="person", metavar="PERSON", help="name of who sets it")
    parser.add_argument("--why", default="", metavar="REASON", help="reason, kept in the audit")
    answer_arguments(parser)


def run_delivery(args: argparse.Namespace) -> int:
    """Prints the settings as YAML, to be edited; with --set puts others in place."""
    with desk(args) as found:
        if args.set is not None:
            if not args.person:
                raise Problem("--set: say who sets it with --as PERSON")
            try:
                text = args.set.read_text("utf-8")
            except (OSError, UnicodeDecodeError) as error:
                raise Problem(f"{args.set}: cannot be read ({type(error).__name__})") from None
            found.settings.set_delivery(text, person_id(found, args.person), args.why, str(args.set))
        settings = found.settings.delivery()
        if args.json:
            mail, portal = settings.mail, settings.portal
            print_json({"mail": mail.on, "sender": mail.sender, "portal": portal.listen, "url": portal.url})
        else:
            print(found.settings.delivery_text(), end="")
    return 0


def deliver_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("id", metavar="ID")
    parser.add_argument("--to", metavar="NAME", help="the contact; without it the next who was not tried")
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--by-hand", metavar="NAME", help="who took the letter")
    what.add_argument("--bounced", metavar="DELIVERY", help="it did not reach the contact; say why")
    what.add_argument("--arrived", metavar="DELIVERY", help="what was unclear: it arrived")
    what.add_argument("--again", metavar="DELIVERY", help="what was unclear: send it again")
    what.add_argument("--now", action="store_true", help="send what is due, as the running service does")
    what.add_argument("--list", action="store_true", help="how the letter was carried so far")
    parser.add_argument("--at", metavar="TIME", help="when it was taken (default: now)")
    act_arguments(parser)
    answer_arguments(parser)


def run_deliver(args: argparse.Namespace) -> int:
    with desk(args) as found:
        _deliver(args, found, person_id(found, args.person))
        carried = found.deliveries.of(args.id)
        if args.json:
            print_json({"deliveries": [_document(one) for one in carried]})
            return 0
        rows = (
            (one.id, one.channel, one.to, one.address, one.state, _when(one), one.problem) for one in carried
        )
        print_table(("id", "by", "to", "address", "state", "at", "problem"), rows)
    return 0


def _deliver(args: argparse.Namespace, found: Desk, by: str) -> None:
    deliveries, at = found.deliveries, moment(args.at, "--at")
    if args.list:
        return
    if args.by_hand is not None:
        deliveries.by_hand(args.id, by, args.by_hand, at)
    elif args.bounced is not None:
        deliveries.bounced(args.bounced, by, args.why)
    elif args.arrived is not None or args.again is not None:
        deliveries.settle(args.arrived or args.again, by, args.arrived is not None)
    elif args.now:
        deliveries.run()
    else:
        deliveries.mail(args.id, by, args.to)


def _document(one: Delivery) -> Document:
    return {
        "id": one.id,
        "channel": one.channel,
        "to": one.to,
        "address": one.address or None,
        "state": one.state,
        "attempts": one.attempts,
        "message_id": one.message_id or None,
        "queued_at": rfc3339(one.queued_at),
        "next_at": rfc3339(one.next_at) if one.next_at else None,
        "sent_at": rfc3339(one.sent_at) if one.sent_at else None,
        "problem": one.problem or None,
    }


def _when(one: Delivery) -> str:
    return _local(one.sent_at or one.next_at or one.queued_at)


def _local(at: datetime) -> str:
    return at.astimezone(ZONE).strftime("%Y-%m-%d %H:%M")


def link_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("id", metavar="ID")
    parser.add_argument("--to", default="", metavar="NAME", help="whom it is for, kept in the audit")
    parser.add_argument("--qr", type=Path, metavar="FILE.svg|.png", help="write it as a QR code too")
    parser.add_argument("--end", action="store_true", help="end every link and every session of the letter")
    act_arguments(parser)
    answer_arguments(parser)


def run_link(args: argparse.Namespace) -> int:
    with desk(args) as found:
        by = person_id(found, args.person)
        if args.end:
            found.links.end(args.id, by, args.why)
            print_json({"ended": True}) if args.json else print("ended")
            return 0
        code, link = found.links.make(args.id, by, args.to)
        address = address_of(found.settings.delivery(), code)
        if args.qr is not None:
            _draw(args.qr, address)
        if args.json:
            print_json({"address": address, "code": code, "expires_at": rfc3339(link.expires_at)})
        else:
            print(f"{address}\n{code}\n只能打开一次，{_local(link.expires_at)} 失效 / works once, until then")
    return 0


def _draw(path: Path, address: str) -> None:
    if path.suffix not in (".svg", ".png"):
        raise Problem(f"--qr {path}: name a .svg or .png file")
    try:
        segno.make(address, error="m", micro=False).save(str(path), scale=8, border=4)
    except OSError as error:
        raise Problem(f"--qr {path}: {error.strerror}; choose a file that can be written") from None
