"""Everything that is wrong with one file, told at once and by cell."""

from dataclasses import dataclass, field
from pathlib import Path

from taishi.core.problems import Problem
from taishi.core.text import Text
from taishi.kit.spreadsheets import column_letter

#: How many are spelt out; the rest is counted.
_SHOWN = 20


@dataclass(frozen=True)
class Cellmark:
    """A place in a sheet: zero-based row and, where one cell is meant, zero-based column."""

    sheet: str
    row: int
    column: int | None = None

    @property
    def text(self) -> Text:
        letter = None if self.column is None else column_letter(self.column)
        return Text(
            f"{self.sheet} 第{self.row + 1}行" + (f" {letter}列" if letter else ""),
            f"{self.sheet} row {self.row + 1}" + (f" column {letter}" if letter else ""),
        )


@dataclass
class Complaints:
    """Collects what is wrong and what people should know, in the order in which it was met."""

    errors: list[Text] = field(default_factory=list)
    remarks: list[Text] = field(default_factory=list)

    def error(self, where: Cellmark, zh: str, en: str) -> None:
        self.errors.append(Text(f"{where.text.zh}: {zh}", f"{where.text.en}: {en}"))

    def remark(self, where: Cellmark, zh: str, en: str) -> None:
        self.remarks.append(Text(f"{where.text.zh}: {zh}", f"{where.text.en}: {en}"))

    def raise_any(self, path: Path) -> None:
        """Raises Problem with the first twenty errors and the number left, where there are any."""
        if not self.errors:
            return
        count, left = len(self.errors), len(self.errors) - _SHOWN
        lines = [
            f"{path}: {count} 处有误,没有导入任何内容;请改好后重新导入"
            f" / {count} errors, nothing was imported; correct them and import again",
            *(f"{text.zh} / {text.en}" for text in self.errors[:_SHOWN]),
        ]
        if left > 0:
            lines.append(f"还有 {left} 处 / {left} more")
        raise Problem("\n".join(lines))
