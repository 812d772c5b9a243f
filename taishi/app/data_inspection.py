"""数据安全检查: what a search found, as findings with grade, stage, advice, and a risk rating a system.

A system is what was named to search: a file, or each folder directly below a folder that was named.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from detections.personal.found import ITEM_TYPES, ItemType
from detections.personal.grade import SENSITIVE, Grade, Graded
from detections.personal.survey import Tallied
from taishi.app.data_scan import DataScan, Failed, Place
from taishi.app.intake import shown
from taishi.core.records import LEVELS, Level
from taishi.core.text import Text

Stage = Literal["intake", "storage", "output", "use"]
STAGE_NAMES: dict[Stage, Text] = {
    "intake": Text("管入", "Intake"),
    "storage": Text("管存", "Storage"),
    "output": Text("管出", "Output"),
    "use": Text("管用", "Use"),
}
_ADVICE: dict[Stage, str] = {
    "intake": "核对采集依据与最小必要范围，超范围的字段停止采集；导入后及时删除原始报送文件。",
    "storage": "核实留存依据与期限，无需留存的删除，其余加密存放、按岗位授权，取消共享目录的普遍可读权限。",
    "output": "核实输出或导出的审批、接收方与用途，补登数据提供记录（留存三年以上）；传输加密，输出前脱敏。",
    "use": "日志与使用环节脱敏记录，限制可查询的人员与条数，定期核对查询日志。",
}
#: Words in a path by which people name what comes in; ends of names of exports; kinds of recordings and logs.
_COMING = ("上传", "报送", "采集", "导入", "登记表", "upload", "import", "inbox")
_EXPORTS = (".sql", ".dmp", ".dump", ".bak")
_EXPORTED = ("导出", "export", "dump", "备份", "backup")
_TRAFFIC, _LOGS = frozenset({"pcap"}), (".log", ".evtx", ".jsonl")
_SHOWN = 3


@dataclass(frozen=True)
class DataFinding:
    """One text that holds personal data. `level` is how urgent it is to put right."""

    system: str
    path: str
    stage: Stage
    grade: Grade
    level: Level
    counts: dict[ItemType, int]
    different: dict[ItemType, int]
    examples: tuple[str, ...]
    why: str
    advice: str


@dataclass(frozen=True)
class SystemRating:
    """A system as a whole; `level` is its risk rating."""

    name: str
    texts: int
    counts: dict[ItemType, int]
    graded: Graded
    level: Level
    stages: tuple[Stage, ...]


@dataclass(frozen=True)
class Inspection:
    """Worst first. `unread` is what could not be searched: it may hold anything."""

    systems: tuple[SystemRating, ...]
    findings: tuple[DataFinding, ...]
    unread: tuple[Failed, ...]
    graded: Graded
    texts: int


def inspect(result: DataScan, named: Sequence[Path], stage: Stage | None = None) -> Inspection:
    """`named`: the paths as a person gave them; `stage`: of all of them, where that is known."""
    groups: dict[str, list[Place]] = defaultdict(list)
    for place in result.places:
        groups[_system(place.path, named)].append(place)
    findings = [
        _finding(name, place, stage or stage_of(place))
        for name, places in groups.items()
        for place in places
        if place.items
    ]
    rated = [
        _rated(name, places, [one for one in findings if one.system == name])
        for name, places in groups.items()
    ]
    return Inspection(
        tuple(sorted(rated, key=lambda one: (LEVELS.index(one.level), -sum(one.counts.values()), one.name))),
        tuple(sorted(findings, key=lambda one: (LEVELS.index(one.level), one.system, one.path))),
        tuple(result.failed),
        result.graded(),
        len(result.places),
    )


def stage_of(place: Place) -> Stage:
    """Where in their life the data were met, by what the text is and is called."""
    path = place.path.lower()
    if place.kind in _TRAFFIC:
        return "output"
    if any(word in path for word in _COMING):
        return "intake"
    if path.endswith(_EXPORTS) or any(word in path for word in _EXPORTED):
        return "output"
    if path.endswith(_LOGS) or place.kind not in ("text", "xlsx", "docx", "pdf"):
        return "use"
    return "storage"


def level_of(grade: Grade, counts: Iterable[tuple[ItemType, int]], stage: Stage) -> Level:
    """High: important data, or sensitive data on their way out; medium: sensitive data; low: the rest."""
    sensitive = sum(number for kind, number in counts if kind in SENSITIVE)
    if grade != "general" or (sensitive >= 10 and stage == "output"):
        return "high"
    return "medium" if sensitive else "low"


def _finding(system: str, place: Place, stage: Stage) -> DataFinding:
    graded = place.tally.graded()
    different = place.tally.different
    examples = [f"第{item.line}行 {item.masked}" for item in place.items[:_SHOWN]]
    return DataFinding(
        system,
        place.path,
        stage,
        graded.grade,
        level_of(graded.grade, different.items(), stage),
        {kind: place.tally.items[kind] for kind in ITEM_TYPES if place.tally.items[kind]},
        different,
        tuple(examples),
        graded.why.zh,
        _ADVICE[stage],
    )


def _rated(name: str, places: list[Place], findings: list[DataFinding]) -> SystemRating:
    whole = Tallied()
    for place in places:
        whole.merge(place.tally)
    graded = whole.graded()
    levels = [one.level for one in findings]
    stages = [stage for stage in STAGE_NAMES if any(one.stage == stage for one in findings)]
    whole_level: list[Level] = ["high"] if graded.grade != "general" else []
    return SystemRating(
        name,
        len(places),
        {kind: whole.items[kind] for kind in ITEM_TYPES if whole.items[kind]},
        graded,
        min([*levels, *whole_level], key=LEVELS.index, default="low"),
        tuple(stages),
    )


def _system(path: str, named: Sequence[Path]) -> str:
    """The part of what was named that a path lies in."""
    for one in named:
        root = shown(one)
        if path == root or path.startswith(f"{root}!"):
            return one.name or root
        if path.startswith(f"{root.rstrip('/')}/"):
            first, below, _ = path[len(root.rstrip("/")) + 1 :].partition("/")
            return f"{one.name or root}/{first}" if below else one.name or root
    return path
