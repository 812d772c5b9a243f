"""What comes in at all: from which sensors, of which units, between whom."""

from dashboards.kibana.board import EVENTS, Board, Measure, Panel, over_time, table
from taishi.core.text import Text

_SOURCES = Measure(Text("源地址数", "Source addresses"), "unique_count", "source.ip")
_HOSTS = Measure(Text("主机数", "Hosts"), "unique_count", "host.name")

BOARD = Board(
    "overview",
    Text("态势总览", "Overview"),
    Text("各传感器、各单位的事件", "Events by sensor and unit"),
    (
        Panel("events", Text("事件", "Events"), None, "number"),
        Panel("sources", Text("源地址", "Source addresses"), None, "number", (_SOURCES,)),
        Panel("hosts", Text("主机", "Hosts"), None, "number", (_HOSTS,)),
        over_time("sensors", Text("各传感器事件", "Events by sensor"), None, by="taishi.sensor"),
        table(
            "from-units", Text("源单位", "Units as source"), None, ("taishi.source.unit",), EVENTS, _SOURCES
        ),
        table("to-units", Text("目的单位", "Units as destination"), None, ("taishi.destination.unit",)),
        table("from", Text("源地址排行", "Top sources"), None, ("source.ip", "taishi.source.unit")),
        table(
            "to",
            Text("目的地址排行", "Top destinations"),
            None,
            ("destination.ip", "taishi.destination.unit"),
        ),
        table("of", Text("数据集", "Data sets"), None, ("event.dataset",)),
        table(
            "countries",
            Text("目的国家和地区", "Destination countries"),
            None,
            ("destination.geo.country_iso_code",),
        ),
    ),
)
