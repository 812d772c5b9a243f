"""The letter's own text: what was seen, what was done, what is asked."""

from collections.abc import Iterator

from notices import calendar, laws, wording
from notices.content import Paragraph
from notices.disposal.matter import Matter
from taishi.core.records import LEVEL_NAMES, THREAT_NAMES, Block, NoticeItem, Threat

#: So many items are told in words; the annex has all of them.
TOLD = 5
#: So many addresses are named in one sentence.
NAMED = 3

#: For a clerk without security training: what the class means.
_MEANING: dict[Threat, str] = {
    "compromised": "主机失陷，是指该主机很可能已被他人控制并被用于非法活动",
    "attempted": "尝试攻击，是指有人正在试图攻击，目前尚未发现攻击成功的证据",
    "risk": "潜在风险，是指存在可能被他人利用的漏洞或者不当配置",
}


def body(matter: Matter) -> tuple[Paragraph, ...]:
    sections = [("风险情况", list(_seen(matter)))]
    if matter.blocks:
        sections.append(("已采取措施", [_done(block) for block in matter.blocks]))
    sections.append(("处置要求", list(_asked(matter))))
    paragraphs = [Paragraph("body", _opening(matter))]
    for serial, (heading, texts) in enumerate(sections, 1):
        paragraphs.append(Paragraph("heading", f"{wording.numeral(serial)}、{heading}"))
        paragraphs.extend(Paragraph("body", text) for text in texts)
    return (*paragraphs, *(Paragraph("body", text) for text in _closing(matter)))


def _opening(matter: Matter) -> str:
    return (
        f"我局在电子政务外网网络安全监测中发现，{wording.span(matter.first_seen, matter.last_seen)}，"
        f"你单位有关资产存在网络安全风险。依据{laws.article('incidents', matter.created_at)}"
        "和电子政务外网安全管理有关规定，现将有关情况函告如下："
    )


def _seen(matter: Matter) -> Iterator[str]:
    threats = "、".join(f"{THREAT_NAMES[threat].zh}{count}项" for threat, count in matter.threats())
    levels = "、".join(f"{LEVEL_NAMES[level].zh}{count}项" for level, count in matter.levels())
    meanings = "；".join(_MEANING[threat] for threat, _ in matter.threats())
    yield (
        f"共涉及你单位{len(matter.addresses)}个地址、{len(matter.items)}项风险。"
        f"按类型分：{threats}；按等级分：{levels}。其中，{meanings}。"
    )
    for serial, item in enumerate(matter.items[:TOLD], 1):
        yield f"（{wording.numeral(serial)}）{_told(item)}"
    rest = len(matter.items) - TOLD
    yield f"其余{rest}项及全部证据详见附件1。" if rest > 0 else "详细情况和证据见附件1。"


def _told(item: NoticeItem) -> str:
    asset = f"（{item.asset}）" if item.asset and item.asset != item.address else ""
    when = (
        f"首次发现时间为{wording.moment(item.first_seen)}，最近一次为{wording.moment(item.last_seen)}"
        if item.first_seen != item.last_seen
        else f"发现时间为{wording.moment(item.first_seen)}"
    )
    kind = f"{THREAT_NAMES[item.threat].zh}、{LEVEL_NAMES[item.level].zh}"
    return f"{item.address}{asset}，{kind}。{item.what}，共{item.count}次，{when}。"


def _done(block: Block) -> str:
    applied = wording.moment(block.applied_at) if block.applied_at else ""
    return (
        f"为防止风险扩散，我局已于{applied}对{block.address}在电子政务外网实施封禁，"
        "整改完成并经我局复核通过后解除。"
    )


def _asked(matter: Matter) -> Iterator[str]:
    asks = [*_advised(matter), _keep_logs(matter), _report_back(matter), _object()]
    yield "请你单位按照“谁主管谁负责、谁运行谁负责”的原则，做好以下工作："
    for serial, ask in enumerate(asks, 1):
        yield f"（{wording.numeral(serial)}）{ask}"


#: Numbering ends at 九十九; more pieces of advice than this are left to the list in the annex.
_MOST_ADVICE = 20


def _advised(matter: Matter) -> Iterator[str]:
    advice = matter.advice()
    for text, addresses in advice[:_MOST_ADVICE]:
        yield f"针对{wording.some(addresses, NAMED, '个地址')}：{text}。"
    if len(advice) > _MOST_ADVICE:
        yield f"其余{len(advice) - _MOST_ADVICE}类风险，请对照附件1逐项核查整改。"


def _keep_logs(matter: Matter) -> str:
    return (
        "妥善保存相关设备和系统的日志、样本等材料，不要自行删除；"
        f"网络日志留存期限按照{laws.article('logs', matter.created_at)}的规定执行。"
    )


def _report_back(matter: Matter) -> str:
    return (
        f"请于{wording.moment(matter.deadline)}前填写《网络安全风险处置报告单》（附件2）和《承诺函》（附件3），"
        "加盖公章后反馈我局。确实不能按期完成的，请在上述期限前书面说明原因和计划完成时间。"
    )


def _object() -> str:
    return "对本函所列风险有异议的，请在反馈时书面说明并附相关材料，我局将予以复核。"


def _closing(matter: Matter) -> Iterator[str]:
    yield (
        "逾期未反馈或者整改不到位的，我局将按照电子政务外网安全管理有关规定予以通报，并纳入年度网络安全考评。"
    )
    years = calendar.assumed(matter.created_at, matter.deadline)
    if years:
        named = "、".join(f"{year}年" for year in years)
        yield (f"注：{named}法定节假日安排尚未载入，上述期限暂按周末推算；如期间遇法定节假日，期限相应顺延。")
    yield "特此函告。"
