"""Which names are asked for, and what becomes of it."""

from dashboards.kibana.board import Board, Is, Measure, Search, over_time, table
from taishi.core.text import Text

_NAMES = Measure(Text("不同域名", "Names"), "unique_count", "dns.question.name")
_MISSING = Is("dns.response_code", ("NXDOMAIN",))

BOARD = Board(
    "dns",
    Text("域名解析", "DNS"),
    Text("查询的域名与应答", "Names that are asked for, and answers"),
    (
        over_time("answers", Text("应答", "Answers"), "dns", by="dns.response_code"),
        table("domains", Text("注册域", "Registered domains"), "dns", ("dns.question.registered_domain",)),
        table(
            "many-names",
            Text("子域名最多（隧道线索）", "Most names under a domain (tunnels)"),
            "dns",
            ("dns.question.registered_domain",),
            _NAMES,
        ),
        table("types", Text("查询类型", "Types"), "dns", ("dns.question.type",)),
        table(
            "missing",
            Text("查询不存在域名最多的源", "Sources asking for what is not there"),
            "dns",
            ("source.ip", "taishi.source.unit"),
            where=(_MISSING,),
        ),
    ),
    (
        Search(
            "missing-names",
            Text("不存在的域名", "Names that are not there"),
            "dns",
            ("source.ip", "taishi.source.unit", "dns.question.name", "dns.question.type"),
            (_MISSING,),
        ),
    ),
)
