"""`taishi sensor`: where events come from, and how each of those is."""

import argparse
import re
from datetime import datetime
from pathlib import Path
from typing import get_args

from taishi.app.desk import Desk
from taishi.app.roles import SYSTEM
from taishi.app.sensors import KIND_NAMES, STATE_NAMES, SensorStatus, Wanted, status_document
from taishi.cli.data import answer_arguments, desk, person_id
from taishi.cli.moment import span
from taishi.cli.output import print_json, print_table
from taishi.core.clock import ZONE
from taishi.core.ecs import KINDS
from taishi.core.problems import Problem
from taishi.core.records import SensorKind, TlsFiles, Transport

#: The option that says where a sensor of the kind listens or looks.
_PLACES: dict[SensorKind, str] = {
    "folder": "path",
    "port": "listen",
    "syslog": "listen",
    "interface": "interface",
}
#: Kinds that listen to senders who are named.
_LISTENING: tuple[SensorKind, ...] = ("port", "syslog")


class Sensor:
    name = "sensor"
    help = "make an interface, a folder, a port or a log shipper a sensor; see how each is"
    example = (
        "taishi sensor add core --kind port --listen 0.0.0.0:2055 --exporter 192.0.2.1=核心 --data ./data"
    )

    def arguments(self, parser: argparse.ArgumentParser) -> None:
        acts = parser.add_subparsers(dest="act", metavar="ACT", required=True)
        _add_arguments(acts.add_parser("add", help="a new sensor; a running service takes it up in seconds"))
        for name, words in (
            ("list", "every sensor with its state and figures"),
            ("status", "the same with every figure; exit 1 unless all (or the named one) are live"),
        ):
            act = acts.add_parser(name, help=words)
            act.add_argument("name", nargs="?", metavar="NAME")
            answer_arguments(act)
        remove = acts.add_parser("remove", help="ends a sensor; its events stay")
        remove.add_argument("name", metavar="NAME")
        _act_arguments(remove)

    def run(self, args: argparse.Namespace) -> int:
        acts = {"add": _add, "list": _list, "status": _show, "remove": _remove}
        return acts[args.act](args)


def _add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("name", metavar="NAME")
    parser.add_argument("--kind", required=True, choices=get_args(SensorKind))
    parser.add_argument("--path", metavar="DIR", help="folder: files laid there are read")
    parser.add_argument("--listen", metavar="HOST:PORT", help="port: UDP for NetFlow, IPFIX, sFlow; syslog")
    parser.add_argument("--interface", metavar="NAME", help="interface: packets on it are metered")
    parser.add_argument(
        "--exporter",
        "--sender",
        action="append",
        default=[],
        metavar="ADDRESS[=NAME]",
        help="port, syslog: who may send, an address or a network; repeat for several; others are refused",
    )
    parser.add_argument("--unit", metavar="UNIT", help="the unit that events without an owner belong to")
    parser.add_argument(
        "--event-kind",
        action="append",
        default=[],
        choices=KINDS,
        help="bulk: kinds of events that it may bring; repeat for several (default: all)",
    )
    parser.add_argument("--silent-after", metavar="TIME", help="when it counts as silent, e.g. 5m, 2h")
    parser.add_argument(
        "--ring", metavar="SIZE", help="interface: bytes of packets kept for evidence, e.g. 8GiB, or off"
    )
    parser.add_argument("--ring-age", metavar="TIME", help="interface: how long they are kept, e.g. 12h")
    parser.add_argument(
        "--transport", choices=get_args(Transport), help="syslog: how it is spoken to (default: udp+tcp)"
    )
    parser.add_argument("--tls-cert", metavar="FILE", help="syslog over TLS: our certificate (PEM)")
    parser.add_argument("--tls-key", metavar="FILE", help="syslog over TLS: its key (PEM, not encrypted)")
    parser.add_argument(
        "--tls-clients", metavar="FILE", help="syslog over TLS: who signs senders' certificates"
    )
    _act_arguments(parser)


def _act_arguments(parser: argparse.ArgumentParser) -> None:
    answer_arguments(parser)
    parser.add_argument(
        "--as", dest="person", metavar="PERSON", help="an administrator (default: the system)"
    )
    parser.add_argument("--why", default="", metavar="REASON", help="reason, kept in the audit")


def _add(args: argparse.Namespace) -> int:
    wanted = _wanted(args)
    with desk(args, may_create=True) as found:
        entry, token = found.sensors.add(wanted, _actor(found, args.person), args.why)
    if args.json:
        place = {} if token else {"kind": entry.kind, "place": entry.place}
        print_json({"name": entry.name, **({"token": token} if token else place)})
    elif token:
        print(f"{entry.name}  {token}  (shown only this once)")
    else:
        print(f"{entry.name}: {KIND_NAMES[entry.kind].en} {entry.place}")
    return 0


