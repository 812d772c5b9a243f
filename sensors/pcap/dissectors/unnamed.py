"""Connections that speak no protocol of their own: shells, check-ins, scripts and programs sent bare.

Asked last (by its name), so what has a protocol is read by that protocol's dissector. Gives one event a
finding; its source is the side that said it.
"""

import re
from collections.abc import Iterator

from sensors.pcap.conversation import Conversation, Found
from sensors.pcap.flow import Flow
from sensors.pcap.secrets import without_labelled
from sensors.pcap.stream import Side
from sensors.pcap.survey import is_check_in, is_survey

_LOOKED_AT = 4096
#: What is searched of text: prompts and check-ins stand at the beginning.
_READ = 1024
_TEXT = 500
_PRINTED = bytes([9, 10, 13, 27, *range(32, 127)])
_COMPLAINT = b"job control turned off"
#: A script that names its interpreter, or PowerShell that fetches and runs.
_SCRIPT = re.compile(
    rb"\s{0,4}(?:#! ?/[\w/.-]{2,40}/(?:env \w+|\w*sh|python[\d.]*|perl|php|ruby)\b"
    rb"|powershell(?:\.exe)? +-|IEX[ (]|\$\w+ ?= ?New-Object (?:System\.)?Net\.)",
    re.IGNORECASE,
)
#: A program, bare or after its length in four bytes as stagers send it.
_PROGRAM = re.compile(rb"(?:.{4})?(?:MZ.{60,1020}PE\0\0|\x7fELF[\x01\x02][\x01\x02]\x01)", re.DOTALL)
#: What shells say: banner and prompt of Windows, complaints about a missing terminal and prompts of Unix.
_WINDOWS = re.compile(
    rb"Microsoft Windows \[[^\]\r\n]{3,60}\]|(?:^|\n)(?:PS )?[A-Z]:\\[^\r\n>|<]{0,120}>", re.MULTILINE
)
_UNIX = re.compile(
    rb"(?:^|\n)(?:\x1b\][^\x07]{1,100}\x07)?(?:\x1b\[[\d;?]*[a-zA-Z])*"
    rb"[a-z_][\w-]{0,31}@[\w.-]{1,63}:[^\r\n]{1,80}[$#] "
    rb"|(?:^|\n)(?:bash|sh)-\d\.\d[$#] ?"
    rb"|(?:^|\n)uid=\d+\([\w.-]+\) gid=\d+|(?:^|\n)[dlb-][rwxsStT-]{9}[.+]? +\d+ |(?:^|\n)root:[x*]?:0:0:"
)
#: What the other side types.
_TYPED = re.compile(
    rb"(?:^|\n)[ \t]*(?:id|whoami(?: /\w+)?|uname -\w+|ls(?: -\w+)?|pwd|cat /etc/\w+|ifconfig|hostname"
    rb"|ipconfig(?: /all)?|net (?:user|group|localgroup)\b[^\r\n]*|dir|ps(?: -?\w+)?|systeminfo"
    rb"|python[\d.]* -c [^\r\n]+|cd [^\r\n]+|echo [^\r\n]+|exit|w|who|sudo -l)[ \t]*\r?\n"
)
#: A bot of Mirai's kind: its hello, its name perhaps, then nothing but empty messages both ways.
_BOT = re.compile(rb"\x00{3}\x01(?:.[\w.-]{0,32})?(?:\x00\x00){2,2000}", re.DOTALL)
_BOT_ANSWER = re.compile(rb"(?:\0\0){2,2000}")
#: Serialised Java (a stream's magic and version) with classes of which published gadget chains are made.
_GADGET = re.compile(
    rb"\xac\xed\x00\x05.{0,4000}?(?:org\.apache\.commons\.(?:collections4?\.(?:functors|keyvalue)|beanutils)"
    rb"|sun\.reflect\.annotation\.AnnotationInvocationHandler|com\.sun\.rowset\.JdbcRowSetImpl|ysoserial"
    rb"|xalan\.[\w.]*TemplatesImpl|org\.codehaus\.groovy\.runtime\.(?:Converted|Method)Closure"
    rb"|org\.springframework\.core\.SerializableTypeWrapper"
    rb"|com\.tangosol\.util\.(?:extractor\.(?:Reflection|Chained)Extractor|comparator\.ExtractorComparator))",
    re.DOTALL,
)
#: A forwarded request of AJP 1.3 with attributes that are the server's own (CVE-2020-1938).
_INCLUDE = re.compile(
    rb"\x12\x34..\x02.{1,4000}?javax\.servlet\.include\.(?:request_uri|path_info|servlet_path)", re.DOTALL
)
#: Deflated data begin so (RFC 1950); in messages of Gh0st and its kin a mark and two lengths stand before.
_DEFLATED = b"\x78\x9c"
_BARE_PROMPT = re.compile(rb"(?:^|\n|\r)[$#>] ?$|(?:^|\n)[$#] ")


