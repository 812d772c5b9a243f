"""Who logs in where, and who fails to."""

from dashboards.kibana.board import EVENTS, Board, Has, Is, Measure, Search, over_time, table
from taishi.core.text import Text

_FAILED = Is("event.outcome", ("failure",))
_NAMES = Measure(Text("账号数", "Accounts"), "unique_count", "user.name")
_SOURCES = Measure(Text("源地址数", "Source addresses"), "unique_count", "source.ip")
_COLUMNS = (
    "source.ip",
    "source.geo.country_iso_code",
    "user.name",
    "host.name",
    "destination.ip",
    "event.outcome",
)

BOARD = Board(
    "logons",
    Text("登录", "Logons"),
    Text("登录成败、猜测线索", "Logons, failures, guessing"),
    (
        over_time("outcomes", Text("登录结果", "Outcomes"), "logon", by="event.outcome"),
        table(
            "guessing",
            Text("失败最多的源", "Sources of most failures"),
            "logon",
            ("source.ip",),
            EVENTS,
            _NAMES,
            where=(_FAILED,),
        ),
        table(
            "guessed",
            Text("失败最多的账号", "Accounts of most failures"),
            "logon",
            ("user.name",),
            EVENTS,
            _SOURCES,
            where=(_FAILED,),
        ),
        table("countries", Text("来源国家和地区", "Countries"), "logon", ("source.geo.country_iso_code",)),
        table("methods", Text("方式", "Methods"), "logon", ("taishi.logon.method", "event.outcome")),
    ),
    (
        Search("failed", Text("登录失败", "Failed logons"), "logon", _COLUMNS, (_FAILED,)),
        Search(
            "from-abroad",
            Text("境外登录成功", "Logons from abroad that succeeded"),
            "logon",
            _COLUMNS,
            (
                Has("source.geo.country_iso_code"),
                Is("source.geo.country_iso_code", ("CN",), negated=True),
                Is("event.outcome", ("success",)),
            ),
        ),
        Search(
            "over-exits",
            Text("经 VPN、代理出口登录", "Logons over VPN and proxy exits"),
            "logon",
            ("taishi.source.exit", *_COLUMNS),
            (Has("taishi.source.exit"),),
        ),
    ),
)
