"""处置报告单: what the unit fills in. Its five headings and their order are those that clerks know from the
reply forms of other sectors (STANDARDS §4)."""

from notices import wording
from notices.annexes.findings import NAMED
from notices.content import Annex, FormField
from notices.matter import Matter
from taishi.core.records import LEVEL_NAMES, THREAT_NAMES

TITLE = "网络安全风险处置报告单"
OUTCOMES = "□清除　□修补　□下线　□误报　□其他：＿＿＿＿＿＿"


def report_form(matter: Matter, number: str) -> Annex:
    threats = "、".join(THREAT_NAMES[threat].zh for threat, _ in matter.threats())
    levels = "、".join(LEVEL_NAMES[level].zh for level, _ in matter.levels())
    return Annex(
        title=TITLE,
        kind="form",
        fields=(
            FormField("函件编号", number, "number"),
            FormField("单位名称", matter.unit),
            FormField("受影响资产", wording.some(matter.assets, NAMED, "项（见附件1）"), "full"),
            FormField("IP地址", wording.some(matter.addresses, NAMED, "个（见附件1）"), "full"),
            FormField("风险类型", threats),
            FormField("风险等级", levels),
            FormField("处置开始时间"),
            FormField("处置完成时间"),
            FormField("一、告警信息", f"见附件1，共{len(matter.items)}项。", "full"),
            FormField("二、处置过程", kind="tall"),
            FormField("三、原因分析", kind="tall"),
            FormField("四、整改情况", kind="tall"),
            FormField("五、防范措施", kind="tall"),
            FormField("处置结果", OUTCOMES, "full"),
            FormField("是否涉及数据", "□是　□否（涉及数据泄露、篡改、丢失的，请另附说明）", "full"),
            FormField("经办人"),
            FormField("联系电话"),
            FormField("单位负责人"),
            FormField("盖章、日期", "（盖章）　年　月　日"),
        ),
    )
