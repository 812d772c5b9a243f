"""Windows events as XML: Event Forwarding, `wevtutil`, rendered or not, and Sysmon for Linux in syslog.

One `<Event>` a line, several in a line, or spread over lines; read with the standard library's expat. A
document type is refused, so no entity can grow (defusedxml does the same around the same parser).
"""

import re
from collections.abc import Iterator, Sequence
from xml.parsers.expat import ExpatError, ParserCreate, XMLParserType

from msgspec.structs import replace

from sensors.lines import MAX_LINE, Damaged, Intake, Refuse, Seen, lines, share, shown
from sensors.syslog_line import SyslogLine
from sensors.values import part, word
from sensors.windows import WindowsRecord, tree_record, windows_event
from taishi.core.event import Batch, Json
from taishi.core.source import Reject, Source

_BEGIN = re.compile(rb"<Event[\s>]")
_END = b"</Event>"
#: No event nests deeper (MS-EVEN6 2.2.13).
_DEEPEST = 16
#: What tells the beginning of a file or line apart from other XML.
_LOOKS = re.compile(rb"<Event[\s>].{0,2000}?<System>", re.DOTALL)


class WindowsXml:
    """One event an `<Event>`; what stands between them is rejected, a declaration and `<Events>` apart."""

    name = "windows_xml"

    def recognizes(self, source: Source) -> int:
        if not _LOOKS.search(source.head[:8192]):
            return 0
        plain = source.head.removeprefix(b"\xef\xbb\xbf").lstrip().startswith((b"<?xml", b"<Event"))
        return 90 if plain or share(source, _BEGIN.search) >= 0.5 else 0

    def read(self, source: Source, reject: Reject) -> Iterator[Batch]:
        intake = Intake(self.name, source, reject)
        for raw in _events(source, intake.refuse):
            yield from intake.take(raw, lambda one: [xml_event(shown(one))])
        yield from intake.rest()


def xml_event(text: str, original: str | None = None) -> Seen:
    """One `<Event>`, maybe with a syslog frame before it. Raises Damaged."""
    begin = text.find("<Event")
    return windows_event(_record(_tree(text[max(begin, 0) :])), original or text)


def _record(event: dict[str, Json]) -> WindowsRecord:
    """Of a rendered event, its message and keywords too."""
    record = tree_record(event)
    rendering = part(event, "RenderingInfo")
    message = word(_text(rendering.get("Message")), "Message")
    if message is None:
        return record
    return replace(record, system={**record.system, "Message": message}, message=message)


def _text(value: Json) -> Json:
    return value.get("#text") if isinstance(value, dict) else value


def _events(source: Source, refuse: Refuse) -> Iterator[bytes]:
    """The text of every `<Event>`, with what stands before it in its line."""
    open_lines: list[bytes] = []
    size = 0
    for line in lines(source, refuse):
        rest = line
        while rest:
            if not open_lines and not _BEGIN.search(rest):
                if not _wraps(rest):
                    refuse("no <Event> here", rest)
                break
            end = rest.find(_END)
            piece, rest = (
                (rest, b"") if end < 0 else (rest[: end + len(_END)], rest[end + len(_END) :].strip())
            )
            open_lines.append(piece)
            size += len(piece)
            if end >= 0 or size > MAX_LINE:
                yield b"\n".join(open_lines)
                open_lines, size = [], 0
    if open_lines:
        refuse("the <Event> does not end", b"\n".join(open_lines))


def _wraps(line: bytes) -> bool:
    """A declaration, or the root around events."""
    text = line.strip()
    return text.startswith((b"<?xml", b"\xef\xbb\xbf<?xml", b"<Events", b"</Events"))


class _Builder:
    """Collects the elements of one event in the shape that `tree_record` knows."""

    def __init__(self, parser: XMLParserType) -> None:
        self.root: dict[str, Json] = {}
        self._stack: list[tuple[str, dict[str, Json], list[str]]] = [("", self.root, [])]
        parser.StartElementHandler = self.start
        parser.EndElementHandler = self.end
        parser.CharacterDataHandler = self.characters
        parser.StartDoctypeDeclHandler = self.doctype

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if len(self._stack) > _DEEPEST:
            raise Damaged("nested deeper than any event")
        element: dict[str, Json] = {}
        kept: dict[str, Json] = {key: value for key, value in attributes.items() if key != "xmlns"}
        if kept:
            element["#attributes"] = kept
        self._stack.append((name.rpartition(":")[2], element, []))

    def characters(self, text: str) -> None:
        self._stack[-1][2].append(text)

    def end(self, _name: str) -> None:
        name, element, pieces = self._stack.pop()
        text = "".join(pieces).strip()
        value: Json = element
        if set(element) <= {"#attributes"}:
            value = {**element, "#text": text or None} if element else (text or None)
        parent = self._stack[-1][1]
        if name not in parent:
            parent[name] = value
            return
        known = parent[name]
        if isinstance(known, list):
            known.append(value)
        else:
            parent[name] = [known, value]

    def doctype(self, *_declaration: object) -> None:
        raise Damaged("a document type is not taken")


def _tree(text: str) -> dict[str, Json]:
    parser = ParserCreate()
    builder = _Builder(parser)
    try:
        parser.Parse(text.encode(), True)
    except ExpatError as error:
        raise Damaged(f"no XML: {error}") from None
    event = part(builder.root, "Event")
    if not event:
        raise Damaged("no <Event>")
    return event


class XmlMessage:
    """An event in a syslog line: Sysmon for Linux, or a forwarder that sends XML."""

    def knows(self, line: SyslogLine) -> bool:
        return line.message.startswith("<Event") and "</Event>" in line.message

    def events(self, line: SyslogLine, original: str) -> Sequence[Seen]:
        return [xml_event(line.message, original)]


SENSOR = WindowsXml()
CARRIED = XmlMessage()
