"""What a document says of one input."""

import argparse
from pathlib import Path

from taishi.app.intake import Input
from taishi.cli.output import Document


def input_document(one: Input) -> Document:
    """Counts, and every reason for what was set aside or could not be used."""
    reasons = dict(one.reasons)
    if one.unusable:
        reasons[one.unusable] = 1
    return {
        "path": one.path,
        "kind": one.kind,
        "events": one.events,
        "quarantined": one.quarantined,
        "reasons": reasons,
    }


def field_maps_argument(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--field-maps", type=Path, metavar="DIR", help="field maps of your own, beside the shipped ones"
    )
