"""A script on a web server that one or two strangers post to and no page leads to: a web shell at work.

Its commands go in the body, which an access log does not hold. What the log holds is who asks: visitors find
a script by pages that refer to it, a web shell is known to whoever put it there (ATT&CK T1505.003). The score
adds up where the script lies, whether it was there before, what came before it, and how it is called.
Look-alikes: interfaces (asked by many), handlers of uploads (pages refer to them), webhooks and scheduled
calls (they say their name, answer alike, or come by the clock), an administrator's page (a browser fetches
style sheets and says where it came from).
"""

import re
from collections.abc import Iterator
from typing import Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from detections.hits import Finding, hit
from detections.naming import target_of
from detections.networks import Networks
from detections.regularity import timestamp_score
from detections.sequences import callers
from detections.sequences.randomness import looks_random
from detections.sequences.recent import MOST_OPEN, MOST_THIN, Recent, narrow
from detections.sequences.script_calls import (
    KEPT_CALLERS,
    PAGE_FILE,
    SCRIPT,
    Script,
    Site,
    Visitor,
    earlier,
    is_answered,
    is_placing,
    is_upload,
    path_of,
)
from detections.sequences.servers import by_server, values
from detections.traits import Trait, score, weighed
from taishi.core.ecs import Kind
from taishi.core.event import Batch, Event
from taishi.core.records import Hit
from taishi.core.text import Text

MIN_POSTS, MAX_CALLERS = 4, KEPT_CALLERS - 1
#: Others who are answered by the server: without them "nobody else asks" says nothing.
MIN_OTHERS = 3
MIN_SCORE, SURE_SCORE = 6, 8
MIN_SIZES = 4
#: Evenness of intervals (RITA's) from which the clock calls, not a person.
_BY_THE_CLOCK = 0.85
#: Seconds that a log runs before a script that appears later is new.
_DAY = 86_400
#: So many that others are left whoever calls the script.
_ENOUGH_VISITORS = MIN_OTHERS + KEPT_CALLERS
#: Answers of a server that has no such file.
_MISSING = (404, 410)
_WRITES = pa.array(["POST", "PUT", "MOVE", "COPY"])
_IS_SCRIPT = re.compile(SCRIPT)
#: Folders of what visitors upload and of files that are only fetched: no script belongs there.
_NO_PLACE_FOR_SCRIPTS = re.compile(
    r"/(?:up(?:load)?s?(?:files?)?|userfiles?|attach(?:ment)?s?|images?|img|pic(?:ture)?s?|photos?|avatars?|static|"
    r"css|js|fonts?|media|te?mp|cache|logs?|backups?|download)/"
)

FINDING = Finding(
    "taishi.sequence.web-shell-calls",
    Text("疑似网页后门通信", "Calls of what looks like a web shell"),
    "compromised",
    "medium",
    ("T1505.003",),
    Text(
        "在服务器上核对该脚本的来历、内容与修改时间；确认为后门的，隔离取证后清除，查明写入途径并封堵来源。",
        "Look at the script on the server: who wrote it, what it does, when it changed. If it is a web "
        "shell, isolate the server, keep evidence, remove it, find how it got there and block the source.",
    ),
)

_Sign = Literal[
    "placed",
    "appeared",
    "upload",
    "folder",
    "unled",
    "answers",
    "random",
    "late",
    "alone",
    "clock",
    "program",
]
_SIGNS: dict[_Sign, Trait] = {
    "placed": Trait(5, Text("由请求直接写入服务器", "a request laid it on the server")),
    "appeared": Trait(3, Text("此前访问该文件为不存在", "it was not there before")),
    "folder": Trait(3, Text("位于上传或静态文件目录", "it lies where files are uploaded or only fetched")),
    "upload": Trait(2, Text("同一来源此前上传过文件", "the same source uploaded something before")),
    "unled": Trait(2, Text("自称浏览器却无来源页面", "a browser by its word that comes from no page")),
    "answers": Trait(2, Text("应答长度各不相同", "answers of many lengths")),
    "random": Trait(2, Text("文件名随机", "a name made at random")),
    "late": Trait(1, Text("日志开始一天之后才出现", "it appeared a day after the log began")),
    "alone": Trait(1, Text("来源不取页面文件", "who asks fetches no files of pages")),
    "program": Trait(-3, Text("调用程序自报名称", "the calling program says its name")),
    "clock": Trait(-4, Text("按固定间隔调用", "called by the clock")),
}


#: What is looked at of a request that changes nothing.
_READ = [
    "@timestamp", "source.ip", "destination.ip", "destination.domain", "host.name", "log.file.path",
    "url.path", "http.request.method", "http.request.referrer", "http.response.status_code",
]  # fmt: skip


