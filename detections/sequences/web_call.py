"""Web requests of a remote-control tool or a stealer: what each lacks of a browser, and where it goes.

A browser sends its headers with every request, never `Expect: 100-continue` with a form, and goes to names
that somebody registered. .NET and scripting interfaces betray themselves while they call themselves
browsers; what they carry is one long encoded value (ATT&CK T1071.001, T1132, T1041). The score adds up what
was seen between one host and one server. Look-alikes: update clients (they say their name), devices that
report to their vendor.
"""

from collections.abc import Collection, Iterator
from typing import Literal

import msgspec

from detections.hits import Evidences, Finding, hit
from detections.networks import Networks
from detections.sequences import callers
from detections.sequences.randomness import looks_random
from detections.sequences.recent import MOST_OPEN, MOST_THIN, Recent, rows_with
from detections.traits import Trait, score, weighed
from taishi.core.addresses import is_address
from taishi.core.ecs import Kind
from taishi.core.event import Batch, Event
from taishi.core.records import Hit
from taishi.core.text import Text

MIN_SCORE, SURE_SCORE, MIN_TRAITS = 6, 8, 3
#: Stages are reflective libraries; the smallest is larger than this.
_STAGE_BYTES = 60_000
#: Letters of a name (RFC 1035, 2.3.4); what is longer is none.
_HOST = 255
#: Letters of a path's first part that tell whether it was made at random.
_LONG_PART = 20
#: Requests to the same script that make a habit.
MIN_AGAIN = 10

FINDING = Finding(
    "taishi.sequence.web-call",
    Text("疑似木马 HTTP 通信", "Web requests of a remote-control tool or stealer"),
    "compromised",
    "high",
    ("T1071.001", "T1041"),
    Text(
        "隔离该主机，查明发出请求的进程并清除；修改该主机上保存和使用过的口令，在边界封堵目的地址。",
        "Isolate the host, find and remove the process behind the requests; change the passwords kept or "
        "used on it; block the destination at the boundary.",
    ),
)

#: What may speak for it.
_Sign = Literal[
    "false-browser", "expect", "opaque", "random-script", "numeric", "dynamic", "random-agent", "no-agent",
    "survey", "address", "plain-443", "stager", "again", "cookie", "random-path",
]  # fmt: skip
_SIGNS: dict[_Sign, Trait] = {
    "false-browser": Trait(2, Text("冒充浏览器", "not the browser it claims to be")),
    "expect": Trait(2, Text("浏览器不会发送的 Expect 头", "an Expect header that browsers never send")),
    "opaque": Trait(2, Text("提交不可读的编码内容", "an unreadable encoded body")),
    "cookie": Trait(2, Text("Cookie 只有一段编码数据", "a cookie that is one encoded value")),
    "random-path": Trait(2, Text("随机路径", "a path made at random")),
    "random-script": Trait(1, Text("随机命名的脚本", "a script with a random name")),
    "numeric": Trait(2, Text("目的为裸地址", "to a bare address")),
    "dynamic": Trait(2, Text("目的为动态域名", "to a dynamic domain name")),
    "random-agent": Trait(3, Text("随机生成的 User-Agent", "user agent made at random")),
    "no-agent": Trait(1, Text("无 User-Agent", "no user agent")),
    "survey": Trait(6, Text("上报主机与用户信息", "tells of the host and its user")),
    "address": Trait(1, Text("先查询自身公网地址", "asked for its own public address")),
    "plain-443": Trait(2, Text("443 端口上的明文 HTTP", "plain HTTP on port 443")),
    "stager": Trait(4, Text("按校验和取载荷的四字符路径", "a stager's four-letter path with its checksum")),
    "again": Trait(2, Text("反复提交同一脚本", "the same script asked again and again")),
}


class _Pair(msgspec.Struct, forbid_unknown_fields=True):
    traits: set[_Sign] = msgspec.field(default_factory=set)
    posts: int = 0
    calls: int = 0
    evidence: Evidences = msgspec.field(default_factory=Evidences)


