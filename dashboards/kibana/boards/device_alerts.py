"""What other devices alert on: intrusion detection, web firewalls."""

from dashboards.kibana.board import EVENTS, Board, Is, Measure, Search, over_time, table
from taishi.core.text import Text

_TARGETS = Measure(Text("目标数", "Targets"), "unique_count", "destination.ip")
_COLUMNS = (
    "rule.name",
    "rule.category",
    "source.ip",
    "destination.ip",
    "taishi.destination.unit",
    "event.action",
)

BOARD = Board(
    "device-alerts",
    Text("设备告警", "Device alerts"),
    Text("其他安全设备的告警", "Alerts of other security devices"),
    (
        over_time("categories", Text("类别", "Categories"), "alert", by="rule.category"),
        table("rules", Text("规则", "Rules"), "alert", ("rule.name",), EVENTS, _TARGETS),
        table("sources", Text("源地址", "Sources"), "alert", ("source.ip",), EVENTS, _TARGETS),
        table("targets", Text("目标", "Targets"), "alert", ("destination.ip", "taishi.destination.unit")),
        table("actions", Text("设备动作", "What the device did"), "alert", ("event.action",)),
    ),
    (
        Search(
            "let-through",
            Text("未被设备阻断", "Not stopped by the device"),
            "alert",
            _COLUMNS,
            (Is("event.action", ("blocked", "denied", "dropped"), negated=True),),
        ),
    ),
)
