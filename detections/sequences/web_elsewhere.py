"""Files and sessions of another site, in a log that does not say under which name its server was asked.

Style sheets and scripts are fetched and forms sent by a site's own pages: the names in their referrers, told
by several sources, are the site's own. A parameter that is not meant for addresses and holds one of another
site asks the server to include a file (ATT&CK T1190); a session in an address, handed over by a page of
another site that carries none itself, was chosen there (T1539). Look-alikes: sites of several names (each is
learned), pictures shown elsewhere (they teach nothing), searches for an address (parameters that hold text),
links that carry a session of each visitor's own (whoever chose one hands the same to many).
"""

from collections import defaultdict
from collections.abc import Iterator

import msgspec
import pyarrow as pa
import pyarrow.compute as pc

from detections.hits import Evidences, Finding, hit
from detections.naming import target_by_name
from detections.networks import Networks
from detections.sequences.recent import MOST_THIN, Recent
from detections.sequences.servers import SERVER, by_server, values
from detections.traits import is_address
from detections.web import parts
from detections.web.elsewhere import Pointer, pointers, sessions, site_of
from detections.web.families import families, signs
from taishi.core.ecs import Kind
from taishi.core.event import Batch, Event
from taishi.core.ids import stable_id
from taishi.core.records import Hit, Level, SubjectKind
from taishi.core.text import Text

#: Sources whose pages of a name fetched style sheets or sent forms, from which the name is the site's own.
MIN_SOURCES = 3
#: Sessions from which a site's links carry each visitor's own.
MIN_SESSIONS = 3
_KEPT = 4
#: What an own name is learnt from.
_TOLD = ["@timestamp", *SERVER, "source.ip", "http.request.referrer"]
_PAGE_FILE = r"(?i)\.(?:css|js|woff2?)(?:\?|$)"
#: A session's name or an address as a value; what is looked at closely.
_POINTS = r"(?i)sess|sid|cfid|token|=.{0,6}(?:https?|ftps?)(?::|%3a)"
_SIGNS = {"rfi": "rfi/elsewhere", "fixation": "fixation/handed-over"}
_LOWER: dict[Level, Level] = {"high": "medium", "medium": "low", "low": "low"}


class _Site(msgspec.Struct, forbid_unknown_fields=True):
    sources: set[str] = msgspec.field(default_factory=set)


class _Pointed(msgspec.Struct, forbid_unknown_fields=True):
    subject_kind: SubjectKind = "host"
    text: str = ""
    answered: int = 0
    sessions: set[str] = msgspec.field(default_factory=set)
    evidence: Evidences = msgspec.field(default_factory=Evidences)


class WebElsewhere:
    """Watches requests whose log names neither the site nor the server's address."""

    #: Its hits are of this rule and of `taishi.web.rfi`.
    id = "taishi.web.fixation"
    kinds: frozenset[Kind] = frozenset({"http"})

    def __init__(self, _networks: Networks) -> None:
        self._sites = Recent(tuple[str, str], _Site, MOST_THIN)
        self._pointed = Recent(tuple[str, str, str, str], _Pointed)

    def observe(self, batch: Batch) -> None:
        unnamed = _unnamed(batch)
        for server, rows in by_server(_fetched_by_pages(batch, unnamed)):
            self._learn(target_by_name(server)[0], rows)
        pointing = pc.match_substring_regex(batch.rows.column("url.original"), _POINTS)
        for event in Batch(
            "http", batch.rows.filter(pc.fill_null(pc.and_(pointing, unnamed), False))
        ).events():
            self._note(event)

    def _learn(self, subject: str, rows: pa.RecordBatch) -> None:
        """Who told which site; once enough have, nothing more is asked."""
        column, by_site = rows.column("http.request.referrer"), defaultdict[str, list[str]](list)
        for referrer in values(column):
            by_site[site_of(referrer)].append(referrer)
        for site, referrers in by_site.items():
            sources = self._sites[subject, site].sources if site else None
            if sources is not None and len(sources) < _KEPT:
                told = rows.column("source.ip").filter(pc.is_in(column, value_set=pa.array(referrers)))
                sources.update(values(told)[: _KEPT - len(sources)])

    def _note(self, event: Event) -> None:
        subject, kind, side = target_by_name(event)
        source, referrer = event.text("source.ip"), event.text("http.request.referrer")
        if not subject or not source:
            return
        for one in pointers(parts.of_url(event.text("url.original")), referrer):
            if _is_public(one.site) and not _goes_on(one, referrer):
                pointed = self._pointed[subject, source, one.site, one.seen.sign.family]
                pointed.subject_kind = kind
                pointed.text = min(filter(None, (pointed.text, one.seen.text)))
                pointed.answered += 200 <= event.number("http.response.status_code") < 400
                pointed.evidence.add(event, side=side)
                if len(pointed.sessions) < _KEPT:
                    pointed.sessions.add(stable_id(one.value))

    def hits(self) -> Iterator[Hit]:
        own, carrying = self._own(), self._carrying()
        for (subject, source, site, family), pointed in self._pointed.items():
            mine = own.get(subject, set())
            if pointed.evidence.count and (mine or family == "fixation"):
                ordinary = site in mine or (family == "fixation" and (subject, site) in carrying)
                yield _hit(family, subject, (source, site), pointed, known=bool(mine), ordinary=ordinary)

    def _own(self) -> dict[str, set[str]]:
        """The names that a log's server goes by."""
        own: dict[str, set[str]] = {}
        for (subject, site), seen in self._sites.items():
            if len(seen.sources) >= MIN_SOURCES:
                own.setdefault(subject, set()).add(site)
        return own

    def _carrying(self) -> set[tuple[str, str]]:
        """Whose links to a server carry sessions that differ."""
        sessions: dict[tuple[str, str], set[str]] = {}
        for (subject, _source, site, family), pointed in self._pointed.items():
            if family == "fixation":
                sessions.setdefault((subject, site), set()).update(pointed.sessions)
        return {link for link, seen in sessions.items() if len(seen) >= MIN_SESSIONS}


