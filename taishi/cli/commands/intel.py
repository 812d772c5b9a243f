"""`taishi intel`: where intelligence comes from, what it says, what lists do to it, what it finds."""

import argparse
from collections.abc import Sequence
from pathlib import Path

from enrichment.geography import Place
from taishi.app.desk import Desk
from taishi.app.intel import SourceStatus
from taishi.app.intel_reading import guess_kind
from taishi.app.intel_search import look_back
from taishi.app.roles import SYSTEM
from taishi.cli import intel_by_hand, intel_export, intel_geography
from taishi.cli.data import answer_arguments, desk, person_id
from taishi.cli.intel_geography import place_document, place_line
from taishi.cli.moment import span
from taishi.cli.output import Document, print_json, print_table
from taishi.core.clock import SystemClock, rfc3339
from taishi.core.indicators import Indicator, IntelSource, Report, Synced
from taishi.core.problems import Problem

#: Indicators that `find` prints at most.
_MOST = 1000


class Intel:
    name = "intel"
    help = "sources of intelligence, their indicators, warninglists, and what was seen of them"
    example = "taishi intel add cert --place https://feed.example/misp --every 1h --data ./data"

    def arguments(self, parser: argparse.ArgumentParser) -> None:
        acts = parser.add_subparsers(dest="act", metavar="ACT", required=True)
        _add_arguments(acts.add_parser("add", help="a source: MISP feed, MISP server, STIX bundle, TAXII"))
        _named(acts.add_parser("list", help="every source, how its last sync went, and what it holds"))
        sync = acts.add_parser("sync", help="look at sources now; exit 1 where one cannot be read wholly")
        _named(sync)
        show = acts.add_parser("show", help="one source with its reports")
        show.add_argument("name", metavar="NAME")
        answer_arguments(show)
        find = acts.add_parser("find", help="what is known of a value; exit 1 where nothing is")
        find.add_argument("value", metavar="VALUE")
        answer_arguments(find)
        remove = acts.add_parser("remove", help="a source with all that it said; alerts stay")
        remove.add_argument("name", metavar="NAME")
        _act_arguments(remove)
        _lists_arguments(acts.add_parser("lists", help="warninglists and what each does; sets one"))
        told = acts.add_parser("sightings", help="what was seen of each source; --send tells it")
        told.add_argument("name", nargs="?", metavar="NAME")
        told.add_argument("--send", action="store_true", help="tell the source, once each")
        told.add_argument(
            "--schedule",
            choices=("on", "off"),
            help="whether the service tells NAME after each look",
        )
        _act_arguments(told)
        hunt = acts.add_parser("hunt", help="stored events that show values; exit 1 where there are none")
        hunt.add_argument("values", nargs="+", metavar="VALUE", help="address, domain, URL, hash, JA3, JA4 …")
        hunt.add_argument("--limit", type=int, default=100, metavar="N", help="events printed at most")
        answer_arguments(hunt)
        intel_geography.arguments(acts.add_parser("geography", help="which files say where addresses are"))
        intel_by_hand.enter_arguments(acts.add_parser("enter", help="indicators of one's own, with an end"))
        intel_export.arguments(acts.add_parser("export", help="our own indicators for others, as STIX 2.1"))
        intel_by_hand.withdraw_arguments(acts.add_parser("withdraw", help="take back what was entered"))

    def run(self, args: argparse.Namespace) -> int:
        acts = {
            "add": _add,
            "list": _list,
            "sync": _sync,
            "show": _show,
            "find": _find,
            "remove": _remove,
            "lists": _lists,
            "sightings": _sightings,
            "hunt": _hunt,
            "geography": intel_geography.run,
            "enter": intel_by_hand.enter,
            "export": intel_export.run,
            "withdraw": intel_by_hand.withdraw,
        }
        return acts[args.act](args)


