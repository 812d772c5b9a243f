"""What is remembered of scripts on web servers and of those who ask for them."""

import re
from bisect import insort

import msgspec

from detections.hits import Evidences
from taishi.core.event import Event
from taishi.core.records import SubjectKind

#: A file that a server runs, also where more follows its name (path information, `a.asp;.jpg` of IIS).
SCRIPT = (
    r"(?i)\.(?:php\d?|phtml|pht|phar|inc|jspx?|jspf|aspx?|ashx|asmx|asa|cer|cdx|cfm|cgi|pl|py)(?:$|[/;.])"
)
#: What a page fetches by itself.
PAGE_FILE = r"(?i)\.(?:css|js|png|jpe?g|gif|ico|svg|webp|woff2?)$"
#: How many of a thing are kept: more tell no more.
KEPT_CALLERS, KEPT_SIZES, KEPT_REFERRERS, KEPT_MOMENTS = 3, 8, 8, 32
_ANSWERED = ((200, 400), (500, 600))
_PLACED = ("PUT", "MOVE", "COPY")
_UPLOAD = re.compile(r"(?i)upload|import|attach|fileserver|filemanager|save.{0,20}file|ueditor|kindeditor")
#: Letters of a path that are kept.
_LONG = 200


class Script(msgspec.Struct, forbid_unknown_fields=True):
    """One script of one server. Moments are seconds since 1970; of sets and lists the smallest are kept."""

    subject_kind: SubjectKind = "ip"
    callers: set[str] = msgspec.field(default_factory=set)
    referrers: set[str] = msgspec.field(default_factory=set)
    sizes: set[int] = msgspec.field(default_factory=set)
    moments: list[float] = msgspec.field(default_factory=list)
    missing: float | None = None
    first: float | None = None
    posts: int = 0
    is_placed: bool = False
    is_browser: bool = False
    is_program: bool = False
    evidence: Evidences = msgspec.field(default_factory=Evidences)

    @property
    def is_known(self) -> bool:
        """Whether so many ask for it that nothing about it is hidden."""
        return len(self.callers) >= KEPT_CALLERS

    def refer(self, page: str) -> None:
        """Somebody says to have come from there."""
        self.referrers = set(sorted({*self.referrers, page})[:KEPT_REFERRERS])

    def note_post(self, event: Event, side: str) -> None:
        self.posts += 1
        if (size := event.number("http.response.body.bytes")) and len(self.sizes) < KEPT_SIZES:
            self.sizes.add(size)
        insort(self.moments, event.time.timestamp())
        del self.moments[KEPT_MOMENTS:]
        self.evidence.add(event, side=side)


class Visitor(msgspec.Struct, forbid_unknown_fields=True):
    """Somebody who was answered by a server."""

    fetches_page_files: bool = False
    uploaded: float | None = None


class Site(msgspec.Struct, forbid_unknown_fields=True):
    """A server as a whole."""

    visitors: set[str] = msgspec.field(default_factory=set)
    has_referrers: bool = False
    first: float | None = None


def earlier(one: float | None, other: float) -> float:
    return other if one is None else min(one, other)


def is_answered(status: int) -> bool:
    return any(low <= status < high for low, high in _ANSWERED)


def is_placing(event: Event) -> bool:
    """A file laid on the server under the path that was asked for."""
    status = event.number("http.response.status_code")
    return event.text("http.request.method") in _PLACED and 200 <= status < 300


def is_upload(event: Event) -> bool:
    method = event.text("http.request.method")
    return method in _PLACED or (method == "POST" and bool(_UPLOAD.search(event.text("url.path"))))


def path_of(address: str) -> str:
    """The path of an address, lower case as servers of Windows take it."""
    after = address.partition("://")[2]
    path = "/" + after.partition("/")[2] if after else address
    return path.partition("?")[0].partition("#")[0].partition(";")[0].lower()[:_LONG]
