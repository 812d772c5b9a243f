"""Requests to web servers."""

from dashboards.kibana.board import AtLeast, Board, Has, Measure, Search, over_time, table
from taishi.core.text import Text

_PATHS = Measure(Text("不同路径", "Paths"), "unique_count", "url.path")
_COLUMNS = ("source.ip", "url.domain", "http.request.method", "url.original", "http.response.status_code")

BOARD = Board(
    "web",
    Text("网站访问", "Web"),
    Text("请求、错误、探测线索", "Requests, errors, probing"),
    (
        over_time("status", Text("状态码", "Status codes"), "http", by="http.response.status_code"),
        table("sites", Text("网站", "Sites"), "http", ("url.domain",)),
        table("agents", Text("客户端", "User agents"), "http", ("user_agent.original",)),
        table(
            "probing",
            Text("出错路径最多的源（探测线索）", "Sources of most failing paths (probing)"),
            "http",
            ("source.ip",),
            _PATHS,
            where=(AtLeast("http.response.status_code", 400),),
        ),
        table("methods", Text("方法", "Methods"), "http", ("http.request.method",)),
    ),
    (
        Search(
            "server-errors",
            Text("服务器错误", "Server errors"),
            "http",
            _COLUMNS,
            (AtLeast("http.response.status_code", 500),),
        ),
        Search(
            "personal-data",
            Text("响应或请求含个人信息", "Requests or answers with personal data"),
            "http",
            ("taishi.personal", *_COLUMNS),
            (Has("taishi.personal"),),
        ),
    ),
)
