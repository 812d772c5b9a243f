"""What other platforms have told so far: how far each came, what is missing, its counts added up."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import msgspec

from taishi.app.exchange.envelope import COUNT
from taishi.app.exchange.items import SentCount
from taishi.core.exchange_records import ReceivedItem, TakenStream
from taishi.core.ports import Find, StateStore
from taishi.core.records import LEVELS, THREATS, Level, Threat


@dataclass(frozen=True)
class Sender:
    """`gaps`: streams after which something was left out, by the moment they were made; `total` and parts:
    of the risk events that its counts tell."""

    source: str
    name: str
    streams: int
    last: datetime
    gaps: Sequence[datetime]
    items: Mapping[str, int]
    total: int
    by_class: Mapping[Threat, int]
    by_level: Mapping[Level, int]


def senders(state: StateStore) -> list[Sender]:
    """By name."""
    streams: dict[str, list[TakenStream]] = {}
    for stream in state.find(TakenStream, Find(order="created")):
        streams.setdefault(stream.sender, []).append(stream)
    return sorted((_sender(state, *one) for one in streams.items()), key=lambda one: (one.name, one.source))


def _sender(state: StateStore, source: str, streams: Sequence[TakenStream]) -> Sender:
    items = state.find(ReceivedItem, Find({"sender": source}))
    total, threats, levels = 0, Counter[Threat](), Counter[Level]()
    for item in items:
        if item.type == COUNT:
            told = msgspec.json.decode(item.data, type=SentCount)
            total += told.total
            threats.update(told.by_class)
            levels.update(told.by_level)
    return Sender(
        source=source,
        name=streams[-1].sender_name,
        streams=len(streams),
        last=streams[-1].created,
        gaps=_gaps(streams),
        items=Counter(item.type for item in items),
        total=total,
        by_class={threat: threats[threat] for threat in THREATS},
        by_level={level: levels[level] for level in LEVELS},
    )


def _gaps(streams: Iterable[TakenStream]) -> list[datetime]:
    """A stream that goes on after a place that none of those taken came to."""
    ends = {stream.next for stream in streams}
    return [stream.created for stream in streams if stream.since and stream.since not in ends]
