"""XML of unknown origin as a plain tree: no document type, so no entity can grow; no depth without end."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from xml.parsers.expat import ExpatError, ParserCreate

from taishi.core.text import Text
from taishi.kit.papers.paper import damaged, hidden

#: A paper nests some thirty deep, tables in tables a little more; a form has some thousand elements.
_DEEPEST, _MOST = 200, 400_000


@dataclass
class Node:
    """One element: `tag` and attributes without their namespaces, `text` the words directly in it."""

    tag: str
    attributes: dict[str, str]
    children: list["Node"] = field(default_factory=list)
    text: str = ""

    def each(self, *tags: str) -> Iterator["Node"]:
        """This and every node below with one of these tags (any, where none is named), in reading order."""
        if not tags or self.tag in tags:
            yield self
        for child in self.children:
            yield from child.each(*tags)


class _Reading:
    def __init__(self, what: Text) -> None:
        self._what = what
        self.root = Node("", {})
        self._open = [self.root]
        self._count = 0

    def begin(self, tag: str, attributes: dict[str, str]) -> None:
        self._count += 1
        if len(self._open) > _DEEPEST or self._count > _MOST:
            raise damaged(self._what)
        made = Node(_bare(tag), {_bare(name): value for name, value in attributes.items()})
        self._open[-1].children.append(made)
        self._open.append(made)

    def end(self, _: str) -> None:
        self._open.pop()

    def words(self, text: str) -> None:
        self._open[-1].text += text


def _bare(name: str) -> str:
    return name.rpartition(" ")[2]


def tree(content: bytes, what: Text) -> Node:
    """The parent of the root element. Raises Unfit where `what` is damaged or has a document type."""
    reading = _Reading(what)
    parser = ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    parser.StartElementHandler = reading.begin
    parser.EndElementHandler = reading.end
    parser.CharacterDataHandler = reading.words
    parser.StartDoctypeDeclHandler = _refuse
    try:
        parser.Parse(content, True)
    except (ExpatError, ValueError):
        raise damaged(what) from None
    return reading.root


def _refuse(*_: object) -> None:
    raise hidden(Text("可疑的定义", "a document type"))
