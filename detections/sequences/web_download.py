"""Programs and scripts fetched over plain HTTP in a way in which nobody installs software.

Droppers fetch from bare addresses, under names and types of pictures, by scripting interfaces, with user
agents made at random (ATT&CK T1105, T1036.008). Software that is installed comes from a named host through
a browser or an updater that says its name. Look-alikes: an internal software server addressed by number, a
developer's curl.
"""

from collections.abc import Iterator
from itertools import chain
from typing import Literal

import msgspec

from detections.hits import Evidences, Finding, hit
from detections.networks import Networks
from detections.sequences import callers
from detections.sequences.randomness import looks_random
from detections.sequences.recent import Recent, rows_with
from detections.traits import Trait, score, weighed
from taishi.core.addresses import is_address
from taishi.core.ecs import Kind
from taishi.core.event import Batch, Event
from taishi.core.records import Hit
from taishi.core.text import Text

MIN_SCORE, SURE_SCORE = 4, 6
#: Letters of a name (RFC 1035, 2.3.4); what is longer is none.
_HOST = 255
#: What runs when it arrives (names as `http.response.body.type` has them).
PROGRAMS = frozenset({"pe", "pe-xor", "elf", "class", "jar", "mach-o", "script", "windows-script", "lnk"})
_DRESSES = frozenset(
    {
        "png",
        "jpg",
        "jpeg",
        "gif",
        "bmp",
        "ico",
        "webp",
        "css",
        "txt",
        "doc",
        "docx",
        "xls",
        "pdf",
        "mp3",
        "mp4",
    }
    | {"dat", "tmp", "log", "html", "htm", "woff", "svg"}
)
_ZEEK_TYPES = {
    "application/x-dosexec": "pe",
    "application/x-executable": "elf",
    "application/x-sharedlib": "elf",
    "application/java-archive": "jar",
    "application/x-java-applet": "class",
    "application/x-mach-o-executable": "mach-o",
}
#: A script may well be called text.
_TEXTUAL = frozenset({"script", "windows-script"})
_WEB_PORTS = frozenset({80, 8080, 443, 8443, 3128, 8000, 8888})

FINDING = Finding(
    "taishi.sequence.web-download",
    Text("可疑程序下载", "Suspicious program download"),
    "compromised",
    "high",
    ("T1105", "T1036.008"),
    Text(
        "隔离该主机，查明下载程序的进程与落地文件并查杀；核对程序是否已运行，在边界封堵下载地址。",
        "Isolate the host, find the fetching process and the file, remove them; check whether the program "
        "ran; block the source at the boundary.",
    ),
)

#: What may speak for it.
_Sign = Literal[
    "numeric", "numeric-inside", "dressed", "hidden", "random-agent", "tool", "false-browser", "library",
    "random-name", "generated", "odd-port", "dynamic", "class", "loader",
]  # fmt: skip
_SIGNS: dict[_Sign, Trait] = {
    "numeric": Trait(3, Text("来自裸地址", "from a bare address")),
    "numeric-inside": Trait(1, Text("来自内网裸地址", "from a bare address inside")),
    "dressed": Trait(3, Text("冒充其他类型的文件", "dressed as another kind of file")),
    "hidden": Trait(4, Text("程序经异或隐藏", "program hidden under a repeating key")),
    "random-agent": Trait(3, Text("随机生成的 User-Agent", "user agent made at random")),
    "tool": Trait(2, Text("脚本或工具下载", "fetched by a tool or interface")),
    "false-browser": Trait(2, Text("冒充浏览器", "not the browser it claims to be")),
    "library": Trait(2, Text("直接下发动态库", "a bare library (.dll)")),
    "random-name": Trait(1, Text("随机文件名", "random file name")),
    "generated": Trait(1, Text("由脚本页面下发", "handed out by a script page")),
    "odd-port": Trait(1, Text("非常用端口", "unusual port")),
    "dynamic": Trait(2, Text("动态域名", "dynamic domain name")),
    "class": Trait(2, Text("Java 远程加载类", "class loaded from afar by Java")),
    "loader": Trait(1, Text("由系统下载接口取得", "fetched through the system's download interface")),
}


class _Fetch(msgspec.Struct, forbid_unknown_fields=True):
    traits: set[_Sign] = msgspec.field(default_factory=set)
    kinds: set[str] = msgspec.field(default_factory=set)
    evidence: Evidences = msgspec.field(default_factory=Evidences)