class WebShellCalls:
    """Watches scripts of our servers, by server and path."""

    id = FINDING.rule
    kinds: frozenset[Kind] = frozenset({"http"})

    def __init__(self, networks: Networks) -> None:
        self._networks = networks
        self._scripts = Recent(tuple[str, str], Script, MOST_OPEN)
        self._visitors = Recent(tuple[str, str], Visitor, MOST_THIN)
        self._sites = Recent(str, Site)
        self._pages = Recent(tuple[str, str], bool, MOST_THIN)

    def observe(self, batch: Batch) -> None:
        rows = batch.rows.select(_READ)
        here = pc.fill_null(pc.starts_with(batch.rows.column("url.original"), "/"), False)  # no proxy's
        status, path = rows.column("http.response.status_code"), rows.column("url.path")
        self._visit(rows.filter(pc.and_(here, pc.fill_null(pc.less(status, 400), False))))
        writes = pc.fill_null(pc.is_in(rows.column("http.request.method"), value_set=_WRITES), False)
        scripts = pc.fill_null(pc.match_substring_regex(path, SCRIPT), False)
        reads = pc.and_(pc.and_not(scripts, writes), here)
        for event in narrow(Batch("http", rows.filter(reads)), _READ):
            self._note(event)
        for event in Batch("http", batch.rows.filter(pc.and_(writes, here))).events():
            self._note(event)

    def _visit(self, answered: pa.RecordBatch) -> None:
        """Who is answered, who fetches what belongs to pages, which pages there are."""
        for event, rows in by_server(answered):
            if not (server := self._server(event)):
                continue
            site, path, source = self._sites[server], rows.column("url.path"), rows.column("source.ip")
            site.first = earlier(site.first, event.time.timestamp())
            site.has_referrers |= rows.column("http.request.referrer").null_count < rows.num_rows
            if len(site.visitors) < _ENOUGH_VISITORS:
                site.visitors.update(sorted(values(source))[:_ENOUGH_VISITORS])
            files = pc.fill_null(pc.match_substring_regex(path, PAGE_FILE), False)
            for visitor in values(source.filter(files)):
                self._visitors[server, visitor].fetches_page_files = True
            for page in values(path.filter(pc.invert(files))):
                self._pages[server, path_of(page)] = True

    def _server(self, event: Event) -> str:
        """What the server is called, empty where it is none of ours."""
        address = event.text("destination.ip")
        return target_of(event)[0] if not address or self._networks.inside(address) else ""

    def _note(self, event: Event) -> None:
        server, source = self._server(event), event.text("source.ip")
        if not server or not source:
            return
        at, status = event.time.timestamp(), event.number("http.response.status_code")
        if is_upload(event) and 200 <= status < 400:
            visitor = self._visitors[server, source]
            visitor.uploaded = earlier(visitor.uploaded, at)
        path = path_of(event.text("url.path"))
        if _IS_SCRIPT.search(path):
            script = self._scripts[server, path]
            if status in _MISSING:
                script.missing = earlier(script.missing, at)
            elif is_placing(event):
                script.is_placed = True
            elif is_answered(status) and not script.is_known:
                self._call(script, event)

    def _call(self, script: Script, event: Event) -> None:
        script.first = earlier(script.first, event.time.timestamp())
        script.callers.add(event.text("source.ip"))
        if referrer := path_of(event.text("http.request.referrer")):
            script.refer(referrer)
        if event.text("http.request.method") == "POST":
            _, script.subject_kind, side = target_of(event)
            browser = callers.claims_browser(event)
            script.is_browser |= browser
            script.is_program |= not browser and bool(event.text("user_agent.original"))
            script.note_post(event, side)

    def hits(self) -> Iterator[Hit]:
        for (server, path), script in self._scripts.items():
            if script.posts < MIN_POSTS or script.is_known:
                continue
            site = self._sites.get(server) or Site()
            others = len(site.visitors - script.callers)
            if others >= MIN_OTHERS and not self._is_led_to(server, path, script):
                signs = list(self._signs(server, path, script, site))
                if score(_SIGNS[one] for one in signs) >= MIN_SCORE:
                    yield _hit(server, path, script, signs)

    def _is_led_to(self, server: str, path: str, script: Script) -> bool:
        """Whether a page that the server has refers to it; tools of attackers make referrers up."""
        return any(self._pages.get((server, page)) for page in script.referrers if page != path)

    def _signs(self, server: str, path: str, script: Script, site: Site) -> Iterator[_Sign]:
        first = script.first or 0
        known = [seen for one in script.callers if (seen := self._visitors.get((server, one)))]
        if script.is_placed:
            yield "placed"
        elif script.missing is not None and script.missing < first:
            yield "appeared"
        if any(one.uploaded is not None and one.uploaded <= first for one in known):
            yield "upload"
        if _NO_PLACE_FOR_SCRIPTS.search(path):
            yield "folder"
        if script.is_browser and site.has_referrers and path not in script.referrers:
            yield "unled"
        if len(script.sizes) >= MIN_SIZES:
            yield "answers"
        if looks_random(path.rpartition("/")[2].partition(".")[0]):
            yield "random"
        if site.first is not None and first - site.first >= _DAY:
            yield "late"
        if not any(one.fetches_page_files for one in known):
            yield "alone"
        if script.is_program:
            yield "program"
        if _is_by_the_clock(script.moments):
            yield "clock"


def _is_by_the_clock(moments: list[float]) -> bool:
    try:
        return timestamp_score(np.array(moments, np.int64)) >= _BY_THE_CLOCK
    except ValueError:
        return False


def _hit(server: str, path: str, script: Script, signs: list[_Sign]) -> Hit:
    traits = [_SIGNS[one] for one in signs]
    why, total = weighed(traits), score(traits)
    sources = sorted(script.callers)
    return hit(
        FINDING,
        script.evidence,
        key=path,
        subject=server,
        subject_kind=script.subject_kind,
        peers=sources,
        attackers=sources,
        level="medium" if total >= SURE_SCORE else "low",
        summary=Text(
            f"{'、'.join(sources)} 向 {server} 的 {path} 提交 {script.posts} 次，"
            f"无其他来源访问、无页面指向，评分 {total}：{why.zh}",
            f"{', '.join(sources)} posted {script.posts} times to {path} of {server}, which nobody else "
            f"asks for and no page leads to, score {total}: {why.en}",
        ),
    )


SEQUENCE = WebShellCalls