def _named(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("name", nargs="?", metavar="NAME", help="only this source")
    answer_arguments(parser)


def _act_arguments(parser: argparse.ArgumentParser) -> None:
    answer_arguments(parser)
    parser.add_argument("--as", dest="person", metavar="PERSON", help="who does it (default: the system)")
    parser.add_argument("--why", default="", metavar="REASON", help="reason, kept in the audit")


def _add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("name", metavar="NAME")
    parser.add_argument("--place", required=True, metavar="DIR-or-URL", help="folder, file or address")
    parser.add_argument("--kind", metavar="KIND", help="misp-feed (default), misp-server, stix, taxii")
    parser.add_argument(
        "--key", metavar="env:NAME or file:PATH", help="where the secret lies; it is never kept itself"
    )
    parser.add_argument("--ca", metavar="FILE", help="certificates to trust instead of the system's")
    parser.add_argument("--every", default="1h", metavar="TIME", help="how often, e.g. 30m, 1d; 0: when told")
    _act_arguments(parser)


def _lists_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("list", nargs="?", metavar="LIST", help="the list to set, by its short name")
    parser.add_argument("--effect", metavar="EFFECT", help="silence, lower, note or off")
    parser.add_argument("--folder", type=Path, metavar="DIR", help="read other lists than the product's")
    _act_arguments(parser)


def _actor(found: Desk, args: argparse.Namespace) -> str:
    return person_id(found, args.person) if args.person else SYSTEM


def _add(args: argparse.Namespace) -> int:
    every = span(args.every, "--every") if args.every != "0" else None
    source = IntelSource(
        id="",
        name=args.name,
        kind=args.kind or guess_kind(args.place),
        place=args.place if "://" in args.place else str(Path(args.place).resolve()),
        created_at=SystemClock().now(),
        key=args.key,
        every_s=int(every.total_seconds()) if every else 0,
        ca=args.ca,
    )
    with desk(args, may_create=True) as found:
        made = found.intel.add(source, _actor(found, args), args.why)
    if args.json:
        print_json({"name": made.name, "kind": made.kind, "place": made.place, "every_s": made.every_s})
    else:
        print(f"{made.name}: {made.kind} {made.place}; read it now with `taishi intel sync {made.name}`")
    return 0


def _chosen(found: Desk, name: str | None) -> list[SourceStatus]:
    every = found.intel.sources()
    if name is None:
        return every
    wanted = found.intel.source(name)
    return [one for one in every if one.source == wanted]


def _list(args: argparse.Namespace) -> int:
    with desk(args) as found:
        sources = _chosen(found, args.name)
    if args.json:
        print_json({"sources": [_status(one) for one in sources]})
        return 0
    head = ("source", "kind", "last sync", "reports", "indicators", "sought", "silenced", "lowered")
    print_table(head, (_row(one) for one in sources))
    for one in sources:
        for problem in one.synced.problems if one.synced else ():
            print(f"! {one.source.name}: {problem}")
    return 0


def _row(one: SourceStatus) -> tuple[str, ...]:
    last = one.synced
    figures = (last.reports if last else 0, one.indicators, one.sought, one.silenced, one.lowered)
    when = rfc3339(last.at) if last else "never"
    return one.source.name, one.source.kind, when, *map(str, figures)


def _status(one: SourceStatus) -> Document:
    return {
        "name": one.source.name,
        "kind": one.source.kind,
        "place": one.source.place,
        "every_s": one.source.every_s,
        "tells": one.source.tells,
        "indicators": one.indicators,
        "sought": one.sought,
        "silenced": one.silenced,
        "lowered": one.lowered,
        "sync": _synced(one.synced) if one.synced else None,
    }


def _synced(last: Synced) -> Document:
    return {
        "at": rfc3339(last.at),
        "good_at": rfc3339(last.good_at) if last.good_at else None,
        "fetched": last.fetched,
        "unchanged": last.unchanged,
        "reports": last.reports,
        "indicators": last.indicators,
        "problems": list(last.problems),
        "unusable": list(last.unusable),
    }


def _sync(args: argparse.Namespace) -> int:
    with desk(args) as found:
        done = [(one.source, found.intel.sync(one.source)) for one in _chosen(found, args.name)]
        sources = _chosen(found, args.name)
    if args.json:
        print_json({"sources": [_status(one) for one in sources]})
    for source, last in done if not args.json else ():
        print(f"{source.name}: {last.fetched} read, {last.unchanged} unchanged, {last.indicators} indicators")
        for problem in (*last.problems, *last.unusable):
            print(f"! {problem}")
    return 1 if any(last.problems for _, last in done) else 0


def _show(args: argparse.Namespace) -> int:
    with desk(args) as found:
        (one,) = _chosen(found, args.name)
        reports = [
            report for report in found.intel.store.reports().values() if report.source == one.source.id
        ]
    reports.sort(key=lambda report: (report.at, report.id), reverse=True)
    if args.json:
        print_json({**_status(one), "reports": [_report(report) for report in reports]})
    else:
        head = ("report", "at", "from", "attributes", "title")
        print_table(
            head, ((one.id, rfc3339(one.at), one.producer, str(one.attributes), one.info) for one in reports)
        )
    return 0


def _report(one: Report) -> Document:
    return {
        "id": one.id,
        "info": one.info,
        "producer": one.producer,
        "at": rfc3339(one.at),
        "threat": one.threat,
        "tags": list(one.tags),
        "attributes": one.attributes,
    }


def _find(args: argparse.Namespace) -> int:
    with desk(args) as found:
        known = found.intel.known(args.value)[:_MOST]
        names = {one.source.id: one.source.name for one in found.intel.sources()}
        place = found.places.now().place(args.value)
    if args.json:
        indicators = [_indicator(one, report, names) for one, report in known]
        print_json({"indicators": indicators, "place": place_document(place)})
    else:
        _print_known(known, names, place)
    return 0 if known else 1


def _print_known(
    known: Sequence[tuple[Indicator, Report | None]], names: dict[str, str], place: Place
) -> None:
    if line := place_line(place):
        print(line)
    if not known:
        print("nothing is known of it")
    for one, report in known:
        print(f"{one.type} {one.value}  {_state(one)}  {names.get(one.source, one.source)}")
        print(f"   {report.info if report else '—'}  {one.category}  TLP {one.tlp or '—'}  {one.confidence}")
        for mark in one.marks:
            print(f"   {mark.why.zh}")


def _state(one: Indicator) -> str:
    if one.silenced:
        return "silenced"
    return "lowered" if one.lowered else "sought" if one.sought else "not sought"


def _indicator(one: Indicator, report: Report | None, names: dict[str, str]) -> Document:
    return {
        "id": one.id,
        "attribute": one.attribute,
        "type": one.type,
        "given": one.given,
        "value": one.value,
        "port": one.port,
        "source": names.get(one.source, one.source),
        "event": one.event,
        "info": report.info if report else "",
        "category": one.category,
        "tags": list(one.tags),
        "tlp": one.tlp,
        "confidence": one.confidence,
        "to_ids": one.to_ids,
        "state": _state(one),
        "at": rfc3339(one.at),
        "first_seen": rfc3339(one.first_seen) if one.first_seen else None,
        "last_seen": rfc3339(one.last_seen) if one.last_seen else None,
        "expires": rfc3339(one.expires) if one.expires else None,
        "marks": [{"effect": mark.effect, "list": mark.name, "why": mark.why.zh} for mark in one.marks],
    }


def _remove(args: argparse.Namespace) -> int:
    with desk(args) as found:
        found.intel.remove(args.name, _actor(found, args), args.why)
    if args.json:
        print_json({"removed": args.name})
    else:
        print(f"{args.name}: removed")
    return 0


def _lists(args: argparse.Namespace) -> int:
    with desk(args, may_create=True) as found:
        if args.folder:
            found.intel.set_lists_folder(args.folder, _actor(found, args), args.why)
        if args.list and args.effect:
            found.intel.set_list(args.list, args.effect, _actor(found, args), args.why)
        lists = [one for one in found.intel.lists() if args.list in (None, one.of.slug)]
    if args.json:
        print_json(
            {
                "lists": [
                    {"list": one.of.slug, "effect": one.of.effect, "why": one.of.why.zh, "marked": one.marked}
                    for one in lists
                ]
            }
        )
    else:
        rows = ((one.of.slug, one.of.effect, str(one.marked), one.of.why.zh) for one in lists)
        print_table(("list", "does", "marks", "why"), rows)
    return 0


def _sightings(args: argparse.Namespace) -> int:
    if args.schedule and args.name is None:
        raise Problem("--schedule: name the source whose sightings are to be told")
    with desk(args) as found:
        if args.schedule:
            found.intel.set_telling(args.name, _actor(found, args), args.why, tells=args.schedule == "on")
        chosen = _chosen(found, args.name)
        seen = found.intel.sighted()
        sent = {
            one.source.name: found.intel.tell(one.source, _actor(found, args), args.why) if args.send else 0
            for one in chosen
        }
    rows = [(one.source.name, each) for one in chosen for each in seen.get(one.source.id, [])]
    if args.json:
        found_rows = [
            {"source": name, "attribute": s.attribute, "at": s.at, "count": s.count} for name, s in rows
        ]
        print_json({"sightings": found_rows, "sent": sent})
    else:
        print_table(("source", "attribute", "events"), ((n, s.attribute, str(s.count)) for n, s in rows))
        for name, taken in sent.items() if args.send else ():
            print(f"{name}: took {taken} sightings")
    return 0


def _hunt(args: argparse.Namespace) -> int:
    with desk(args) as found:
        result = look_back(found.events, args.values, args.limit)
    if args.json:
        events = [
            {"event_id": one.id, "time": rfc3339(one.time), "kind": one.kind, "summary": line, "value": value}
            for one, line, value in result.events
        ]
        print_json({"count": result.count, "events": events, "seconds": round(result.seconds, 4)})
    else:
        rows = ((rfc3339(one.time), value, line) for one, line, value in result.events)
        print_table(("time", "value", "event"), rows)
        print(f"{result.count} events, {result.seconds:.3f} s")
    return 0 if result.count else 1


COMMAND = Intel()