class WebDownload:
    """Watches answers over HTTP whose bytes are a program."""

    id = FINDING.rule
    kinds: frozenset[Kind] = frozenset({"http"})

    def __init__(self, networks: Networks) -> None:
        self._networks = networks
        self._fetches = Recent(tuple[str, str, str], _Fetch)

    def observe(self, batch: Batch) -> None:
        typed = rows_with(batch, "taishi.extra", '"http.response.body.type"')
        # What Zeek gives as the answer's type it has read from the bytes, too.
        zeek = rows_with(rows_with(batch, "event.module", "zeek"), "http.response.mime_type", "application/")
        for event in chain(typed.events(), zeek.events()):
            kind, name = _program(event), event.extra.get("http.response.file.name")
            if kind and not callers.is_updater(event):
                self._note(event, kind, name if isinstance(name, str) else "")

    def _note(self, event: Event, kind: str, name: str) -> None:
        traits = set(_traits(event, kind, name, self._networks.inside(event.text("destination.ip"))))
        if score(_SIGNS[one] for one in traits) < MIN_SCORE:
            return
        key = (event.text("source.ip"), event.text("destination.ip"), event.text("url.domain")[:_HOST])
        fetch = self._fetches[key]
        fetch.traits |= traits
        fetch.kinds.add(kind)
        fetch.evidence.add(event, side="source")

    def hits(self) -> Iterator[Hit]:
        for (source, destination, host), fetch in self._fetches.items():
            traits = [_SIGNS[one] for one in fetch.traits]
            why, total = weighed(traits), score(traits)
            what = ", ".join(sorted(fetch.kinds))
            yield hit(
                FINDING,
                fetch.evidence,
                key=f"{destination}:{host}",
                subject=source,
                subject_kind="ip",
                peers=[destination],
                level="high" if total >= SURE_SCORE else "medium",
                summary=Text(
                    f"{source} 从 {host}（{destination}）下载程序（{what}），评分 {total}：{why.zh}",
                    f"{source} fetched a program ({what}) from {host} ({destination}), "
                    f"score {total}: {why.en}",
                ),
            )


def _program(event: Event) -> str | None:
    """What kind of program the answer is, None where it is none."""
    told = event.extra.get("http.response.body.type")
    if event.text("event.module") == "zeek":
        told = _ZEEK_TYPES.get(event.text("http.response.mime_type"))
    return told if isinstance(told, str) and told in PROGRAMS else None


def _traits(event: Event, kind: str, name: str, inside: bool) -> Iterator[_Sign]:
    host, path = event.text("url.domain"), event.text("url.path")
    if is_address(host):
        yield "numeric-inside" if inside else "numeric"
    elif callers.is_dynamic(host):
        yield "dynamic"
    if _is_dressed(event, kind, path):
        yield "dressed"
    if kind == "pe-xor":
        yield "hidden"
    if kind == "class" and event.text("user_agent.original").startswith("Java/"):
        yield "class"
    yield from _caller(event)
    if (name or path).lower().endswith(".dll"):
        yield "library"
    if looks_random((name or path.rpartition("/")[2]).partition(".")[0]):
        yield "random-name"
    if name and ("." not in path.rpartition("/")[2] or path.endswith(".php")):
        yield "generated"
    if event.number("destination.port") not in _WEB_PORTS:
        yield "odd-port"


def _caller(event: Event) -> Iterator[_Sign]:
    if callers.has_random_agent(event):
        yield "random-agent"
    elif callers.is_false_browser(event):
        yield "false-browser"
    elif callers.is_tool(event):
        yield "tool"
    if "ua-cpu:" in callers.headers(event) and "referer:" not in callers.headers(event):
        yield "loader"


def _is_dressed(event: Event, kind: str, path: str) -> bool:
    """By its name or its type it is something that does not run."""
    extension = path.rpartition("/")[2].rpartition(".")[2].lower() if "." in path.rpartition("/")[2] else ""
    mime = event.text("http.response.mime_type")
    if kind in _TEXTUAL:
        return extension in _DRESSES - {"txt", "html", "htm", "dat", "log", "tmp"} or mime.startswith(
            "image/"
        )
    return extension in _DRESSES or mime.startswith(("image/", "text/", "audio/", "video/", "font/"))


SEQUENCE = WebDownload
