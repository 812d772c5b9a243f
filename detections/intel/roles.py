"""What an indicator says that its value is for: told by words and tags, else by MISP type and category."""

import re
from typing import Literal

from taishi.core.indicators import Indicator, Report

#: control: who is controlled calls it; delivery: malware comes from there; attacker: attacks come from
#: there; anonymiser: anybody may stand behind it.
Role = Literal["control", "mining", "delivery", "phishing", "attacker", "anonymiser"]

#: The first that fits, looked for in the attribute's own comment, then its tags, then its report's title.
#: Words of MISP taxonomies and galaxies, and of English, French and Chinese reports.
_WORDS: tuple[tuple[Role, str], ...] = (
    (
        "anonymiser",
        r"\btor\b.{0,12}\b(?:exit|node|relay)|\b(?:open|anonymous|public) prox(?:y|ies)|anonymi[sz]er|\bvpn\b"
        r"|匿名代理",
    ),
    ("mining", r"mining pool|crypto.?min|coin.?min|\bxmrig\b|矿池|挖矿"),
    (
        "control",
        r"\bc2\b|\bc&c\b|\bcnc\b|command.{1,5}control|controll?er\b|commande et (?:de )?contr|\bbotnet\b"
        r"|call.?back|beacon|\brat\b|控制端|远控|回连|僵尸网络",
    ),
    ("phishing", r"phish|hame[çc]on|credential.?(?:theft|harvest)|钓鱼|仿冒"),
    (
        "attacker",
        r"\bscan(?:s|ner|ners|ning)?\b|brute.?forc|password.?(?:guess|spray)|honey.?pot|\bspam\b|扫描|爆破|蜜罐",
    ),
    (
        "delivery",
        r"payload|dropper|malspam|exploit.?kit|drive.?by|distribu\w*|d[ée]livr\w*|download|watering.?hole"
        r"|下载|投递|挂马",
    ),
)
WORDS = tuple((role, re.compile(words, re.IGNORECASE)) for role, words in _WORDS)
#: MISP: `ip-src` is the attacker's own address.
_ATTACKERS = frozenset({"ip-src", "email-src"})
_DELIVERY = frozenset({"payload delivery"})


def role_of(indicator: Indicator, report: Report | None) -> Role:
    """What MISP calls Network activity (traffic that malware makes) is control where no word says other."""
    for text in (indicator.comment, " ".join(indicator.tags), report.info if report else ""):
        for role, words in WORDS:
            if text and words.search(text):
                return role
    if indicator.given in _ATTACKERS:
        return "attacker"
    if indicator.category.lower() in _DELIVERY:
        return "delivery"
    return "control"
