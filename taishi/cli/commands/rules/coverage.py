"""`taishi rules coverage`."""

import argparse
from pathlib import Path

import msgspec

from enrichment.attack import technique
from taishi.app.rule_coverage import DOMAINS, ENTERPRISE, by_tactic, by_technique, make_layer, sources_of
from taishi.cli.commands.rules.installed import installed_rules
from taishi.cli.data import answer_arguments
from taishi.cli.outfile import replacing
from taishi.cli.output import print_json, print_table

_SHOWN = 3


class Coverage:
    name = "coverage"
    help = "the ATT&CK techniques that rules and behaviours look for, by tactic, and as a Navigator layer"
    examples = (
        "taishi rules coverage --data ./data",
        "taishi rules coverage --out coverage.json --attack-version 18 --data ./data",
    )

    def arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument(
            "--out", type=Path, metavar="FILE.json", help="write an ATT&CK Navigator layer (format 4.5)"
        )
        parser.add_argument(
            "--attack-version", default="", metavar="N", help="the ATT&CK version that the rules' tags are of"
        )
        parser.add_argument(
            "--domain",
            choices=tuple(DOMAINS),
            default=ENTERPRISE,
            help="the ATT&CK matrix that the layer is of: a layer has one (default: %(default)s)",
        )
        answer_arguments(parser)

    def run(self, args: argparse.Namespace) -> int:
        sources = sources_of(installed_rules(args))
        if args.out:
            layer = make_layer(sources, "态势 Taishi", args.attack_version, args.domain)
            with replacing(args.out, "--out", []) as new:
                new.write_bytes(msgspec.json.format(msgspec.json.encode(layer)))
        rows, techniques = by_tactic(sources), by_technique(sources)
        if args.json:
            print_json(
                {
                    "tactics": [
                        {"tactic": row.tactic, "rules": row.rules, "techniques": list(row.techniques)}
                        for row in rows
                    ],
                    "techniques": {name: len(titles) for name, titles in techniques.items()},
                    "names": {name: known.name for name in techniques if (known := technique(name))},
                }
            )
            return 0
        print_table(
            ("tactic", "rules", "techniques", ""),
            ((row.tactic, str(row.rules), str(len(row.techniques)), _some(row.techniques)) for row in rows),
        )
        print(f"{len(sources)} rules and behaviours, {len(techniques)} techniques")
        if args.out:
            print(f"{args.out}: open it at ATT&CK Navigator as an existing layer")
        return 0


def _some(names: tuple[str, ...]) -> str:
    """The first few by id and name."""
    shown = (f"{one} {known.name}" if (known := technique(one)) else one for one in names[:_SHOWN])
    return ", ".join(shown) + (" …" if len(names) > _SHOWN else "")


ACTS = (Coverage(),)
