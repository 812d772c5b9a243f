"""Words of the event search."""

VOCABULARY = {
    "search_events": ("检索事件", "Search events"),
    "search_example": (
        "10.34.2.15 dns.question.name:*example* -network.protocol:tls 任意文字",
        "10.34.2.15 dns.question.name:*example* -network.protocol:tls any words",
    ),
    "all_kinds": ("全部种类", "All kinds"),
    "events_n": ("{n} 条事件", "{n} event{s}"),
    "newest_first": ("最新的在前", "Newest first"),
    "empty.search": ("这段时间没有符合条件的事件。", "No event fits in this time."),
    "fields": ("字段", "Fields"),
    "field": ("字段", "Field"),
    "value": ("值", "Value"),
    "own_fields": ("来源自带字段", "The source's own fields"),
    "raw": ("原始记录", "Raw record"),
    "kind.flow": ("会话", "flow"),
    "kind.dns": ("DNS", "DNS"),
    "kind.http": ("HTTP", "HTTP"),
    "kind.tls": ("TLS", "TLS"),
    "kind.logon": ("登录", "logon"),
    "kind.process": ("进程", "process"),
    "kind.file": ("文件", "file"),
    "kind.windows": ("Windows", "Windows"),
    "kind.alert": ("设备告警", "IDS alert"),
    "kind.other": ("其他", "other"),
}
