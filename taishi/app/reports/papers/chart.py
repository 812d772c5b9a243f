"""A chart inside a DOCX as DrawingML (ECMA-376 part 1, 21.2): bars, and last year's as a line.

The figures stand in the chart itself, so that it can be restyled in Word; there is no workbook behind it.
"""

from collections.abc import Sequence
from xml.sax.saxutils import escape

from docx.document import Document
from docx.opc.constants import CONTENT_TYPE, RELATIONSHIP_TYPE
from docx.opc.packuri import PackURI
from docx.opc.part import Part
from docx.oxml import parse_xml
from docx.shared import Mm

from taishi.app.reports.papers.content import Chart

_DRAWING = "http://schemas.openxmlformats.org/drawingml/2006"
_RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_FONT = '<a:defRPr sz="900"><a:latin typeface="宋体"/><a:ea typeface="宋体"/></a:defRPr>'
_TEXT = f"<c:txPr><a:bodyPr/><a:p><a:pPr>{_FONT}</a:pPr><a:endParaRPr/></a:p></c:txPr>"


def add_chart(document: Document, chart: Chart, width_mm: float, height_mm: float) -> None:
    """Puts the chart on a line of its own at the end of the document."""
    package = document.part.package
    part = Part(PackURI("/word/charts/chart1.xml"), CONTENT_TYPE.DML_CHART, _space(chart).encode(), package)
    relation = document.part.relate_to(part, RELATIONSHIP_TYPE.CHART)
    paragraph = document.add_paragraph()
    paragraph.add_run()._r.append(parse_xml(_frame(relation, Mm(width_mm), Mm(height_mm), chart.title)))


def _frame(relation: str, width: int, height: int, title: str) -> str:
    return (
        f'<w:drawing xmlns:w="{_WORD}" xmlns:wp="{_DRAWING}/wordprocessingDrawing" xmlns:a="{_DRAWING}/main">'
        f'<wp:inline distT="0" distB="0" distL="0" distR="0"><wp:extent cx="{width}" cy="{height}"/>'
        f'<wp:docPr id="1" name="chart" descr="{escape(title)}"/><wp:cNvGraphicFramePr/>'
        f'<a:graphic><a:graphicData uri="{_DRAWING}/chart"><c:chart xmlns:c="{_DRAWING}/chart"'
        f' xmlns:r="{_RELATIONS}" r:id="{relation}"/></a:graphicData></a:graphic></wp:inline></w:drawing>'
    )


def _space(chart: Chart) -> str:
    labels = [bar.label for bar in chart.bars]
    bars = _series(0, chart.now, labels, [bar.count for bar in chart.bars], _filled("2F6FDB"))
    plotted = (
        f'<c:barChart><c:barDir val="col"/><c:grouping val="clustered"/>{bars}<c:gapWidth val="60"/>{_AXES}'
        "</c:barChart>"
    )
    if chart.before:
        line = _series(1, chart.before, labels, [bar.before for bar in chart.bars], _lined("8A94A3"))
        plotted += f'<c:lineChart><c:grouping val="standard"/>{line}{_AXES}</c:lineChart>'
    return (
        f'<?xml version="1.0" encoding="UTF-8" standalone="yes"?><c:chartSpace xmlns:c="{_DRAWING}/chart"'
        f' xmlns:a="{_DRAWING}/main"><c:chart>{_title(chart.title)}<c:autoTitleDeleted val="0"/>'
        f"<c:plotArea><c:layout/>{plotted}{_CATEGORIES}{_VALUES}</c:plotArea>"
        f'<c:legend><c:legendPos val="b"/>{_TEXT}</c:legend><c:plotVisOnly val="1"/></c:chart></c:chartSpace>'
    )


_AXES = '<c:axId val="11"/><c:axId val="12"/>'
_CATEGORIES = (
    '<c:catAx><c:axId val="11"/><c:scaling/><c:delete val="0"/><c:axPos val="b"/>'
    f'<c:majorTickMark val="none"/><c:minorTickMark val="none"/><c:tickLblPos val="nextTo"/>{_TEXT}'
    '<c:crossAx val="12"/></c:catAx>'
)
_VALUES = (
    '<c:valAx><c:axId val="12"/><c:scaling><c:min val="0"/></c:scaling><c:delete val="0"/><c:axPos val="l"/>'
    '<c:majorGridlines><c:spPr><a:ln w="6350"><a:solidFill><a:srgbClr val="E3E8EE"/></a:solidFill></a:ln>'
    f'</c:spPr></c:majorGridlines><c:numFmt formatCode="#,##0" sourceLinked="0"/>'
    f'<c:majorTickMark val="none"/><c:minorTickMark val="none"/><c:tickLblPos val="nextTo"/>{_TEXT}'
    '<c:crossAx val="11"/></c:valAx>'
)


def _title(title: str) -> str:
    return (
        f"<c:title><c:tx><c:rich><a:bodyPr/><a:p><a:pPr>{_FONT}</a:pPr><a:r><a:t>{escape(title)}</a:t></a:r>"
        '</a:p></c:rich></c:tx><c:overlay val="0"/></c:title>'
    )


def _series(n: int, name: str, labels: Sequence[str], counts: Sequence[int | None], look: str) -> str:
    names = "".join(f'<c:pt idx="{at}"><c:v>{escape(one)}</c:v></c:pt>' for at, one in enumerate(labels))
    points = "".join(
        f'<c:pt idx="{at}"><c:v>{one}</c:v></c:pt>' for at, one in enumerate(counts) if one is not None
    )
    size = f'<c:ptCount val="{len(labels)}"/>'
    return (
        f'<c:ser><c:idx val="{n}"/><c:order val="{n}"/><c:tx><c:strRef><c:f/><c:strCache><c:ptCount val="1"/>'
        f'<c:pt idx="0"><c:v>{escape(name)}</c:v></c:pt></c:strCache></c:strRef></c:tx>{look}'
        f"<c:cat><c:strLit>{size}{names}</c:strLit></c:cat>"
        f"<c:val><c:numLit><c:formatCode>General</c:formatCode>{size}{points}</c:numLit></c:val></c:ser>"
    )


def _filled(color: str) -> str:
    return (
        f'<c:spPr><a:solidFill><a:srgbClr val="{color}"/></a:solidFill></c:spPr><c:invertIfNegative val="0"/>'
    )


def _lined(color: str) -> str:
    return (
        f'<c:spPr><a:ln w="15875"><a:solidFill><a:srgbClr val="{color}"/></a:solidFill></a:ln></c:spPr>'
        '<c:marker><c:symbol val="none"/></c:marker>'
    )
