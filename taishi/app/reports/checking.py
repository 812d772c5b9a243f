"""`taishi report --check`: a published document, read strictly, and every residual in it."""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import msgspec

from taishi.app.reports.adding_up import Table, residuals
from taishi.core.problems import Problem

Count = Annotated[int, msgspec.Meta(ge=0)]
Counts = dict[str, Count]
#: Per cent are printed with one decimal.
_ROUNDING = 0.051


class Published(msgspec.Struct):
    """The parts of a published document that can be judged; others are passed over."""

    total: Count | None = None
    by_class: Counts | None = None
    by_level: Counts | None = None
    by_unit: Counts | None = None
    by_day: Counts | None = None
    by_kind: Counts | None = None
    matrix: dict[str, Counts] | None = None
    base: "Published | None" = None
    yoy_pct: float | None = None

    def table(self) -> Table:
        """Its figures as one table."""
        names = ("by_class", "by_level", "by_unit", "by_day", "by_kind")
        parts = {name: part for name in names if (part := getattr(self, name)) is not None}
        return Table(self.total, parts, self.matrix)


def read_published(path: Path) -> Published:
    """Raises Problem naming the file and the place where it is no such document."""
    try:
        found = msgspec.json.decode(path.read_bytes(), type=Published)
    except OSError as error:
        raise Problem(f"{path}: {error.strerror}; give a document of `taishi report --json`") from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Problem(f"{path}: {error}; counts are whole numbers from 0 on") from None
    table = found.table()
    if len(table.sums) + (table.total is not None) < 2:
        raise Problem(f"{path}: holds fewer than two of total, by_class, by_level, by_unit, by_day, matrix")
    return found


def check(published: Published) -> dict[str, float]:
    """Every residual by its name, those of the base after `base.`; empty where the document adds up."""
    found: dict[str, float] = dict(residuals(published.table()))
    if published.base is not None:
        found |= {f"base.{name}": one for name, one in residuals(published.base.table()).items()}
    return found | dict(_change(published))


def _change(published: Published) -> Iterator[tuple[str, float]]:
    """The change against last year, where it is not what total and base give."""
    base, said = published.base, published.yoy_pct
    if said is None or published.total is None or base is None or base.total is None:
        return
    if base.total == 0:
        yield "yoy_pct", said
        return
    off = said - 100 * (published.total - base.total) / base.total
    if abs(off) > _ROUNDING:
        yield "yoy_pct", round(off, 1)
