"""DOCX (ECMA-376): no macros, no embedded objects, nothing fetched from elsewhere."""

import posixpath
import re
from pathlib import Path

from taishi.core.text import Text
from taishi.kit.papers.paper import MOST_PAGES, Sound, damaged, hidden, too_many_pages
from taishi.kit.papers.xml_tree import Node, tree
from taishi.kit.papers.zipped import Container

NAME = Text("Word 文件", "Word file")
_TYPES, _RELATIONS, _COUNTED = "[Content_Types].xml", "_rels/.rels", "docProps/app.xml"
_MAIN = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
_MACROS = Text("宏", "macros")
_OBJECTS = Text("嵌入的对象", "embedded objects")
_LINKS = Text("指向外部的内容", "contents fetched from elsewhere")
#: Word names the template of whoever wrote the paper: on another disk it is looked for and not found.
_OWN_DISK = re.compile(r"file:///[A-Za-z]:")
#: Fields that start a program or fetch something (ECMA-376 part 1, 17.16.5).
_FIELD = re.compile(r"\b(?:DDEAUTO|DDE|INCLUDETEXT|INCLUDEPICTURE|IMPORT|LINK)\b", re.IGNORECASE)


def is_word(container: Container) -> bool:
    """By its parts; a document with macros is one too, to be refused with the right words."""
    return _TYPES in container.members and any(name.startswith("word/") for name in container.members)


def main_part(path: Path) -> bytes:
    """The XML of the text itself, of a paper that was checked. Raises Unfit."""
    container = Container(path, NAME)
    try:
        for one in tree(container.read(_RELATIONS), NAME).each("Relationship"):
            if one.attributes.get("Type", "").endswith("/officeDocument"):
                return container.read(posixpath.normpath(one.attributes.get("Target", "")).lstrip("/"))
        raise damaged(NAME)
    finally:
        container.close()


def check(container: Container) -> Sound:
    """Raises Unfit. Pages as the program that saved it counted them, 1 where it did not."""
    _check_parts(container)
    for name in container.members:
        if name.endswith(".rels"):
            _check_relations(tree(container.read(name), NAME))
        elif name.startswith("word/") and name.endswith(".xml"):
            _check_fields(tree(container.read(name), NAME))
    return Sound("docx", _pages(container))


def _check_parts(container: Container) -> None:
    names = {name.lower() for name in container.members}
    kinds = {one.attributes.get("ContentType", "") for one in tree(container.read(_TYPES), NAME).each()}
    if any("macroEnabled" in kind or "vbaProject" in kind for kind in kinds) or any(
        "vbaproject" in name or "vbadata" in name for name in names
    ):
        raise hidden(_MACROS)
    if any("/embeddings/" in name or "/activex/" in name for name in names):
        raise hidden(_OBJECTS)
    if _MAIN not in kinds:
        raise damaged(NAME)


def _check_relations(relations: Node) -> None:
    for one in relations.each("Relationship"):
        outside = one.attributes.get("TargetMode", "").lower() == "external"
        kind, target = one.attributes.get("Type", ""), one.attributes.get("Target", "")
        own = kind.endswith("/attachedTemplate") and _OWN_DISK.match(target)
        if outside and not own and not kind.endswith("/hyperlink"):
            raise hidden(_LINKS)


def _check_fields(part: Node) -> None:
    """The commands of all fields together: one may be spread over many runs."""
    commands = "".join(one.text for one in part.each("instrText"))
    simple = (one.attributes.get("instr", "") for one in part.each("fldSimple"))
    if any(map(_FIELD.search, (commands, *simple))):
        raise hidden(_LINKS)


def _pages(container: Container) -> int:
    counted = tree(container.read(_COUNTED), NAME).each("Pages") if _COUNTED in container.members else ()
    pages = max((int(one.text) for one in counted if one.text.strip().isdecimal()), default=1) or 1
    if pages > MOST_PAGES:
        raise too_many_pages(pages)
    return pages