class Unnamed:
    name = "unnamed"
    wants = 1 << 15

    def recognises(self, client: bytes, server: bytes, flow: Flow) -> bool:
        return flow.transport in (6, 17) and _said(client, server) is not None

    def events(self, talk: Conversation) -> Iterator[Found]:
        talk.flow.protocol = None
        said = _said(talk.client.data[:_LOOKED_AT], talk.server.data[:_LOOKED_AT])
        if said is None:
            return
        what, answering = said
        side = talk.server if answering else talk.client
        time, record = side.moment(0)
        yield Found(
            "other",
            time,
            record,
            {"event.action": what, "event.dataset": "pcap.payload"},
            _told(what, side),
            answering,
        )


def _told(what: str, side: Side) -> dict[str, str | int]:
    text = side.data[:_TEXT].decode("utf-8", "replace").replace("\0", " ")
    return {"payload.kind": what, "payload.text": without_labelled(text), "payload.bytes": len(side.data)}


def _said(client: bytes, server: bytes) -> tuple[str, bool] | None:
    """What was said, and whether the side that was called said it."""
    for data, other, answering in ((client, server, False), (server, client, True)):
        if data and (what := _kind(data[:_LOOKED_AT], other)):
            return what, answering
    return None


def _kind(data: bytes, other: bytes) -> str | None:
    if _SCRIPT.match(data):
        return "script"
    if _PROGRAM.match(data):
        return "program"
    if _INCLUDE.match(data):
        return "connector-include"
    if _GADGET.search(data):
        return "gadget"
    if _is_packed_check_in(data) or (_BOT.fullmatch(data) and _BOT_ANSWER.fullmatch(other[:_LOOKED_AT])):
        return "check-in"
    if not _is_text(data):
        return None
    if _is_shell(data, other):
        return "shell"
    text = data[:_READ].decode("utf-8", "replace")
    if is_check_in(text):
        return "check-in"
    return "survey" if is_survey(text) else None


def _is_text(data: bytes) -> bool:
    """Whether what can be printed makes up most of the beginning: nothing else is worth searching."""
    start = data[:256]
    return len(start.translate(None, _PRINTED)) * 6 <= len(start)


def _is_shell(data: bytes, other: bytes) -> bool:
    """A banner of Windows or a complaint of Unix says it alone; a prompt needs somebody who types."""
    if b"Microsoft Windows [" in data or b"no job control in this shell" in data or _COMPLAINT in data:
        return bool(_WINDOWS.search(data)) or b"job control" in data
    if not other or len(other) > _READ * 4 or not _TYPED.search(other[:_READ]):
        return False
    return any(shape.search(data[:_READ]) for shape in (_WINDOWS, _UNIX, _BARE_PROMPT))


def _is_packed_check_in(data: bytes) -> bool:
    """A letter mark, the message's length, the length unpacked (both little endian), then deflated data."""
    at = data.find(_DEFLATED, 11, 20)
    mark = data[: at - 8] if at > 0 else b""
    if not mark.isalnum():
        return False
    packed, unpacked = (int.from_bytes(data[place : place + 4], "little") for place in (at - 8, at - 4))
    return at < packed <= len(data) and 0 < unpacked < 1 << 20


DISSECTOR = Unnamed()
