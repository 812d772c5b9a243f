"""预警通报: seven facts, an authority, or it is only a hint."""

from datetime import timedelta

import pytest

from notices.letters import letters
from notices.warning import warned
from notices.warning.facts import read_facts
from taishi.core.problems import Problem, Refused
from tests.notices.conftest import DRAWN_UP

FACTS = """
subject: 某邮件系统高危漏洞
color: orange
nature: 漏洞利用攻击
manner: 攻击者发送特制邮件即可控制服务器
scope: 全县使用该系统的单位
objects: 互联网可访问的邮件系统
degree: 可导致邮件泄露
measures: [升级到最新版本, 升级前关闭外网访问]
authority: 省网络安全应急指挥部授权
"""


def said(text: str, bureau) -> tuple[str, list[str]]:
    notice = warned("n1", "示例县教育局", read_facts(text, "own.yml"), DRAWN_UP, DRAWN_UP + timedelta(days=3))
    content = letters()["warning"].content(notice, bureau)
    return content.title, [each.text for each in content.body]


def test_a_warning_tells_its_seven_facts(bureau) -> None:
    title, body = said(FACTS, bureau)
    assert title == "关于某邮件系统高危漏洞的网络安全橙色预警通报"
    assert body == [
        "根据省网络安全应急指挥部授权，我局发布网络安全橙色预警，现将有关情况通报如下：",
        "一、基本情况",
        "（一）预警级别：橙色。",
        "（二）事件性质：漏洞利用攻击。",
        "（三）威胁方式：攻击者发送特制邮件即可控制服务器。",
        "（四）影响范围：全县使用该系统的单位。",
        "（五）涉及对象：互联网可访问的邮件系统。",
        "（六）影响程度：可导致邮件泄露。",
        "二、应对措施",
        "（一）升级到最新版本。",
        "（二）升级前关闭外网访问。",
        "三、有关要求",
        "请于2026年5月23日10时00分前完成排查，并将排查和处置情况反馈我局；发现已受影响的，立即告知我局。",
        "特此通报。",
    ]


def test_without_an_authority_it_is_a_hint_and_has_no_level(bureau) -> None:
    title, body = said(FACTS.replace("authority: 省网络安全应急指挥部授权\n", ""), bureau)
    assert title == "关于某邮件系统高危漏洞的网络安全风险提示"
    assert "不属于网络安全预警" in body[0]
    assert not any("预警级别" in each or "橙色" in each for each in body)


@pytest.mark.parametrize(
    ("old", "new", "wrong"),
    [
        ("nature: 漏洞利用攻击", "nature: ''", r"own\.yml: nature: is empty"),
        ("degree: 可导致邮件泄露\n", "", r"own\.yml: .*degree"),
        ("color: orange", "color: purple", r"own\.yml: .*color"),
        ("measures: [升级到最新版本, 升级前关闭外网访问]", "measures: []", r"measures: needs at least one"),
        ("scope: 全县", "scope: ' '\nscale: 全县", r"own\.yml: .*scale"),
    ],
)
def test_a_fact_that_is_missing_is_named(old: str, new: str, wrong: str) -> None:
    assert old in FACTS
    with pytest.raises(Problem, match=wrong):
        read_facts(FACTS.replace(old, new), "own.yml")


def test_no_power_that_a_data_bureau_lacks(bureau) -> None:
    with pytest.raises(Problem, match="责令"):
        said(FACTS.replace("升级到最新版本", "责令升级"), bureau)


def test_it_is_not_drafted_from_alerts(make_item) -> None:
    with pytest.raises(Refused, match="from its facts"):
        letters()["warning"].draft(notice_id="n", unit="示例县教育局", items=(make_item(),), at=DRAWN_UP)
