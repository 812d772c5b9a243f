"""What commands print: one JSON document, or lines for people."""

import sys
from collections.abc import Iterable, Mapping, Sequence

import msgspec

#: Anything JSON can say.
Document = Mapping[str, object]


def print_json(document: Document) -> None:
    """One document on standard output, and nothing else there."""
    sys.stdout.buffer.write(msgspec.json.format(msgspec.json.encode(document), indent=1))
    sys.stdout.buffer.write(b"\n")
    sys.stdout.flush()


def print_table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Columns lined up; Chinese characters take two places."""
    table = [list(head), *(list(row) for row in rows)]
    widths = [max(_width(row[place]) for row in table) for place in range(len(head))]
    for row in table:
        cells = (cell + " " * (width - _width(cell)) for cell, width in zip(row, widths, strict=True))
        print("  ".join(cells).rstrip())


def _width(text: str) -> int:
    return sum(2 if ord(letter) > 0x2E7F else 1 for letter in text)


def say(line: str) -> None:
    """A line about progress: standard error, and only where a person watches."""
    if sys.stderr.isatty():
        print(line, file=sys.stderr)
