"""Somebody new takes sensitive data where others have for days: from an interface, a share, a database.

An interface is a server's path without its numbers; who asks is the host, of a database the account.
Look-alike: a new colleague. So this is low unless much was taken at once.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta

import msgspec

from detections.hits import Evidences, Finding, hit
from detections.networks import Networks
from detections.personal.found import ItemType
from detections.personal.shield import Counts
from detections.sequences.movements import KINDS, Movement, movements, told
from detections.sequences.recent import MOST_THIN, Recent
from taishi.core.event import Batch
from taishi.core.records import Hit
from taishi.core.text import Text

#: An interface is known when others have used it for so long; what is less than `LEAST` values is a look.
KNOWN_FOR, LEAST, MUCH = timedelta(days=2), 5, 100
#: Of its first day only: later the consumer is known too.
_FIRST = timedelta(days=1)
_CONSUMERS = 200

NEW_CONSUMER = Finding(
    "taishi.data.new-consumer",
    Text("首次调用方获取敏感个人信息", "A first-time consumer takes sensitive personal data"),
    "risk",
    "low",
    ("T1213",),
    Text(
        "向接口或数据库的责任单位核实该调用方是否经审批；未经审批的收回授权。",
        "Ask whoever answers for it whether this consumer was approved; revoke the right if not.",
    ),
    "data",
)


class _Consumer(msgspec.Struct, forbid_unknown_fields=True):
    first: datetime
    sensitive: int = 0
    counts: dict[ItemType, int] = msgspec.field(default_factory=dict)
    evidence: Evidences = msgspec.field(default_factory=Evidences)


class _Interface(msgspec.Struct, forbid_unknown_fields=True):
    consumers: dict[str, _Consumer] = msgspec.field(default_factory=dict)


class DataConsumers:
    """Remembers who has asked what; the order in which events come changes nothing."""

    id = NEW_CONSUMER.rule
    kinds = KINDS

    def __init__(self, networks: Networks) -> None:
        self._networks = networks
        self._interfaces = Recent(tuple[str, str], _Interface, MOST_THIN)

    def observe(self, batch: Batch) -> None:
        for one in movements(batch):
            if one.outwards and one.sensitive and one.place != "text":
                self._note(one)

    def _note(self, one: Movement) -> None:
        consumers = self._interfaces[one.server, one.place].consumers
        account = one.event.text("user.name")
        name = f"{account}@{one.client}" if account else one.client
        consumer = consumers.get(name)
        if consumer is None:
            if len(consumers) >= _CONSUMERS:
                return
            consumer = consumers[name] = _Consumer(one.event.time)
        consumer.first = min(consumer.first, one.event.time)
        if one.event.time < consumer.first + _FIRST:
            consumer.sensitive += one.sensitive
            for kind, number in one.counts.items():
                consumer.counts[kind] = consumer.counts.get(kind, 0) + number
            consumer.evidence.add(one.event, side="source" if one.side == "destination" else "destination")

    def hits(self) -> Iterator[Hit]:
        for (server, place), interface in self._interfaces.items():
            known_since = min(one.first for one in interface.consumers.values())
            for name, one in interface.consumers.items():
                if one.first >= known_since + KNOWN_FOR and one.sensitive >= LEAST:
                    yield _hit(server, place, name, one)


def _hit(server: str, place: str, name: str, one: _Consumer) -> Hit:
    what, client = told(Counts(one.counts)), name.rpartition("@")[2]
    return hit(
        NEW_CONSUMER,
        one.evidence,
        key=f"{server} {place} {name}",
        subject=client,
        subject_kind="ip",
        peers=[server],
        level="medium" if one.sensitive >= MUCH else "low",
        summary=Text(
            f"{name} 首次调用 {server}（{place}），取得{what.zh}",
            f"{name} asked {server} ({place}) for the first time and got {what.en}",
        ),
    )


SEQUENCE = DataConsumers
