"""Personal data in clear text: on the wire, to somebody outside, or from a share that asks nobody's name.

GB/T 35273-2020 6.3 asks for encryption of sensitive data in transit, GB/T 22239 8.1.4.8 for secrecy.
Look-alikes: test data with valid check signs, and a site's own page of contacts (few, and not sensitive).
"""

from collections.abc import Iterator

import msgspec

from detections.hits import Evidences, Finding, hit
from detections.networks import Networks
from detections.personal.found import ItemType
from detections.personal.shield import Counts
from detections.sequences.movements import KINDS, Movement, movements, told
from detections.sequences.recent import Recent
from taishi.core.event import Batch
from taishi.core.records import Hit
from taishi.core.text import Text

_PEERS, _PLACES = 20, 5

CLEAR = Finding(
    "taishi.data.clear-text",
    Text("个人信息明文传输", "Personal data sent in clear text"),
    "risk",
    "medium",
    (),
    Text(
        "该系统改用 HTTPS、SMB 3 加密等加密方式传输；按最小必要原则裁减返回字段，展示时脱敏。",
        "Encrypt this system's traffic (HTTPS, SMB 3 encryption); return only needed fields, masked.",
    ),
    "data",
)
OUTSIDE = Finding(
    "taishi.data.outside",
    Text("个人信息明文输出到外部", "Personal data sent outside in clear text"),
    "risk",
    "high",
    (),
    Text(
        "立即核实接收方与审批；无依据的停止输出，按数据安全事件评估影响并留存提供记录三年以上。",
        "Find out who receives it and who approved; stop what has no basis, assess it as a data incident and "
        "keep the record of what was handed over for three years.",
    ),
    "data",
)
OPEN_SHARE = Finding(
    "taishi.data.open-share",
    Text("含个人信息的共享对任何人开放", "A share with personal data is open to everyone"),
    "risk",
    "high",
    (),
    Text(
        "取消匿名与来宾访问，按岗位授权；清点该共享中的个人信息，无需保留的删除。",
        "Take anonymous and guest access away and grant it by post; list the personal data and delete "
        "what is not needed.",
    ),
    "data",
)


class _Sent(msgspec.Struct, forbid_unknown_fields=True):
    peers: set[str] = msgspec.field(default_factory=set)
    places: set[str] = msgspec.field(default_factory=set)
    counts: dict[ItemType, int] = msgspec.field(default_factory=dict)
    evidence: Evidences = msgspec.field(default_factory=Evidences)

    def add(self, one: Movement, peer: str, side: str) -> None:
        self.evidence.add(one.event, side=side)
        for kind, number in one.counts.items():
            self.counts[kind] = self.counts.get(kind, 0) + number
        if len(self.peers) < _PEERS:
            self.peers.add(peer)
        if len(self.places) < _PLACES:
            self.places.add(one.place)


class DataInClear:
    """Watches what crosses the wire."""

    id = CLEAR.rule
    kinds = KINDS

    def __init__(self, networks: Networks) -> None:
        self._networks = networks
        self._clear = Recent(str, _Sent)
        self._outside = Recent(str, _Sent)
        self._open = Recent(str, _Sent)

    def observe(self, batch: Batch) -> None:
        inside = self._networks.inside
        for one in movements(batch):
            here = (
                one.side if inside(one.server) else ("source" if one.side == "destination" else "destination")
            )
            subject = one.server if inside(one.server) else one.client
            peer = one.client if subject == one.server else one.server
            self._clear[subject].add(one, peer, here)
            if inside(one.sender) and not inside(one.receiver):
                self._outside[one.sender].add(one, one.receiver, here)
            if one.anybody:
                self._open[one.server].add(one, one.client, here)

    def hits(self) -> Iterator[Hit]:
        for subject, sent in self._clear.items():
            yield _hit(CLEAR, subject, sent, "明文传输", "sent in clear text")
        for subject, sent in self._outside.items():
            yield _hit(OUTSIDE, subject, sent, "明文输出到外部", "sent outside in clear text")
        for subject, sent in self._open.items():
            yield _hit(
                OPEN_SHARE, subject, sent, "在无需登录的共享中被读写", "on a share that asks nobody's name"
            )


def _hit(finding: Finding, subject: str, sent: _Sent, zh: str, en: str) -> Hit:
    what, places = told(Counts(sent.counts)), "、".join(sorted(sent.places))
    return hit(
        finding,
        sent.evidence,
        key="data",
        subject=subject,
        subject_kind="ip",
        peers=sent.peers,
        summary=Text(
            f"{subject}（{places}）的{what.zh}{zh}，对端 {len(sent.peers)} 个",
            f"{subject} ({places}): {what.en} {en}, {len(sent.peers)} peers",
        ),
    )


SEQUENCE = DataInClear
