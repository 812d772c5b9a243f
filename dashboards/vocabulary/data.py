"""Words of the page on data security."""

VOCABULARY = {
    "page.data": ("数据安全", "Data security"),
    "stage.intake": ("管入", "Intake"),
    "stage.storage": ("管存", "Storage"),
    "stage.output": ("管出", "Output"),
    "stage.use": ("管用", "Use"),
    "data_events_n": ("{n} 条事件中出现了个人信息。", "{n} event{s} held personal data."),
    "data_events_latest_n": (
        "只统计了最近 {n} 条含个人信息的事件，缩短时间可看全。",
        "Only the latest {n} events with personal data are counted; choose a shorter time to see all.",
    ),
    "data_masked": (
        "号码在入库前已脱敏，此处只有数量；同一号码多次出现会重复计数。",
        "Numbers were masked before they were stored; a number that came twice counts twice.",
    ),
    "data_system": ("系统", "System"),
    "data_stage": ("环节", "Stage"),
    "data_kinds": ("个人信息", "Personal data"),
    "data_grade": ("数据分级（参照）", "Data grade"),
    "data_rating": ("风险评级", "Rating"),
    "data_events": ("事件", "Events"),
    "data_risks": ("数据安全风险", "Risks"),
    "data_risks_n": ("共 {n} 项", "{n} finding{s}"),
    "empty.data": (
        "这段时间没有事件带有个人信息。要检查文件或共享，在服务器上运行：",
        "No event of this time held personal data. To search files or shares, run on the server:",
    ),
    "empty.data_risks": ("这段时间没有数据安全风险。", "No data risk in this time."),
}
