"""What a risk event is by GB/T 20986-2023 (信息安全技术 网络安全事件分类分级指南): its category and kind.

Names as one public implementation has them (the pairing with our classes is our judgement); the codes of
annex B are normative and not verified, so every `code` is empty until the text itself has been read.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from taishi.core.text import Text


@dataclass(frozen=True)
class Incident:
    """One kind of the standard."""

    category: Text
    kind: Text
    code: str = ""

    @property
    def name(self) -> Text:
        """Category and kind, as figures are kept under it."""
        return Text(f"{self.category.zh}/{self.kind.zh}", f"{self.category.en}/{self.kind.en}")


_CATEGORIES: Mapping[str, Text] = {
    "恶意程序": Text("恶意程序", "Malicious program"),
    "网络攻击": Text("网络攻击", "Network attack"),
    "数据安全": Text("数据安全", "Data security"),
    "违规操作": Text("违规操作", "Violation of rules"),
    "安全隐患": Text("安全隐患", "Security weakness"),
    "异常行为": Text("异常行为", "Abnormal behaviour"),
    "其他": Text("其他", "Other"),
}
#: Key, category, kind in Chinese, kind in English: those that a technical finding can be. The standard's
#: 信息内容安全, 设备设施故障 and 不可抗力 are for people to record; nothing here finds them.
_KINDS = """
trojan 恶意程序 特洛伊木马 Trojan horse
botnet 恶意程序 僵尸网络 Botnet
mining 恶意程序 挖矿病毒 Mining malware
ransomware 恶意程序 勒索软件 Ransomware
worm 恶意程序 网络蠕虫 Network worm
malicious-page 恶意程序 恶意代码内嵌网页 Malicious code in a web page
controlled-host 网络攻击 失陷主机 Compromised host
backdoor-planted 网络攻击 后门植入 Back door planted
backdoor-used 网络攻击 后门利用 Back door used
credential-attack 网络攻击 凭据攻击 Attack on credentials
page-altered 网络攻击 网页篡改 Web page altered
hidden-links 网络攻击 暗链植入 Hidden links planted
scan 网络攻击 网络扫描探测 Network scan
exploit 网络攻击 漏洞利用 Exploit of a hole
phishing 网络攻击 网络钓鱼 Phishing
denial 网络攻击 拒绝服务 Denial of service
hijack 网络攻击 流量劫持 Traffic hijacked
dns-poisoning 网络攻击 DNS污染 DNS poisoning
data-theft 数据安全 数据窃取 Data theft
data-leak 数据安全 数据泄露 Data leak
unauthorised-use 违规操作 资源未授权使用 Unauthorised use of resources
privilege-abuse 违规操作 权限滥用 Abuse of rights
hole 安全隐患 网络漏洞 Network hole
misconfiguration 安全隐患 网络配置合规缺陷 Misconfiguration
other-weakness 安全隐患 其他 Other weakness
odd-traffic 异常行为 流量异常 Abnormal traffic
odd-access 异常行为 访问异常 Abnormal access
other 其他 其他 Other
"""


def _read() -> dict[str, Incident]:
    found = {}
    for line in _KINDS.strip().splitlines():
        key, category, zh, en = line.split(maxsplit=3)
        found[key] = Incident(_CATEGORIES[category], Text(zh, en))
    return found


#: Every kind by its key, in the standard's order of categories.
INCIDENTS: Mapping[str, Incident] = _read()
