"""Tables written are tables read, and text never turns into a formula."""

from datetime import UTC, date, datetime
from io import BytesIO
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook

from taishi.kit.spreadsheets import Cell, Table, column_letter, read_tables, write_tables


def test_what_begins_like_a_formula_stays_text() -> None:
    dangerous = ["=1+1", "+1", "-1", "@SUM(A1)", '=HYPERLINK("http://example.com")']
    book = load_workbook(BytesIO(write_tables([Table("表", (("头",), *((text,) for text in dangerous)))])))
    cells = [row[0] for row in book.worksheets[0].iter_rows(min_row=2)]
    assert [cell.value for cell in cells] == dangerous
    assert {cell.data_type for cell in cells} == {"s"}
    assert all(cell.quotePrefix for cell in cells)


def test_times_are_written_in_the_zone_that_people_read(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    path.write_bytes(write_tables([Table("a", (("时间",), (datetime(2026, 5, 1, 16, tzinfo=UTC),)))]))
    assert read_tables(path)[0].rows[1] == (datetime(2026, 5, 2),)  # noqa: DTZ001


def test_awkward_names_and_signs_do_not_stop_an_export(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    path.write_bytes(
        write_tables([Table("a/b:" + "长" * 40, (("x\x00y", date(2026, 5, 1)),)), Table("", ())])
    )
    tables = read_tables(path)
    assert tables[0].name == "a_b_" + "长" * 27
    assert tables[0].rows[0][0] == "x\ufffdy"


def test_column_letters() -> None:
    assert [column_letter(index) for index in (0, 25, 26)] == ["A", "Z", "AA"]


_texts = st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1, max_size=20)
_cells: st.SearchStrategy[Cell] = st.none() | st.booleans() | st.integers(-(10**9), 10**9) | _texts


@settings(max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(_cells, _cells, _texts), min_size=1, max_size=5))
def test_written_is_read(tmp_path: Path, rows: list[tuple[Cell, ...]]) -> None:
    path = tmp_path / "a.xlsx"
    path.write_bytes(write_tables([Table("表", tuple(rows))]))
    assert read_tables(path) == (Table("表", tuple(rows)),)
