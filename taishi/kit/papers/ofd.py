"""OFD (GB/T 33190-2016): the layout format of Chinese offices, a container of XML and pictures."""

import posixpath

from taishi.core.text import Text
from taishi.kit.papers.paper import MOST_PAGES, Sound, damaged, hidden, too_many_pages
from taishi.kit.papers.xml_tree import tree
from taishi.kit.papers.zipped import Container

NAME = Text("OFD 文件", "OFD file")
_ENTRY = "OFD.xml"
#: Actions that reach outside the paper: another file, sound, film.
_ACTIONS = ("GotoA", "Sound", "Movie")


def is_ofd(container: Container) -> bool:
    return _ENTRY in container.members


def check(container: Container) -> Sound:
    """Raises Unfit. Pages are those that the documents list."""
    roots = [one.text.strip() for one in tree(container.read(_ENTRY), NAME).each("DocRoot")]
    pages = sum(_pages(container, posixpath.normpath(root).lstrip("/")) for root in roots)
    if not pages:
        raise damaged(NAME)
    if pages > MOST_PAGES:
        raise too_many_pages(pages)
    if any(name.lower().endswith("attachments.xml") for name in container.members):
        raise hidden(Text("附件", "attached files"))
    return Sound("ofd", pages)


def _pages(container: Container, root: str) -> int:
    document = tree(container.read(root), NAME)
    if any(document.each(*_ACTIONS)):
        raise hidden(Text("自动执行的动作", "actions that run by themselves"))
    return sum("BaseLoc" in one.attributes for one in document.each("Page"))
