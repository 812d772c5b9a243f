"""风险清单: one row an item, its evidence under the table."""

from collections.abc import Iterator

from notices import wording
from notices.content import Annex
from notices.matter import Matter
from taishi.core.notice_records import NoticeItem
from taishi.core.records import LEVEL_NAMES, THREAT_NAMES

TITLE = "网络安全风险清单"
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
    "证据校验值",
)
#: So many pieces of evidence are printed for one item; their number is always told.
EVIDENCE = 5
#: So many outside addresses stand in a row.
NAMED = 3
#: Hexadecimal digits of the evidence's hash that a row shows.
SHOWN = 16


def findings(matter: Matter) -> Annex:
    notes = (
        "注：时间为北京时间；证据校验值为该项全部证据的SHA-256值前16位。",
        "证据摘录：",
        *_evidence(matter),
    )
    return Annex(title=TITLE, kind="list", columns=COLUMNS, rows=tuple(_rows(matter)), notes=notes)


def _rows(matter: Matter) -> Iterator[tuple[str, ...]]:
    told = zip(matter.items, matter.hashes, strict=True)
    return (_row(serial, item, digest) for serial, (item, digest) in enumerate(told, 1))


def _row(serial: int, item: NoticeItem, digest: str) -> tuple[str, ...]:
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
        digest[:SHOWN],
    )


def _evidence(matter: Matter) -> Iterator[str]:
    for serial, item in enumerate(matter.items, 1):
        for number, each in enumerate(item.evidence[:EVIDENCE], 1):
            at = wording.stamp(each.time, seconds=True)
            yield f"{serial}-{number}　{at}　{each.summary}　（事件编号：{each.event_id}）"
        rest = len(item.evidence) - EVIDENCE
        if rest > 0:
            yield f"{serial}　另有{rest}条证据，可凭序号向我局调阅。"
