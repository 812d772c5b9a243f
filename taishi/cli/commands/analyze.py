"""`taishi analyze`: verdicts on files."""

import argparse
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from enrichment.attack import named, technique
from taishi.app.analysis import Analysis, Attacker, Options, Tap, analyze
from taishi.app.export import event_line
from taishi.cli.inputs import field_maps_argument, input_document
from taishi.cli.outfile import replacing
from taishi.cli.output import Document, print_json, print_table
from taishi.core.clock import rfc3339
from taishi.core.incidents import INCIDENTS
from taishi.core.records import LEVEL_NAMES, THREAT_NAMES, Origin, Reason, Verdict
from taishi.core.text import Language


class Analyze:
    name = "analyze"
    help = "read captures and logs offline and print verdicts"
    example = "taishi analyze week.pcap auth.log --units units.csv --json"

    def arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("paths", nargs="+", type=Path, metavar="PATH", help="file or folder of any kind")
        parser.add_argument("--units", type=Path, metavar="FILE", help="unit and asset register, XLSX or CSV")
        parser.add_argument(
            "--rules",
            type=Path,
            nargs="+",
            action="extend",
            default=[],
            metavar="DIR",
            help="more Sigma rules",
        )
        parser.add_argument(
            "--internal",
            nargs="+",
            action="extend",
            default=[],
            metavar="CIDR",
            help="networks that are ours (default: private ranges and the register)",
        )
        field_maps_argument(parser)
        parser.add_argument(
            "--intel", metavar="DIR-or-URL", help="a MISP feed (folder or address with manifest.json)"
        )
        parser.add_argument(
            "--geography",
            type=Path,
            nargs="+",
            action="extend",
            default=[],
            metavar="FILE.mmdb",
            help="where addresses are: countries, networks (default: the file that set-up fetched)",
        )
        parser.add_argument(
            "--isolated",
            nargs="+",
            action="extend",
            default=[],
            metavar="CIDR",
            help="networks that must not reach the internet (违规外联)",
        )
        parser.add_argument(
            "--events-out", type=Path, metavar="FILE.jsonl", help="write every event as ECS JSON"
        )
        parser.add_argument(
            "--deep",
            action="store_true",
            help="also read by tshark what no parser here does (SIP, DNP3, IEC 104, BACnet …); slow",
        )
        parser.add_argument("--lang", choices=("zh", "en"), default="zh", help="language of titles")
        parser.add_argument("--json", action="store_true", help="one JSON document on standard output")

    def run(self, args: argparse.Namespace) -> int:
        options = Options(
            units=args.units,
            rules=args.rules,
            internal=args.internal,
            field_maps=args.field_maps,
            intel=args.intel,
            deep=args.deep,
            isolated=args.isolated,
            geography=args.geography,
        )
        with _events_file(args.events_out, args.paths) as tap:
            result = analyze(args.paths, options, tap)
        if args.json:
            print_json(document(result, args.lang))
        else:
            _print(result, args.lang)
        return 0


@contextmanager
def _events_file(path: Path | None, inputs: Sequence[Path]) -> Iterator[Tap | None]:
    if path is None:
        yield None
        return
    with replacing(path, "--events-out", inputs) as new, new.open("wb") as file:
        yield lambda batch: file.writelines(event_line(event) + b"\n" for event in batch.events())


def document(result: Analysis, language: Language) -> Document:
    """The document of CONTRACT `analyze --json`."""
    return {
        "events": result.events,
        "quarantined": result.quarantined,
        "duration_s": round(result.seconds, 3),
        "inputs": [input_document(one) for one in result.inputs],
        "verdicts": [_verdict(one, language) for one in result.verdicts],
        "attackers": [_attacker(one) for one in result.attackers],
        "rules_refused": [{"path": one.path, "reason": one.reason} for one in result.refused],
        "intel_problems": list(result.intel_problems),
        "not_available": [said.to(language) for said in result.not_available],
    }


def _verdict(one: Verdict, language: Language) -> Document:
    return {
        "subject": one.subject,
        "subject_kind": one.subject_kind,
        "class": one.threat,
        "level": one.level,
        "unit": one.unit,
        "asset": one.asset,
        "first_seen": rfc3339(one.first_seen),
        "last_seen": rfc3339(one.last_seen),
        "count": one.count,
        "peers": list(one.peers),
        "gbt20986": _kind(one, language),
        "factors": [
            {"factor": step.name, "was": step.was, "became": step.became, "why": step.words.to(language)}
            for step in one.factors
        ],
        "because": [_reason(reason, language) for reason in one.because],
    }


def _kind(one: Verdict, language: Language) -> Document:
    """Its one kind of GB/T 20986-2023; the code stays empty until it is verified."""
    found = INCIDENTS[one.incident]
    return {
        "category": found.category.to(language),
        "kind": found.kind.to(language),
        "code": found.code,
    }


def _reason(one: Reason, language: Language) -> Document:
    return {
        "rule": one.rule,
        "title": one.title.to(language),
        "kind": one.kind,
        "class": one.threat,
        "level": one.level,
        "count": one.count,
        "summary": one.summary.to(language),
        "technique": list(one.technique),
        "technique_names": [named(identity).to(language) for identity in one.technique],
        "evidence": [
            {"event_id": piece.event_id, "time": rfc3339(piece.time), "summary": piece.summary}
            for piece in one.evidence
        ],
        **({"intel": [_origin(origin, language) for origin in one.origins]} if one.origins else {}),
    }


def _origin(one: Origin, language: Language) -> Document:
    return {
        "indicator": one.indicator,
        "type": one.type,
        "value": one.value,
        "source": one.source,
        "event": one.report,
        "info": one.info,
        "producer": one.producer,
        "tags": list(one.tags),
        "tlp": one.tlp,
        "confidence": one.confidence,
        "because": [text.to(language) for text in one.because],
    }


def _attacker(one: Attacker) -> Document:
    return {"ip": one.ip, "internal": one.internal, "targets": one.targets, "classes": one.threats}


def _print(result: Analysis, language: Language) -> None:
    for one in result.inputs:
        if one.unusable:
            print(f"! {one.unusable}")
        elif one.quarantined:
            print(f"! {one.path}: {one.quarantined} records quarantined: {dict(one.reasons)}")
    for problem in result.intel_problems:
        print(f"! --intel: {problem}")
    for said in result.not_available:
        print(f"! {said.to(language)}")
    print(f"{result.events} events, {result.quarantined} quarantined, {result.seconds:.1f} s")
    if not result.verdicts:
        print("no verdicts: nothing in these inputs is over a rule's or behaviour's bar")
        return
    head = ("class", "level", "subject", "unit", "count", "ATT&CK", "why")
    print_table(head, (_row(one, language) for one in result.verdicts))


def _row(one: Verdict, language: Language) -> tuple[str, ...]:
    return (
        THREAT_NAMES[one.threat].to(language),
        LEVEL_NAMES[one.level].to(language),
        one.subject,
        one.unit or "—",
        str(one.count),
        _technique(one.because[0]),
        one.because[0].summary.to(language),
    )


def _technique(reason: Reason) -> str:
    """The first technique by id and name."""
    if not reason.technique:
        return "—"
    known = technique(reason.technique[0])
    return f"{reason.technique[0]} {known.name}" if known else reason.technique[0]


COMMAND = Analyze()
