"""Somebody tries a web server's paths: most of what he asks for is not there, or is no HTTP at all.

Scanners go through lists of paths (ATT&CK T1595.003); of what one source asks, most is refused and no path
comes twice. Binary protocols sent to a web server's port make request lines that are none (T1595.002).
Look-alikes: a page whose pictures are missing (files of a page are not counted), a crawler with an old map
of the site (its share of refusals is low), health checks (few paths, over and over).
"""

from collections.abc import Iterator

import msgspec
import pyarrow as pa
import pyarrow.compute as pc

from detections.hits import Evidences, Finding, hit
from detections.naming import target_of
from detections.networks import Networks
from detections.sequences.recent import MOST_THIN, Recent
from taishi.core.ecs import Kind
from taishi.core.event import Batch, Event
from taishi.core.records import Hit, SubjectKind
from taishi.core.text import Text

#: Distinct refused paths, and their share of all requests of the source, that make a search.
MIN_PATHS, MIN_SHARE = 12, 0.7
#: From here on it is thorough.
MANY_PATHS = 100
#: Request lines that are no HTTP.
MIN_MALFORMED = 3
_REFUSED = (400, 401, 403, 404, 405, 410, 444)
#: What a page fetches by itself.
_PAGE_FILES = r"(?i)\.(?:js|css|png|jpe?g|gif|ico|svg|webp|woff2?|ttf|eot|map|mp[34]|pdf|docx?|xlsx?)(?:\?|$)"

FINDING = Finding(
    "taishi.sequence.web-probing",
    Text("网站目录与漏洞探测", "Search through a web server's paths"),
    "attempted",
    "low",
    ("T1595.003", "T1595.002"),
    Text(
        "确认是否为授权扫描；否则封堵来源，核对其请求中应答成功的部分。",
        "Check whether the scan was ordered; else block the source and look at what it was answered.",
    ),
)


class _Search(msgspec.Struct, forbid_unknown_fields=True):
    subject_kind: SubjectKind = "ip"
    refused: int = 0
    malformed: int = 0
    paths: set[str] = msgspec.field(default_factory=set)
    evidence: Evidences = msgspec.field(default_factory=Evidences)


class WebProbing:
    """Watches what is refused, by target and source."""

    id = FINDING.rule
    kinds: frozenset[Kind] = frozenset({"http"})

    def __init__(self, _networks: Networks) -> None:
        self._searches = Recent(tuple[str, str], _Search)
        self._asked = Recent(str, int, MOST_THIN)

    def observe(self, batch: Batch) -> None:
        for counted in pc.value_counts(batch.rows.column("source.ip")).to_pylist():
            if counted["values"] is not None:
                self._asked[counted["values"]] += counted["counts"]
        for event in _refused(batch).events():
            self._note(event)

    def _note(self, event: Event) -> None:
        subject, kind, side = target_of(event)
        source = event.text("source.ip")
        if not subject or not source:
            return
        search = self._searches[subject, source]
        search.subject_kind = kind
        search.refused += 1
        if event.text("http.request.method"):
            if len(search.paths) < MANY_PATHS:
                search.paths.add(event.text("url.original").partition("?")[0][:200])
        else:
            search.malformed += 1
        search.evidence.add(event, side=side)

    def hits(self) -> Iterator[Hit]:
        for (subject, source), search in self._searches.items():
            asked = max(self._asked.get(source) or 0, search.refused)
            searched = len(search.paths) >= MIN_PATHS and search.refused >= MIN_SHARE * asked
            if searched or search.malformed >= MIN_MALFORMED:
                yield _hit(subject, source, search, asked)


def _refused(batch: Batch) -> Batch:
    """Requests that were refused, those of a page's own files apart; the rows of others are not looked at."""
    status = batch.rows.column("http.response.status_code")
    mask = pc.fill_null(pc.is_in(status, value_set=pa.array(_REFUSED, status.type)), False)
    refused = batch.rows.filter(mask)
    files = pc.fill_null(pc.match_substring_regex(refused.column("url.original"), _PAGE_FILES), False)
    return Batch(batch.kind, refused.filter(pc.invert(files)))


def _hit(subject: str, source: str, search: _Search, asked: int) -> Hit:
    paths = len(search.paths)
    return hit(
        FINDING,
        search.evidence,
        key=source,
        subject=subject,
        subject_kind=search.subject_kind,
        peers=[source],
        attackers=[source],
        level="medium" if paths >= MANY_PATHS else "low",
        summary=Text(
            f"{source} 对 {subject} 的 {asked} 次请求中 {search.refused} 次被拒绝，"
            f"涉及 {paths} 个不同路径，{search.malformed} 次不是 HTTP",
            f"of {asked} requests of {source} to {subject} {search.refused} were refused, "
            f"{paths} different paths, {search.malformed} of them no HTTP",
        ),
    )


SEQUENCE = WebProbing