def _wanted(args: argparse.Namespace) -> Wanted:
    """Raises Problem where an option is missing or belongs to another kind."""
    kind: SensorKind = args.kind
    own = _PLACES.get(kind)
    if own and not getattr(args, own):
        raise Problem(f"--kind {kind}: --{own} is missing")
    for option in dict.fromkeys(_PLACES.values()):
        if option != own and getattr(args, option):
            kinds = " or ".join(of for of, needed in _PLACES.items() if needed == option)
            raise Problem(f"--{option}: is for --kind {kinds}, not {kind}")
    if kind in _LISTENING and not args.exporter:
        raise Problem(f"--kind {kind}: name who may send with --sender ADDRESS; all others are refused")
    if kind not in _LISTENING and args.exporter:
        raise Problem(f"--sender: is for --kind {' or '.join(_LISTENING)}, not {kind}")
    if kind != "interface" and (args.ring or args.ring_age):
        raise Problem(f"--ring, --ring-age: are for --kind interface, not {kind}")
    if kind != "bulk" and args.event_kind:
        raise Problem(f"--event-kind: is for --kind bulk, not {kind}")
    silent = span(args.silent_after, "--silent-after")
    age = span(args.ring_age, "--ring-age")
    return Wanted(
        args.name,
        kind,
        getattr(args, _PLACES[kind]) if kind in _PLACES else "",
        [line.replace("=", " ", 1) for line in args.exporter],
        args.unit,
        int(silent.total_seconds()) if silent else None,
        _ring_bytes(args.ring),
        int(age.total_seconds()) if age else None,
        *_transport(args),
        args.event_kind,
    )


def _transport(args: argparse.Namespace) -> tuple[Transport | None, TlsFiles | None]:
    """How a port for syslog is spoken to; nothing of the other kinds."""
    named = [args.tls_cert, args.tls_key, args.tls_clients]
    if args.kind != "syslog" and (args.transport or any(named)):
        raise Problem(f"--transport, --tls-…: are for --kind syslog, not {args.kind}")
    if args.kind != "syslog":
        return None, None
    transport: Transport = args.transport or ("tls" if any(named) else "udp+tcp")
    if transport != "tls" and any(named):
        raise Problem(f"--tls-…: are for --transport tls, not {transport}")
    if transport == "tls" and not (args.tls_cert and args.tls_key):
        raise Problem("--transport tls: name our certificate and its key with --tls-cert and --tls-key")
    files = [str(Path(one).resolve()) if one else None for one in named]
    return transport, TlsFiles(files[0] or "", files[1] or "", files[2]) if transport == "tls" else None


def _ring_bytes(text: str | None) -> int | None:
    if text is None:
        return None
    if text == "off":
        return 0
    found = re.fullmatch(r"(\d{1,6})(MiB|GiB)", text)
    if found is None or not int(found[1]):
        raise Problem(f"--ring {text}: give a number with MiB or GiB, such as 8GiB, or off")
    return int(found[1]) << (20 if found[2] == "MiB" else 30)


def _actor(found: Desk, name: str | None) -> str:
    return person_id(found, name) if name else SYSTEM


def _list(args: argparse.Namespace) -> int:
    with desk(args) as found:
        known = found.sensors.status(args.name)
    if args.json:
        print_json({"sensors": [status_document(one) for one in known]})
        return 0
    head = ("sensor", "kind", "place", "state", "last seen", "events", "received", "bytes", "dropped", "lost")
    print_table(head, [_row(one) for one in known])
    return 0


def _row(status: SensorStatus) -> tuple[str, ...]:
    entry, beat = status.entry, status.beat
    figures = (beat.events, beat.received, beat.bytes, beat.dropped, beat.lost)
    state = STATE_NAMES[status.state]
    return (
        entry.name,
        entry.kind,
        entry.place or "—",
        f"{state.zh} {state.en}",
        _when(beat.last_seen),
        *(f"{n:,}" for n in figures),
    )


def _show(args: argparse.Namespace) -> int:
    with desk(args) as found:
        known = found.sensors.status(args.name)
    if args.json:
        print_json({"sensors": [status_document(one) for one in known]})
    else:
        for one in known:
            _print_status(one)
    return 0 if all(one.state == "live" for one in known) else 1


def _print_status(status: SensorStatus) -> None:
    entry, beat = status.entry, status.beat
    state = STATE_NAMES[status.state]
    print(f"{entry.name}  {state.zh} {state.en}  {entry.kind} {entry.place}".rstrip())
    if beat.problem:
        print(f"  ! {beat.problem}")
    print(f"  last seen {_when(beat.last_seen)}  lag {beat.lag_s:.1f} s  heartbeat {_when(beat.at)}")
    names = ("received", "bytes", "events", "refused", "dropped", "lost", "damaged")
    print("  " + "  ".join(f"{name} {getattr(beat, name):,}" for name in names))
    for sender, n in sorted(beat.senders.items()):
        print(f"  {sender}: {n:,}")
    for reason, n in sorted(beat.reasons.items()):
        print(f"  {reason}: {n:,}")


def _when(moment: datetime | None) -> str:
    return moment.astimezone(ZONE).isoformat(" ", "seconds") if moment else "never"


def _remove(args: argparse.Namespace) -> int:
    with desk(args) as found:
        entry = found.sensors.remove(args.name, _actor(found, args.person), args.why)
    if args.json:
        print_json({"name": entry.name, "removed": True})
    else:
        print(f"{entry.name}: removed")
    return 0


COMMAND = Sensor()
