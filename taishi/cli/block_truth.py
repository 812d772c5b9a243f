"""`taishi block truth`: what was decided against what the devices really drop."""

import argparse
from collections.abc import Mapping
from datetime import datetime

from taishi.app.blocks.drift import Drift
from taishi.cli.data import desk
from taishi.cli.output import Document, print_json
from taishi.core.clock import rfc3339

Told = tuple[Drift, Mapping[str, datetime]]


def run_truth(args: argparse.Namespace) -> int:
    """Exit 1 where a device differs. Changes nothing: the service heals it within a minute."""
    with desk(args) as found:
        truth = found.blocks.truth()
        rehearsed = sum(block.dry_run for block in found.blocks.list("applied"))
    ok = not any(drift for drift, _ in truth)
    if args.json:
        print_json({"ok": ok, "rehearsed": rehearsed, "devices": [_document(one) for one in truth]})
        return 0 if ok else 1
    for drift, ends in truth:
        print(
            f"! {drift.words.zh} / {drift.words.en}" if drift else f"{drift.device}: {len(ends)} as decided"
        )
    if rehearsed:
        print(f"{rehearsed} in dry run: nothing is dropped for them")
    return 0 if ok else 1


def _document(told: Told) -> Document:
    drift, ends = told
    return {
        "device": drift.device,
        "intended": [{"address": address, "until": rfc3339(end)} for address, end in sorted(ends.items())],
        "missing": drift.missing,
        "extra": drift.extra,
        "changed": drift.changed,
        "faults": drift.faults,
    }
