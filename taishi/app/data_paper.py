"""The paper and the workbook of a data-security inspection (数据安全检查报告)."""

from collections.abc import Mapping
from datetime import date
from io import BytesIO

from docx import Document
from docx.oxml.xmlchemy import BaseOxmlElement as Element

from detections.personal.found import ItemType
from detections.personal.grade import BASIS, GRADE_NAMES, TYPE_NAMES
from notices.docx import layout
from notices.docx.page import set_footers, set_page
from notices.docx.tables import list_table
from notices.docx.writing import BODY, HEADING, TITLE, Face, Setting, blank, paragraph
from taishi.app.data_inspection import STAGE_NAMES, DataFinding, Inspection, SystemRating
from taishi.core.records import LEVEL_NAMES
from taishi.kit.spreadsheets import Table, write_tables

_INDENT = Setting(first=2 * layout.CHARACTER_PT)
_NOTE, _SMALL = Face(layout.FANGSONG, layout.NOTE_PT), Setting("left", layout.NOTE_PT * 1.5)
SYSTEMS = ("序号", "系统或共享", "文件数", "发现的数据（项）", "分级", "环节", "风险评级")
SYSTEMS_MM = (10.0, 40.0, 14.0, 46.0, 16.0, 16.0, 14.0)
FINDINGS = ("序号", "位置", "环节", "数据（项）", "分级", "评级", "示例（已脱敏）", "处置建议")
FINDINGS_MM = (8.0, 35.0, 10.0, 24.0, 12.0, 9.0, 26.0, 32.0)
UNREAD = ("序号", "位置", "未读原因")
UNREAD_MM = (10.0, 70.0, 76.0)
#: Findings in the paper; the workbook holds all of them.
_MOST = 200


def paper(inspection: Inspection, unit: str, on: date) -> bytes:
    """A DOCX in the page of GB/T 9704-2012."""
    document = Document()
    set_page(document)
    set_footers(document)
    document.sections[0].different_first_page_header_footer = False  # no red line: this is no letter
    document.core_properties.title = "数据安全检查报告"
    document.core_properties.author = unit
    document.core_properties.comments = ""
    ending = document.element.body[-1]  # w:sectPr stays last
    for part in _parts(inspection, unit, on):
        ending.addprevious(part)
    made = BytesIO()
    document.save(made)
    return made.getvalue()


def workbook(inspection: Inspection) -> bytes:
    """An XLSX of three sheets: systems, findings, what was not read."""
    return write_tables(
        [
            Table("系统评级", (SYSTEMS, *map(tuple, _system_rows(inspection)))),
            Table("问题清单", (FINDINGS, *map(tuple, _finding_rows(inspection.findings)))),
            Table("未读文件", (UNREAD, *map(tuple, _unread_rows(inspection)))),
        ]
    )


def _parts(inspection: Inspection, unit: str, on: date) -> list[Element]:
    parts = [
        paragraph("数据安全检查报告", TITLE, Setting("center", layout.TITLE_LINE_PT)),
        *blank(),
        *_section("一、检查概况", _overview(inspection, unit, on)),
        *_section("二、各系统风险评级", ""),
        list_table(SYSTEMS, _system_rows(inspection), SYSTEMS_MM),
        *_section("三、问题清单", "" if inspection.findings else "本次检查未发现个人信息。"),
    ]
    if inspection.findings:
        parts.append(list_table(FINDINGS, _finding_rows(inspection.findings[:_MOST]), FINDINGS_MM))
    if len(inspection.findings) > _MOST:
        parts.append(paragraph(f"另有 {len(inspection.findings) - _MOST} 处，见检查工作簿。", _NOTE, _SMALL))
    if inspection.unread:
        parts += _section("四、未能检查的文件", "下列文件未能读出，不能认为其中没有个人信息。")
        parts.append(list_table(UNREAD, _unread_rows(inspection), UNREAD_MM))
    return [*parts, *_notes()]


def _section(head: str, text: str) -> list[Element]:
    setting = Setting(first=2 * layout.CHARACTER_PT, keep_next=True, before=6)
    return [paragraph(head, HEADING, setting), *([paragraph(text, BODY, _INDENT)] if text else [])]


def _overview(inspection: Inspection, unit: str, on: date) -> str:
    levels = [one.level for one in inspection.systems]
    rated = "、".join(
        f"{LEVEL_NAMES[level].zh} {levels.count(level)} 个" for level in LEVEL_NAMES if level in levels
    )
    return (
        f"{on.year}年{on.month}月{on.day}日，对{unit}的 {len(inspection.systems)} 个系统或共享、"
        f"{inspection.texts} 个文件进行了数据安全检查，发现含个人信息的位置 {len(inspection.findings)} 处，"
        f"系统风险评级为{rated or '无'}。总体分级为{GRADE_NAMES[inspection.graded.grade].zh}："
        f"{inspection.graded.why.zh}。"
    )


def _notes() -> list[Element]:
    notes = (
        f"说明：1. 分级与敏感个人信息的划分{BASIS.zh}，数量界限为本平台设定，以数据处理者认定为准。",
        "2. 所列内容均已脱敏，检查过程不留存完整号码。3. 姓名、住址不单独计项，可提高分级。",
        "4. 环节：管入（采集、报送）、管存（存放、共享）、管出（导出、接口输出）、管用（查询、日志）。",
    )
    return [paragraph("", _NOTE, Setting(line=8)), *(paragraph(note, _NOTE, _SMALL) for note in notes)]


def _system_rows(inspection: Inspection) -> list[list[str]]:
    return [_system_row(number, one) for number, one in enumerate(inspection.systems, start=1)]


def _system_row(number: int, one: SystemRating) -> list[str]:
    stages = "、".join(STAGE_NAMES[stage].zh for stage in one.stages)
    grade, level = GRADE_NAMES[one.graded.grade].zh, LEVEL_NAMES[one.level].zh
    return [str(number), one.name, str(one.texts), _counts(one.counts), grade, stages or "—", level]


def _finding_rows(findings: tuple[DataFinding, ...]) -> list[list[str]]:
    return [
        [
            str(number), one.path, STAGE_NAMES[one.stage].zh, _counts(one.counts), GRADE_NAMES[one.grade].zh,
            LEVEL_NAMES[one.level].zh, "；".join(one.examples), one.advice,
        ]
        for number, one in enumerate(findings, start=1)
    ]  # fmt: skip


def _unread_rows(inspection: Inspection) -> list[list[str]]:
    return [
        [str(number), one.path, one.why.partition(" / ")[0]]
        for number, one in enumerate(inspection.unread, start=1)
    ]


def _counts(counts: Mapping[ItemType, int]) -> str:
    return "、".join(f"{TYPE_NAMES[kind].zh} {number}" for kind, number in counts.items()) or "未发现"
