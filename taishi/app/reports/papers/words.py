"""The sentences of a report, Chinese first."""

from collections.abc import Mapping, Sequence

from taishi.core.text import Language, Text

SAID: Mapping[str, Text] = {
    "title": Text("网络和数据安全态势报告", "Network and data security posture"),
    "as_of": Text("统计截至 {at}", "As known at {at}"),
    "zone": Text("时间均为北京时间（Asia/Shanghai）", "All times in Asia/Shanghai"),
    "overall": Text("总体情况", "Overall"),
    "found": Text(
        "本期共发现网络安全风险事件 {n} 起。按级别：{levels}；按类别：{threats}。",
        "{n} risk events were found. By level: {levels}; by class: {threats}. ",
    ),
    "join": Text("、", ", "),
    "hosts_said": Text("涉及主机 {n} 台，", "{n} hosts and "),
    "units_said": Text("涉及单位 {n} 家。", "{n} units are concerned."),
    "compared": Text(
        "去年同期（{span}）共 {n} 起，本期{way}。",
        "In the same span of last year ({span}) there were {n}: {way}.",
    ),
    "up": Text("同比上升 {pct}%", "up by {pct} %"),
    "down": Text("同比下降 {pct}%", "down by {pct} %"),
    "same": Text("同比持平", "no change"),
    "not_comparable": Text(
        "与去年同期（{span}，记录 {n} 起）不可比：{why}。",
        "Not comparable with the same span of last year ({span}, {n} on record): {why}.",
    ),
    "counters": Text("五项计数", "The five counters"),
    "counters_said": Text(
        "五项计数各有口径，互不包含，不可相加。",
        "Each counter counts things of its own; they cannot be added.",
    ),
    "counter": Text("计数", "Counter"),
    "count": Text("数量", "Count"),
    "meaning": Text("口径", "What it counts"),
    "alerts_name": Text("告警", "Alerts"),
    "alerts_is": Text(
        "同一对象的命中归并后的告警，含研判排除的", "Hits on one subject put together, those dismissed too"
    ),
    "risk_events_name": Text("风险事件", "Risk events"),
    "risk_events_is": Text(
        "研判后成立的告警，按首次发现时间计", "Alerts that stand, by their first sighting"
    ),
    "hosts_name": Text("涉及主机", "Hosts"),
    "hosts_is": Text("风险事件涉及的不同对象", "Different subjects of the risk events"),
    "units_n_name": Text("涉及单位", "Units"),
    "units_n_is": Text("风险事件的归属单位，不含未登记", "Units that own them, without those unregistered"),
    "notices_name": Text("通报", "Notices"),
    "notices_is": Text("期内发出的处置函、风险告知函", "Letters issued in the span"),
    "matrix": Text("类别与级别", "Class and level"),
    "matrix_said": Text(
        "每起风险事件只有一个类别、一个级别；行、列合计均等于总数。",
        "Each risk event has one class and one level; rows and columns sum to the total.",
    ),
    "class": Text("类别", "Class"),
    "sum": Text("合计", "Total"),
    "trend": Text("趋势", "Trend"),
    "this_span": Text("本期", "This span"),
    "last_year": Text("去年同期", "Last year"),
    "units": Text("单位分布", "By unit"),
    "unit": Text("单位", "Unit"),
    "share": Text("占比", "Share"),
    "kinds": Text("事件分类（参照 GB/T 20986-2023）", "Kinds (after GB/T 20986-2023)"),
    "kinds_said": Text(
        "按“类/种”名称统计；标准附录代码未核对，未列。",
        "By name; the codes of annex B are not verified and left out.",
    ),
    "kind": Text("类/种", "Category/kind"),
    "handled": Text("处置情况", "What was done"),
    "notices_said": Text(
        "期内发出通报 {issued} 份：办结 {closed}，在办 {open}（逾期 {overdue}）；撤回 {withdrawn}。",
        "{issued} notices issued: {closed} closed, {open} open ({overdue} overdue); {withdrawn} withdrawn. ",
    ),
    "blocks_said": Text(
        "封禁生效 {applied} 次，解除 {lifted} 次，截至统计时刻有效 {active} 个。",
        "{applied} blocks applied, {lifted} lifted, {active} in force. ",
    ),
    "coverage_said": Text(
        "应有监测点 {expected} 个，在线 {live} 个，覆盖率 {pct}%。",
        "{live} of {expected} sensors live: {pct} %.",
    ),
    "no_coverage": Text(
        "未登记监测点，覆盖率无从计算。", "No sensors are registered: no coverage can be told."
    ),
    "corrections": Text("对已发布报告的更正", "Corrections of published reports"),
    "corrections_said": Text(
        "已发布的数字不改动；发布之后才获知的变化列于此。",
        "Published figures stay; what became known afterwards stands here.",
    ),
    "report": Text("报告", "Report"),
    "published": Text("发布数", "Published"),
    "late": Text("补增", "Late"),
    "dropped": Text("核减", "Dropped"),
    "now": Text("现数", "Now"),
    "definitions": Text("口径说明", "Definitions"),
}

_DEFINITIONS: Sequence[Text] = (
    Text(
        "时段左闭右开，按首次发现时间归入；同一编号只计一次；研判排除的不计。",
        "Spans are half-open; an event counts once, by its first sighting; what was dismissed does not.",
    ),
    Text(
        "主机失陷：有证据表明本方主机受他人控制；尝试攻击：见到攻击而未见成功的证据；潜在风险：弱点或暴露。",
        "Compromised: evidence that a host acts for somebody else. Attempted: an attack without evidence of"
        " success. Potential risk: a weakness or exposure.",
    ),
    Text(
        "级别取自规则，仅因列明的因素升降；级别是技术级别，不是事件的法定等级（特别重大至一般）。",
        "The level is the rule's, changed only by named factors; it is no incident's legal grade.",
    ),
    Text(
        "无人登记的地址归入“未登记”。同比以去年同月同日的时段为基数；基数为零、无数据、时段长度不同或覆盖率不足时不可比。",
        "Addresses of nobody are 未登记. The base is the same dates of last year; without data, of zero, of"
        " another length or too little covered it is not compared.",
    ),
)


def definitions(language: Language) -> list[str]:
    return [one.to(language) for one in _DEFINITIONS]
