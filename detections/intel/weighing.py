"""How bad a hit of an indicator is, with every step of it: class, level, and the reasons an alert shows."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from detections.hits import Finding
from detections.intel.ageing import score_at
from detections.intel.parties import Way
from detections.intel.roles import Role
from taishi.core.indicators import HASHES, Indicator, Report
from taishi.core.records import LEVELS, Level, Threat
from taishi.core.text import Text

_ISOLATE = Text(
    "立即隔离该主机，保留日志，核查与该指标有关的进程和计划任务，清除后再入网。",
    "Isolate the host, keep its logs, look for processes and tasks that belong to the indicator, clean it.",
)
_LOOK = Text(
    "核查该主机在此时间前后的访问和下载，确认是否有程序被执行。",
    "Look at what the host fetched around that time, and whether anything was run.",
)
_WATCH = Text(
    "核对是否有业务需要；如无，在边界拦截该来源。",
    "See whether any business needs it; if none, stop that source at the border.",
)


def _finding(
    name: str, threat: Threat, level: Level, technique: Sequence[str], zh: str, en: str, advice: Text
) -> Finding:
    return Finding(f"intel-{name}", Text(zh, en), threat, level, tuple(technique), advice, "intel")


#: What a hit means by the indicator's role and the way.
OUT: dict[Role, Finding] = {
    "control": _finding(
        "control",
        "compromised",
        "high",
        ["T1071"],
        "连接情报中的控制端",
        "Calls a known control server",
        _ISOLATE,
    ),
    "mining": _finding(
        "mining",
        "compromised",
        "medium",
        ["T1496"],
        "连接情报中的矿池",
        "Calls a known mining pool",
        _ISOLATE,
    ),
    "delivery": _finding(
        "delivery",
        "attempted",
        "high",
        ["T1105"],
        "访问情报中的恶意程序分发点",
        "Fetches from a known malware host",
        _LOOK,
    ),
    "phishing": _finding(
        "phishing",
        "attempted",
        "medium",
        ["T1566"],
        "访问情报中的钓鱼站点",
        "Opens a known phishing site",
        _LOOK,
    ),
    "attacker": _finding(
        "contact", "risk", "medium", [], "主动连接情报中的攻击源", "Calls a known attacker's address", _LOOK
    ),
    "anonymiser": _finding(
        "anonymiser", "risk", "low", ["T1090"], "使用情报中的匿名代理", "Uses a known anonymiser", _WATCH
    ),
}
IN = _finding(
    "attacker", "attempted", "medium", ["T1595"], "情报中的攻击源来访", "A known attacker calls", _WATCH
)
IN_ANONYMOUS = _finding(
    "anonymous-visitor",
    "risk",
    "low",
    ["T1090"],
    "经情报中的匿名代理来访",
    "Visited through a known anonymiser",
    _WATCH,
)
LISTED = _finding(
    "listed",
    "risk",
    "medium",
    [],
    "本网地址被情报收录",
    "An address of ours is listed by intelligence",
    _LOOK,
)
RESOLVED = _finding(
    "resolved",
    "risk",
    "medium",
    ["T1071.004"],
    "域名解析到情报中的地址",
    "A name leads to a known address",
    _LOOK,
)
RUN = _finding(
    "program", "compromised", "high", ["T1204"], "运行情报中的恶意程序", "Runs known malware", _ISOLATE
)
FILE = _finding(
    "file", "attempted", "high", ["T1105"], "收到情报中的恶意文件", "Received a known malicious file", _LOOK
)
#: Every finding by its rule.
FINDINGS: dict[str, Finding] = {
    one.rule: one for one in (*OUT.values(), IN, IN_ANONYMOUS, LISTED, RESOLVED, RUN, FILE)
}


@dataclass(frozen=True)
class Weight:
    """A hit's class and level, and why these."""

    finding: Finding
    threat: Threat
    level: Level
    because: tuple[Text, ...]


def finding_of(indicator: Indicator, role: Role, way: Way, *, ran: bool) -> Finding:
    if indicator.type in HASHES:
        return RUN if ran else FILE
    if way == "listed":
        return LISTED
    if way == "resolved":
        return RESOLVED
    if way == "in":
        return IN_ANONYMOUS if role == "anonymiser" else IN
    return OUT[role]


def weigh(indicator: Indicator, report: Report | None, finding: Finding, at: datetime) -> Weight:
    """Class and level of a hit at that time. The reasons stand in the order in which they were applied."""
    steps, because, threat = 0, [], finding.threat
    if report is not None and report.threat == "low":
        steps += 1
        because.append(Text("来源定为低威胁，降一级", "its source calls the threat low: one level down"))
    if report is not None and report.threat == "high" and finding.level != "high":
        steps -= 1
        because.append(Text("来源定为高威胁，升一级", "its source calls the threat high: one level up"))
    if indicator.confidence < 40:
        steps += 1 if indicator.confidence >= 20 else 2
        because.append(
            Text(
                f"可信度仅 {indicator.confidence}，降级",
                f"confidence is only {indicator.confidence}: lowered",
            )
        )
    if indicator.type in ("ja3", "ja4", "user_agent"):
        steps += 1
        because.append(
            Text(
                "客户端指纹可能为多个程序共有，降一级",
                "several programs may share a client's mark: one level down",
            )
        )
    level = _moved(finding.level, steps)
    score = score_at(indicator, at)
    if score.stale:
        level = _moved(level, 1) if score.value > 0 else "low"
        because.append(score.why)
    for mark in indicator.marks:
        because.append(mark.why)
        if mark.effect == "lower":
            threat, level = "risk", _moved(level, 1)
    return Weight(finding, threat, level, tuple(because))


def _moved(level: Level, steps: int) -> Level:
    return LEVELS[max(0, min(len(LEVELS) - 1, LEVELS.index(level) + steps))]
