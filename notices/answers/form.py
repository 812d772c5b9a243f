"""The fields of the 处置报告单 as a unit answers them, by the labels of `notices.annexes.report_form`."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from taishi.core.text import Text

#: `given` is printed by us, `time` a moment, `choice` one of the boxes, `text` has room, `line` has a line.
Kind = Literal["given", "time", "choice", "text", "line"]


@dataclass(frozen=True)
class Asked:
    """One field: `key` names it in records; `options` are the words beside the boxes, by their own key."""

    key: str
    label: Text
    kind: Kind
    needed: bool = True
    options: Mapping[str, Text] | None = None


OUTCOMES: Mapping[str, Text] = {
    "cleaned": Text("清除", "Removed"),
    "patched": Text("修补", "Patched"),
    "offline": Text("下线", "Taken offline"),
    "false_alarm": Text("误报", "False alarm"),
    "other": Text("其他", "Other"),
}
YES_NO: Mapping[str, Text] = {"yes": Text("是", "Yes"), "no": Text("否", "No")}

#: In the order of the paper.
REPORT: tuple[Asked, ...] = (
    Asked("number", Text("函件编号", "Letter number"), "given"),
    Asked("unit", Text("单位名称", "Unit"), "given"),
    Asked("assets", Text("受影响资产", "Assets"), "given", needed=False),
    Asked("addresses", Text("IP地址", "Addresses"), "given", needed=False),
    Asked("threats", Text("风险类型", "Class"), "given", needed=False),
    Asked("levels", Text("风险等级", "Level"), "given", needed=False),
    Asked("started", Text("处置开始时间", "Handling began"), "time"),
    Asked("finished", Text("处置完成时间", "Handling ended"), "time"),
    Asked("alarm", Text("告警信息", "What was reported"), "given", needed=False),
    Asked("process", Text("处置过程", "What was done"), "text"),
    Asked("cause", Text("原因分析", "Cause"), "text"),
    Asked("rectification", Text("整改情况", "What was put right"), "text"),
    Asked("prevention", Text("防范措施", "So that it does not happen again"), "text"),
    Asked("outcome", Text("处置结果", "Outcome"), "choice", options=OUTCOMES),
    Asked("data", Text("是否涉及数据", "Data affected"), "choice", options=YES_NO),
    Asked("handler", Text("经办人", "Handled by"), "line"),
    Asked("phone", Text("联系电话", "Telephone"), "line"),
    Asked("head", Text("单位负责人", "Head of the unit"), "line"),
    Asked("sealed", Text("盖章、日期", "Seal and date"), "time", needed=False),
)
#: What a unit writes beside 其他.
OTHER = "outcome_other"
FIELDS: Mapping[str, Asked] = {asked.key: asked for asked in REPORT}
#: What the unit itself answers, in order.
ANSWERED: tuple[Asked, ...] = tuple(asked for asked in REPORT if asked.kind != "given")
