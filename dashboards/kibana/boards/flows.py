"""Who talks to whom, how much, on which ports."""

from dashboards.kibana.board import EVENTS, AtLeast, Board, Measure, Search, over_time, table
from taishi.core.text import Text

_OUT = Measure(Text("发送字节", "Bytes sent"), "sum", "source.bytes", bytes=True)
_IN = Measure(Text("接收字节", "Bytes received"), "sum", "destination.bytes", bytes=True)
_PEERS = Measure(Text("对端数", "Peers"), "unique_count", "destination.ip")
_PORTS = Measure(Text("端口数", "Ports"), "unique_count", "destination.port")
#: What a host seldom sends in one connection, in bytes.
_MUCH = 100_000_000

BOARD = Board(
    "flows",
    Text("网络会话", "Flows"),
    Text("流量、对端、端口", "Traffic, peers and ports"),
    (
        over_time("bytes", Text("流量", "Traffic"), "flow", _OUT, _IN),
        table(
            "senders", Text("发送最多", "Top senders"), "flow", ("source.ip", "taishi.source.unit"), _OUT, _IN
        ),
        table("receivers", Text("接收最多", "Top receivers"), "flow", ("destination.ip",), _OUT, _IN),
        table(
            "ports", Text("目的端口", "Destination ports"), "flow", ("destination.port", "network.transport")
        ),
        table(
            "fan-out",
            Text("对端最多（扫描线索）", "Most peers (scans)"),
            "flow",
            ("source.ip",),
            _PEERS,
            _PORTS,
        ),
        table("states", Text("会话状态", "States"), "flow", ("taishi.flow.state",), EVENTS),
        table(
            "owners",
            Text("目的网络", "Destination networks"),
            "flow",
            ("destination.as.organization.name",),
            _OUT,
        ),
    ),
    (
        Search(
            "large-uploads",
            Text("单次发送超过 100 MB", "More than 100 MB sent at once"),
            "flow",
            ("source.ip", "taishi.source.unit", "destination.ip", "destination.port", "source.bytes"),
            (AtLeast("source.bytes", _MUCH),),
        ),
    ),
)
