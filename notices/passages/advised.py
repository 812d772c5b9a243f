"""What to do: by class and level for everybody, and what the rules advise beyond it."""

from collections.abc import Iterator

from notices import wording
from notices.advice import steps, told
from notices.matter import Matter
from notices.texts import Texts
from taishi.core.records import LEVEL_NAMES, THREAT_NAMES

#: So many addresses are named in one sentence.
NAMED = 3
#: Numbering ends at 九十九; more pieces of advice than this are left to the list in the annex.
_MOST = 20


def advised(matter: Matter, texts: Texts) -> Iterator[str]:
    for threat, level, addresses in matter.kinds():
        facts = {
            "类型": THREAT_NAMES[threat].zh,
            "等级": LEVEL_NAMES[level].zh,
            "地址": _named(addresses),
            "含义": told(texts, threat, level),
            "步骤": steps(texts, threat, level),
        }
        yield texts.say("passages.advised", facts)
    advice = matter.advice()
    for text, addresses in advice[:_MOST]:
        yield texts.say("passages.rule_advised", {"地址": _named(addresses), "建议": text})
    if len(advice) > _MOST:
        yield texts.say("passages.more_advised", {"类数": str(len(advice) - _MOST)})


def _named(addresses: tuple[str, ...]) -> str:
    return wording.some(addresses, NAMED, "个地址")
