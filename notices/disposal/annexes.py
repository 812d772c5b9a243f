"""附件: the list with its evidence, the report form, the commitment."""

from collections.abc import Iterator

from notices import wording
from notices.content import Annex, FormField, Paragraph
from notices.disposal.matter import Matter
from taishi.core.records import LEVEL_NAMES, THREAT_NAMES, Bureau, NoticeItem

COLUMNS = (
    "序号",
    "IP地址",
    "资产名称",
    "类型",
    "等级",
    "风险描述",
    "规则",
    "次数",
    "首次发现",
    "最近发现",
)
#: So many pieces of evidence are printed for one item; their number is always told.
EVIDENCE = 5
#: So many addresses and assets stand in the form; the list has all of them.
NAMED = 3

OUTCOMES = "□清除　□修补　□下线　□误报　□其他：＿＿＿＿＿＿"


def annexes(matter: Matter, bureau: Bureau, number: str) -> tuple[Annex, ...]:
    return (_list(matter), _report(matter, number), _pledge(bureau, number))


def _list(matter: Matter) -> Annex:
    return Annex(
        title="网络安全风险清单",
        kind="list",
        columns=COLUMNS,
        rows=tuple(_row(serial, item) for serial, item in enumerate(matter.items, 1)),
        notes=("注：时间为北京时间。", "证据摘录：", *_evidence(matter)),
    )


def _row(serial: int, item: NoticeItem) -> tuple[str, ...]:
    peers = f"（外部地址：{wording.some(item.peers, NAMED, '个')}）" if item.peers else ""
    return (
        str(serial),
        item.address,
        item.asset or "未登记",
        THREAT_NAMES[item.threat].zh,
        LEVEL_NAMES[item.level].zh,
        item.what + peers,
        item.rule,
        str(item.count),
        wording.stamp(item.first_seen),
        wording.stamp(item.last_seen),
    )


def _evidence(matter: Matter) -> Iterator[str]:
    for serial, item in enumerate(matter.items, 1):
        for number, each in enumerate(item.evidence[:EVIDENCE], 1):
            at = wording.stamp(each.time, seconds=True)
            yield f"{serial}-{number}　{at}　{each.summary}　（事件编号：{each.event_id}）"
        rest = len(item.evidence) - EVIDENCE
        if rest > 0:
            yield f"{serial}　另有{rest}条证据，可凭序号向我局调阅。"


def _report(matter: Matter, number: str) -> Annex:
    threats = "、".join(THREAT_NAMES[threat].zh for threat, _ in matter.threats())
    levels = "、".join(LEVEL_NAMES[level].zh for level, _ in matter.levels())
    return Annex(
        title="网络安全风险处置报告单",
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


def _pledge(bureau: Bureau, number: str) -> Annex:
    texts = (
        f"{bureau.name}：",
        "贵局关于处置网络安全风险的函收悉。我单位已组织核查处置，现郑重承诺：",
        "一、所报送的《网络安全风险处置报告单》及有关材料内容真实、准确、完整，没有隐瞒。",
        "二、函中所列风险（请选择一项）：□已全部处置完毕；□尚未全部处置完毕，"
        "未完成部分将于　　　　年　　月　　日前完成，整改计划附后。",
        "三、落实网络安全责任，由下列责任人负责后续整改和防范工作，并配合贵局复核。",
    )
    return Annex(
        title="承诺函",
        kind="pledge",
        paragraphs=tuple(Paragraph("body", text) for text in texts),
        fields=(
            FormField("函件编号", number, "number"),
            FormField("责任人及职务"),
            FormField("联系电话"),
            FormField("单位负责人（签字）"),
            FormField("单位（盖章）"),
            FormField("日期", "　　　　年　　月　　日"),
        ),
    )
