"""A filled form is read back field by field, however it was filled and saved."""

import os
from collections.abc import Mapping
from io import BytesIO

import pytest
from docx import Document
from docx.oxml.ns import qn
from docx.table import Table, _Cell
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from notices.answers.docx_form import read_form
from notices.answers.form import OTHER, OUTCOMES, YES_NO
from notices.answers.writing_habits import written
from notices.content import Annex
from taishi.kit.papers.paper import Unfit
from tests.notices.answers.conftest import ANSWERS, answers_in, paper, read, saved_again

#: What people write: Chinese, Latin, digits, marks, line breaks; nothing that is a label or a tick.
WORDS = st.text(
    st.characters(codec="utf-8", categories=("L", "N", "P", "S", "Zs"), exclude_characters="☑☒√✓✔□"),
    max_size=60,
)
TEXT = st.lists(WORDS, min_size=1, max_size=4).map("\n".join).map(written).filter(bool)
LINE = WORDS.map(written).filter(bool)
DAY = st.dates().filter(lambda day: day.year >= 1000).map(str)
MOMENT = st.datetimes().filter(lambda at: at.year >= 1000).map(lambda at: at.strftime("%Y-%m-%d %H:%M"))
FILLED = st.fixed_dictionaries(
    {},
    optional={
        "started": DAY | MOMENT,
        "finished": MOMENT,
        "process": TEXT,
        "cause": TEXT,
        "rectification": TEXT,
        "prevention": TEXT,
        "outcome": st.sampled_from([key for key in OUTCOMES if key != "other"]),
        "data": st.sampled_from(sorted(YES_NO)),
        "handler": LINE,
        "phone": st.from_regex(r"0\d{3}-\d{7}", fullmatch=True),
        "head": LINE,
        "sealed": DAY,
    },
)


@given(answers=FILLED)
@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow], deadline=None)
def test_every_field_is_read_as_it_was_written(form: Annex, answers: Mapping[str, str]) -> None:
    assert answers_in(paper(form, answers)) == answers


@pytest.mark.office
@pytest.mark.usefixtures("office")
@given(many=st.lists(FILLED, min_size=12, max_size=12))
@settings(
    max_examples=20 if os.environ.get("TAISHI_SOAK") else 1,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
    deadline=None,
)
def test_saving_by_an_office_program_changes_no_field(
    form: Annex, many: list[Mapping[str, str]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    papers = [paper(form, answers) for answers in [ANSWERS, *many]]
    saved = saved_again(papers, tmp_path_factory.mktemp("office"))
    assert [answers_in(each) for each in saved] == [ANSWERS, *many]


def test_what_we_printed_is_read_too(form: Annex) -> None:
    found = read(paper(form, {}))
    assert found["unit"] == "示例县教育局"
    assert found["addresses"] == "192.0.2.25"
    assert found["threats"] == "主机失陷"
    assert answers_in(paper(form, {})) == {}


def test_the_other_outcome_keeps_its_words(form: Annex) -> None:
    answers = ANSWERS | {"outcome": "other", OTHER: "移交设备厂商处理"}
    assert answers_in(paper(form, answers)) == answers


def _typed(docx: bytes, label: str, text: str, *, into_label: bool = False) -> bytes:
    """Somebody opens the paper and types into the cell behind a label (or into the label's own cell)."""
    document = Document(BytesIO(docx))
    table: Table = document.tables[0]
    cells = [cell for row in table.rows for cell in row.cells]
    at = next(n for n, cell in enumerate(cells) if cell.text.strip().endswith(label))
    target: _Cell = cells[at if into_label else at + 1]
    target.text = f"{label}：{text}" if into_label else text
    made = BytesIO()
    document.save(made)
    return made.getvalue()


@pytest.mark.parametrize(
    "typed",
    [
        "□清除　☑修补　□下线",
        "□清除 □修补√ □下线",
        "清除（ ） 修补（√） 下线（ ）",
        "修补",
        "□清除 ■修补 □下线",
        "√修补",
    ],
)
def test_ticks_of_every_fashion(form: Annex, typed: str) -> None:
    assert read(_typed(paper(form, {}), "处置结果", typed))["outcome"] == "patched"


@pytest.mark.parametrize("typed", ["□清除　□修补", "☑清除　☑修补", "□清除√□修补", "", "已处理"])
def test_what_cannot_be_told_is_not_guessed(form: Annex, typed: str) -> None:
    assert "outcome" not in read(_typed(paper(form, {}), "处置结果", typed))


@pytest.mark.parametrize(
    ("typed", "at"),
    [
        ("２０２６年１１月２５日１８时", "2026-11-25 18:00"),
        ("2026.11.25", "2026-11-25"),
        ("2026/11/25 9:05:33", "2026-11-25 09:05"),
        ("2026年11月25日下午6点半", "2026-11-25 18:30"),
        ("2026-11-25T18:00", "2026-11-25 18:00"),
    ],
)
def test_days_of_every_fashion(form: Annex, typed: str, at: str) -> None:
    assert read(_typed(paper(form, {}), "处置开始时间", typed))["started"] == at


def test_a_day_that_is_none_is_not_read(form: Annex) -> None:
    assert "started" not in read(_typed(paper(form, {}), "处置开始时间", "2026年13月41日"))


def test_answers_typed_behind_the_label_itself(form: Annex) -> None:
    assert read(_typed(paper(form, {}), "经办人", "李某", into_label=True))["handler"] == "李某"


def test_a_value_that_reads_like_a_label_is_a_value(form: Annex) -> None:
    answers = ANSWERS | {"handler": "联系电话", "cause": "四、整改情况：见附页"}
    assert answers_in(paper(form, answers)) == answers


def test_word_symbols_boxes_and_controls(form: Annex) -> None:
    """A Wingdings tick, a row wrapped in a content control, a merged cell, deleted text."""
    document = Document(BytesIO(paper(form, {})))
    cells = [cell for row in document.tables[0].rows for cell in row.cells]
    outcome = next(n for n, cell in enumerate(cells) if cell.text == "处置结果")
    cells[outcome + 1].text = ""
    run = cells[outcome + 1].paragraphs[0].add_run("R")
    run.font.name = "Wingdings 2"
    cells[outcome + 1].paragraphs[0].add_run("清除　□修补")
    process = next(cell for n, cell in enumerate(cells) if n and cells[n - 1].text.endswith("处置过程"))
    process.text = "已断网"
    gone = process.paragraphs[0]._p.makeelement(qn("w:del"), {})
    old = gone.makeelement(qn("w:r"), {})
    words = old.makeelement(qn("w:delText"), {})
    words.text = "没有处理"
    old.append(words)
    gone.append(old)
    process.paragraphs[0]._p.append(gone)
    row = process._tc.getparent()
    control = row.makeelement(qn("w:sdt"), {})
    content = control.makeelement(qn("w:sdtContent"), {})
    row.addprevious(control)
    control.append(content)
    content.append(row)
    made = BytesIO()
    document.save(made)
    found = read(made.getvalue())
    assert found["outcome"] == "cleaned"
    assert found["process"] == "已断网"


@given(st.binary(max_size=400))
@settings(max_examples=200)
def test_no_bytes_bring_the_reader_down(junk: bytes) -> None:
    with pytest.raises(Unfit, match="没有接收"):
        read_form(junk)
