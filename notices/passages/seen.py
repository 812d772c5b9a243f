"""What was seen: when, how much of what, and the worst of it in words."""

from collections.abc import Iterator

from notices import laws, wording
from notices.advice import meaning
from notices.matter import Matter
from notices.passages.sections import numbered
from notices.texts import Texts
from taishi.core.notice_records import NoticeItem
from taishi.core.records import LEVEL_NAMES, THREAT_NAMES

#: So many items are told in words; the annex has all of them.
TOLD = 5


def opening(matter: Matter, texts: Texts) -> str:
    facts = {
        "时段": wording.span(matter.first_seen, matter.last_seen),
        "条文": laws.article("incidents", matter.created_at),
    }
    return texts.say("passages.opening", facts)


def seen(matter: Matter, texts: Texts) -> Iterator[str]:
    yield _totals(matter, texts)
    yield from numbered(_told(item, texts) for item in matter.items[:TOLD])
    rest = len(matter.items) - TOLD
    yield (
        texts.say("passages.rest_annexed", {"项数": str(rest)})
        if rest > 0
        else texts.say("passages.all_annexed")
    )


def _totals(matter: Matter, texts: Texts) -> str:
    threats, levels = matter.threats(), matter.levels()
    facts = {
        "地址数": str(len(matter.addresses)),
        "项数": str(len(matter.items)),
        "各类型": "、".join(f"{THREAT_NAMES[threat].zh}{count}项" for threat, count in threats),
        "各等级": "、".join(f"{LEVEL_NAMES[level].zh}{count}项" for level, count in levels),
        "含义": "；".join(meaning(texts, threat) for threat, _ in threats),
    }
    return texts.say("passages.totals", facts)


def _told(item: NoticeItem, texts: Texts) -> str:
    asset = f"（{item.asset}）" if item.asset and item.asset != item.address else ""
    first, last = wording.moment(item.first_seen), wording.moment(item.last_seen)
    when = (
        texts.say("passages.seen_over", {"首次": first, "最近": last})
        if item.first_seen != item.last_seen
        else texts.say("passages.seen_once", {"首次": first})
    )
    facts = {
        "地址": f"{item.address}{asset}",
        "类型": THREAT_NAMES[item.threat].zh,
        "等级": LEVEL_NAMES[item.level].zh,
        "情况": item.what,
        "次数": str(item.count),
        "时间": when,
    }
    return texts.say("passages.item", facts)
