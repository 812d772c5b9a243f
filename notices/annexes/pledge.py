"""承诺函: what the unit's responsible person signs: the facts are true, and done or by when."""

from notices.content import Annex, FormField, Paragraph
from taishi.core.records import Bureau

TITLE = "承诺函"


def pledge(bureau: Bureau, number: str, title: str) -> Annex:
    """For the letter of that title (关于…的函)."""
    texts = (
        f"{bureau.name}：",
        f"贵局{title}收悉。我单位已组织核查处置，现郑重承诺：",
        "一、所报送的《网络安全风险处置报告单》及有关材料内容真实、准确、完整，没有隐瞒。",
        "二、函中所列风险（请选择一项）：□已全部处置完毕；□尚未全部处置完毕，"
        "未完成部分将于　　　　年　　月　　日前完成，整改计划附后。",
        "三、落实网络安全责任，由下列责任人负责后续整改和防范工作，并配合贵局复核。",
    )
    return Annex(
        title=TITLE,
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