def _goes_on(one: Pointer, referrer: str) -> bool:
    """A session that the page before had in its address too: the site's links carry it along."""
    return one.seen.sign.family == "fixation" and any(sessions(parts.of_url(referrer)))


def _is_public(site: str) -> bool:
    return "." in site and (is_address(site) or not site.endswith((".local", ".internal", ".lan")))


def _unnamed(batch: Batch) -> pa.Array:
    """Which requests name neither their site nor their server's address."""
    rows = batch.rows
    named = pc.or_(pc.is_valid(rows.column("url.domain")), pc.is_valid(rows.column("destination.ip")))
    return pc.invert(named)


def _fetched_by_pages(batch: Batch, unnamed: pa.Array) -> pa.RecordBatch:
    """Of these, style sheets, scripts and forms that were taken and say which page they belong to."""
    rows = batch.rows
    posted = pc.equal(rows.column("http.request.method"), "POST")
    fetched = pc.or_kleene(posted, pc.match_substring_regex(rows.column("url.original"), _PAGE_FILE))
    taken = pc.and_(unnamed, pc.less(rows.column("http.response.status_code"), 400))
    referred = pc.is_valid(rows.column("http.request.referrer"))
    return rows.select(_TOLD).filter(pc.fill_null(pc.and_(pc.and_(fetched, taken), referred), False))


def _hit(
    name: str, subject: str, way: tuple[str, str], pointed: _Pointed, *, known: bool, ordinary: bool
) -> Hit:
    family, sign, source = families()[name], signs()[_SIGNS[name]].shows, way[0]
    finding = Finding(
        f"taishi.web.{name}", family.title, "attempted", family.level, family.technique, family.advice
    )
    level = _LOWER[family.level]
    return hit(
        finding,
        pointed.evidence,
        key=" ".join(way),
        subject=subject,
        subject_kind=pointed.subject_kind,
        peers=[source],
        attackers=[source],
        level=level if known and pointed.answered else _LOWER[level],
        withdrawn=ordinary,
        summary=_summary(sign, subject, source, pointed, known),
    )


def _summary(sign: Text, subject: str, source: str, pointed: _Pointed, known: bool) -> Text:
    doubt = (
        Text("", "") if known else Text("；日志未显示本站名称", "; the log does not tell its own site's name")
    )
    return Text(
        f"{source} 对 {subject} 发出 {pointed.evidence.count} 次请求：{sign.zh}「{pointed.text}」{doubt.zh}",
        f"{source} sent {pointed.evidence.count} requests to {subject}: {sign.en} “{pointed.text}”{doubt.en}",
    )


SEQUENCE = WebElsewhere
