"""One row of a register's sheet under its heading."""

from collections.abc import Sequence
from dataclasses import dataclass

from enrichment.addresses import NOTHING
from enrichment.cells import read_text
from enrichment.complaints import Cellmark, Complaints
from enrichment.headings import Column, Heading
from taishi.kit.spreadsheets import Cell


@dataclass(frozen=True)
class Row:
    """Cells by column; what is wrong with them goes to `complaints`."""

    sheet: str
    number: int
    cells: Sequence[Cell]
    heading: Heading
    complaints: Complaints

    def cell(self, column: Column) -> Cell:
        index = self.heading.columns.get(column, len(self.cells))
        return self.cells[index] if index < len(self.cells) else None

    def text(self, column: Column) -> str:
        """The cell's text, empty where it says that there is nothing."""
        text = read_text(self.cell(column))
        return "" if text.lower() in NOTHING else text

    def says(self, *columns: Column) -> bool:
        """Whether anything stands in one of the cells, be it that there is nothing (无)."""
        return any(read_text(self.cell(column)) for column in columns)

    def at(self, column: Column | None = None) -> Cellmark:
        return Cellmark(self.sheet, self.number, self.heading.columns.get(column) if column else None)

    def error(self, column: Column, zh: str, en: str) -> None:
        self.complaints.error(self.at(column), zh, en)