class WebCall:
    """Watches requests from inside to servers outside, proxies' lines apart."""

    id = FINDING.rule
    kinds: frozenset[Kind] = frozenset({"http"})

    def __init__(self, networks: Networks) -> None:
        self._networks = networks
        self._pairs = Recent(tuple[str, str, str], _Pair, MOST_OPEN)
        self._curious = Recent(str, bool, MOST_THIN)

    def observe(self, batch: Batch) -> None:
        for event in rows_with(batch, "destination.ip").events():
            source, destination = event.text("source.ip"), event.text("destination.ip")
            if source and destination and not self._networks.inside(destination):
                self._note(event, source, destination)

    def _note(self, event: Event, source: str, destination: str) -> None:
        host = event.text("url.domain")[:_HOST]
        if callers.tells_address(host):
            if not callers.claims_browser(event) or callers.is_false_browser(event):
                self._curious[source] = True
            return
        if callers.is_updater(event):
            return
        pair = self._pairs[source, destination, host]
        pair.calls += 1
        pair.posts += event.text("http.request.method") == "POST"
        traits = set(_traits(event))
        pair.traits |= traits
        if traits:
            pair.evidence.add(event, side="source")

    def hits(self) -> Iterator[Hit]:
        for (source, destination, host), pair in self._pairs.items():
            traits = self._added_up(source, pair)
            if score(_SIGNS[one] for one in traits) >= MIN_SCORE and (
                len(traits) >= MIN_TRAITS or "survey" in traits
            ):
                yield _hit(source, destination, host, pair, traits)

    def _added_up(self, source: str, pair: _Pair) -> set[_Sign]:
        """What only the whole tells counts beside what single requests told."""
        traits = set(pair.traits)
        if traits and self._curious.get(source):
            traits.add("address")
        if traits and pair.posts >= MIN_AGAIN:
            traits.add("again")
        return traits


def _traits(event: Event) -> Iterator[_Sign]:
    host, sent = event.text("url.domain"), callers.headers(event)
    if callers.is_false_browser(event):
        yield "false-browser"
    if "\nexpect: 100-continue" in f"\n{sent}" and callers.claims_browser(event):
        yield "expect"
    if callers.has_random_agent(event):
        yield "random-agent"
    elif sent and not event.text("user_agent.original"):
        yield "no-agent"
    if callers.has_opaque_body(event):
        yield "opaque"
    if event.extra.get("http.request.survey"):
        yield "survey"
    if is_address(host):
        yield "numeric"
    elif callers.is_dynamic(host):
        yield "dynamic"
    if event.text("url.path").endswith(".php") and looks_random(callers.script_name(event)):
        yield "random-script"
    elif looks_random(_first_part(event.text("url.path"))):
        yield "random-path"
    if event.extra.get("http.request.cookie.opaque"):
        yield "cookie"
    if _is_stage(event):
        yield "stager"
    if event.number("destination.port") == 443:
        yield "plain-443"


def _first_part(path: str) -> str:
    """A long first part of a path without an extension; its words are of the base64url alphabet."""
    first = path[1:].partition("/")[0]
    return first.replace("-", "").replace("_", "") if len(first) >= _LONG_PART else ""


def _is_stage(event: Event) -> bool:
    """A path whose letters sum up to 92 or 93 (stagers of Metasploit, Cobalt Strike), a large answer."""
    name = event.text("url.path")[1:]
    large = event.number("http.response.body.bytes") >= _STAGE_BYTES
    return large and len(name) == 4 and name.isalnum() and sum(map(ord, name)) % 256 in (92, 93)


def _hit(source: str, destination: str, host: str, pair: _Pair, signs: Collection[_Sign]) -> Hit:
    traits = [_SIGNS[one] for one in signs]
    why, total = weighed(traits), score(traits)
    return hit(
        FINDING,
        pair.evidence,
        key=f"{destination}:{host}",
        subject=source,
        subject_kind="ip",
        peers=[destination],
        level="high" if total >= SURE_SCORE else "medium",
        summary=Text(
            f"{source} 向 {host}（{destination}）发出 {pair.calls} 次可疑请求，评分 {total}：{why.zh}",
            f"{source} sent {pair.calls} requests to {host} ({destination}), score {total}: {why.en}",
        ),
    )


SEQUENCE = WebCall
