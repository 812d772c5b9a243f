"""Whether lines are a table with a head, as exports of databases and sheets have."""

from detections.personal.labels import classify
from detections.personal.page import Columns

_DELIMITERS = "\t,;|"
_LONGEST_HEAD = 24


def columns_of(line: str) -> Columns | None:
    """The columns where a line is such a head: short cells, no numbers of weight, one known word at least."""
    delimiter = max(_DELIMITERS, key=line.count)
    cells = [cell.strip(" \"'\ufeff") for cell in line.split(delimiter)]
    if len(cells) < 2 or any(len(cell) > _LONGEST_HEAD or _weighty(cell) for cell in cells):
        return None
    classes = [classify(cell.replace("_", " _ ")) or classify(cell) for cell in cells]
    return Columns(delimiter, classes) if any(classes) and not any(":" in cell for cell in cells) else None


def _weighty(cell: str) -> bool:
    return sum(sign.isdigit() for sign in cell) > 4
