"""A filled 处置报告单 (DOCX), read back by its labels: what stands in the cell behind each.

Cells may be merged or split, wrapped in content controls, or hold label and value together; ticks may be
characters, symbols of the Wingdings fonts, Word's check boxes or those of old forms.
"""

from collections.abc import Iterator, Mapping, Sequence

from notices.answers.form import FIELDS, OTHER, REPORT, Asked
from notices.answers.writing_habits import label_key, moment, ticked, written
from taishi.core.text import Text
from taishi.kit.papers.xml_tree import Node, tree

_NAME = Text("报告单", "report form")
_LABELS: Mapping[str, str] = {label_key(asked.label.zh): asked.key for asked in REPORT}
#: Wingdings and Wingdings 2 put their signs at these places (also at F000 + place).
_WINGDINGS = {0x6E: "■", 0x6F: "□", 0xA8: "□", 0xFB: "✗", 0xFC: "✓", 0xFD: "☒", 0xFE: "☑"}
_WINGDINGS_2 = {0x4F: "✗", 0x50: "✓", 0x51: "☒", 0x52: "☑", 0x53: "☒", 0x54: "☒", 0xA2: "■", 0xA3: "□"}
#: A table with at least so many of the labels is (a part of) the form.
_FORM = 3
#: What is in the file but not on the paper: deleted text, the second copy of a drawing, a field's command.
_UNSEEN = frozenset({"del", "moveFrom", "Fallback", "instrText", "sdtPr", "pPr", "tblPr", "tcPr", "trPr"})


def read_form(document: bytes) -> dict[str, str]:
    """The fields by key, out of `word/document.xml`. A field that is not there, or empty, is left out.

    Times come as `2026-11-25 18:00`, choices as the option's key; a time or choice that cannot be told is
    left out too. Raises Unfit where the XML cannot be read.
    """
    found: dict[str, str] = {}
    for table in _own(tree(document, _NAME), "tbl"):
        rows = [[_text(cell) for cell in _own(row, "tc")] for row in _own(table, "tr")]
        answers = [answer for cells in rows for answer in _answers(cells)]
        if len({key for key, _ in answers}) >= _FORM:
            found = dict(answers) | found
    return {key: value for key, value in _understood(found) if value}


def _own(node: Node, tag: str) -> Iterator[Node]:
    """The nearest ones below: also inside content controls, not those of a table within a cell."""
    for child in node.children:
        if child.tag == tag:
            yield child
        elif child.tag not in ("tbl", "tr", "tc"):
            yield from _own(child, tag)


def _answers(cells: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Each label with what stands behind it, up to the next label. The cell right behind a bare label is
    its value, whatever it says."""
    key, parts, bare = "", list[str](), False
    for cell in cells:
        label, inside = ("", "") if bare else _label(cell)
        if label:
            if key:
                yield key, _value(parts)
            key, parts = label, [inside]
        else:
            parts.append(cell)
        bare = bool(label) and not inside
    if key:
        yield key, _value(parts)


def _value(parts: Sequence[str]) -> str:
    return written("\n".join(part for part in parts if part.strip()))


def _label(cell: str) -> tuple[str, str]:
    """(key, what is written in the same cell) where a cell is or begins with a label; ("", "") else."""
    whole = _LABELS.get(label_key(cell))
    if whole:
        return whole, ""
    for colon in ("：", ":", "\n"):
        head, found, rest = cell.partition(colon)
        key = _LABELS.get(label_key(head)) if found else None
        if key:
            return key, rest
    return "", ""


def _understood(found: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    for key, value in found.items():
        asked = FIELDS[key]
        if asked.kind == "time":
            yield key, moment(value)
        elif asked.options is not None:
            yield from _chosen(asked, value)
        else:
            yield key, value


def _chosen(asked: Asked, value: str) -> Iterator[tuple[str, str]]:
    """The one ticked option; none where more are ticked."""
    keys = ticked(value, asked.options or {})
    yield asked.key, keys[0] if len(keys) == 1 else ""
    if "other" in keys and asked.options:
        _, _, said = value.rpartition(asked.options["other"].zh)
        yield OTHER, written(said.lstrip("：: ☑✓√"))


def _text(node: Node) -> str:
    """What the eye sees of a cell; paragraphs and breaks as line breaks."""
    return "".join(_pieces(node, "")).removesuffix("\n")


def _pieces(node: Node, font: str) -> Iterator[str]:
    if node.tag in _UNSEEN:
        return
    if node.tag == "t":
        yield _drawn(node.text, font)
    elif node.tag == "sym":
        yield _drawn(chr(int(node.attributes.get("char", "20"), 16)), node.attributes.get("font", ""))
    elif node.tag in ("br", "cr"):
        yield "\n"
    elif node.tag in ("tab", "noBreakHyphen"):
        yield "\t" if node.tag == "tab" else "-"
    elif node.tag == "checkBox":
        yield _old_box(node)
    else:
        font = _font(node) if node.tag == "r" else font
        for child in node.children:
            yield from _pieces(child, font)
        if node.tag in ("p", "tr"):
            yield "\n"


def _font(run: Node) -> str:
    fonts = next((each for each in run.each("rFonts")), None)
    return (fonts.attributes.get("ascii") or fonts.attributes.get("hAnsi") or "") if fonts else ""


def _drawn(text: str, font: str) -> str:
    """Text as its font draws it."""
    signs = {"wingdings": _WINGDINGS, "wingdings 2": _WINGDINGS_2}.get(font.lower())
    return "".join(signs.get(ord(each) & 0xFF, each) for each in text) if signs else text


def _old_box(box: Node) -> str:
    """A check box of an old form: its state, else its default."""
    marks = {child.tag: child.attributes.get("val", "1") for child in box.children}
    return "☑" if marks.get("checked", marks.get("default", "0")) in ("1", "true", "on") else "□"
