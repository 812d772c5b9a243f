"""`taishi block simulate`: what a block would do, before anybody decides it."""

import argparse
from collections.abc import Sequence
from pathlib import Path

from taishi.app.block_forecast import Cut, Forecast, cut_of, forecast, read_addresses
from taishi.cli.data import desk
from taishi.cli.output import Document, print_json
from taishi.core.problems import Problem


def run_simulation(args: argparse.Namespace) -> int:
    """Exit 1 where an address would be refused."""
    addresses = _addresses(args.what)
    with desk(args) as found:
        told = [forecast(found, address) for address in addresses]
        together = cut_of(found, [one.address for one in told if one.refused is None])
    if args.json:
        print_json({"addresses": [_document(one) for one in told], **_cut(together)})
    else:
        for one in told:
            print(_line(one))
        print(f"{together.words.zh} / {together.words.en}")
    return 1 if any(one.refused for one in told) else 0


def _addresses(what: str) -> Sequence[str]:
    path = Path(what)
    if not path.is_file():
        return (what,)
    try:
        return read_addresses(path.read_text("utf-8"), what)
    except (OSError, UnicodeDecodeError) as error:
        raise Problem(
            f"{what}: cannot be read as text ({error}); give a file with an address a line"
        ) from None


def _line(one: Forecast) -> str:
    whose = f"{one.owner.unit} {one.owner.asset}" if one.owner else "未登记 / no unit"
    parts = [one.address, whose, f"{one.cut.words.zh} / {one.cut.words.en}"]
    parts += [f"{letter.number or letter.id} {letter.unit}" for letter in one.letters]
    parts += [f"{one.block.id} {one.block.state}"] if one.block else []
    return "  ".join([*parts, *([f"! {one.refused.zh} / {one.refused.en}"] if one.refused else [])])


def _document(one: Forecast) -> Document:
    return {
        "address": one.address,
        "allowed": one.refused is None,
        "why": one.refused.zh if one.refused else None,
        "unit": one.owner.unit if one.owner else None,
        "asset": one.owner.asset if one.owner else None,
        "block": one.block.id if one.block else None,
        "letters": [
            {"id": letter.id, "number": letter.number, "unit": letter.unit, "state": letter.state}
            for letter in one.letters
        ],
        **_cut(one.cut),
    }


def _cut(cut: Cut) -> Document:
    return {"sessions": cut.sessions, "units": sorted(cut.units), "complete": cut.complete}
