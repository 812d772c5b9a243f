"""Words of the reports."""

VOCABULARY = {
    "as_of_label": ("统计截止", "As known at"),
    "as_of_now": ("改为现在", "now instead"),
    "links_are_today": ("链接打开的是当前状态", "links open what stands today"),
    "download": ("下载", "Download"),
    "not_comparable": (
        "去年同期（{span}）{n} 起，不可比：{why}",
        "a year before ({span}) {n}; not comparable: {why}",
    ),
    "compared_with": ("去年同期（{span}）{n} 起，同比 {pct}", "a year before ({span}) {n}; {pct}"),
    "counters": ("五项计数", "The five counters"),
    "counters_apart": ("口径不同，不可相加。", "Each counts things of its own; they cannot be added."),
    "counter.alerts": ("告警（含已排除）", "Alerts (dismissed ones too)"),
    "counter.hosts": ("涉及主机", "Hosts"),
    "counter.units": ("涉及单位（不含未登记）", "Units (without unregistered)"),
    "counter.notices": ("发出通报", "Notices issued"),
    "notices_told": (
        "通报：办结 {closed}，在办 {open}（逾期 {overdue}），撤回 {withdrawn}。",
        "Notices: {closed} closed, {open} open ({overdue} overdue), {withdrawn} withdrawn.",
    ),
    "blocks_told": (
        "封禁：生效 {applied}，解除 {lifted}，现有 {active}。",
        "Blocks: {applied} applied, {lifted} lifted, {active} in force.",
    ),
    "coverage_told": (
        "监测点在线 {live}/{expected}（{pct}%）。",
        "Sensors live {live}/{expected} ({pct} %).",
    ),
    "by_unit": ("按单位", "By unit"),
    "by_kind": ("按事件分类（参照 GB/T 20986-2023）", "By kind (after GB/T 20986-2023)"),
    "by_day": ("按日期", "By day"),
    "published_reports": ("已发布的报告", "Published reports"),
    "act.publish": ("发布", "Publish"),
    "act.publish_now": ("发布并定稿", "Publish and freeze"),
    "publish_hint": (
        "将 {span} 的 {n} 起风险事件定稿。定稿后不再改动，之后的变化列为更正。",
        "Freezes the {n} risk events of {span}. It never changes; what comes later is a correction.",
    ),
    "corrections_said": ("发布之后才获知的变化：", "What became known after publishing:"),
    "correction": (
        "发布 {published}，补增 {late}，核减 {dropped}，改类 {moved}，现为 {now}",
        "{published} published, {late} late, {dropped} dropped, {moved} moved, {now} now",
    ),
    "empty.reports": ("这段时间没有风险事件。", "No risk event in this time."),
    "empty.published": ("还没有发布过报告。", "No report is published yet."),
}
