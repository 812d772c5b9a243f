"""Where the time goes with metadata: CPU-seconds a part, inside one process. Prints one JSON document.

Run: python bench/flow_parts.py CAPTURE. The clock itself costs some of what it tells.
"""

import json
import sys
from collections import defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path
from time import process_time
from typing import ParamSpec, TypeVar, cast

from sensors.pcap import SENSOR, dissectors
from sensors.pcap.batches import Writer
from sensors.pcap.compiled.table import Table
from sensors.pcap.conversation import Conversation, Dissector, Found
from sensors.pcap.listening import Listener
from taishi.core.discover import discover
from taishi.core.source import Source

P = ParamSpec("P")
R = TypeVar("R")


class Clock:
    """Tells each part only what it spends itself: what it calls of other parts is theirs."""

    def __init__(self) -> None:
        self.spent: dict[str, float] = defaultdict(float)
        self._inner = [0.0]

    def timed(self, part: str, function: Callable[P, R]) -> Callable[P, R]:
        def told(*args: P.args, **named: P.kwargs) -> R:
            began = process_time()
            self._inner.append(0.0)
            try:
                return function(*args, **named)
            finally:
                whole = process_time() - began
                self.spent[part] += whole - self._inner.pop()
                self._inner[-1] += whole

        return told


def parts(capture: Path) -> dict[str, float]:
    """By part, the dearest first; `rest` is everything else, the start of the process too."""
    clock = Clock()
    for owner, name, part in (
        (Table, "run", "flow table"), (Writer, "batch", "rows of flows"), (Listener, "hear", "streams"),
    ):  # fmt: skip
        setattr(owner, name, clock.timed(part, getattr(owner, name)))
    for one in cast(Iterator[Dissector], discover(dissectors, "DISSECTOR")):
        _watch(clock, one)
    for _ in SENSOR.read(Source.of(capture), lambda *_: None):
        pass
    spent = dict(clock.spent)
    spent["rest"] = process_time() - sum(spent.values())
    return {part: round(spent[part], 3) for part in sorted(spent, key=lambda part: -spent[part])}


def _watch(clock: Clock, one: Dissector) -> None:
    events = type(one).events

    def listed(self: Dissector, conversation: Conversation) -> list[Found]:
        return list(events(self, conversation))

    setattr(type(one), "events", clock.timed(one.name, listed))  # noqa: B010 - mypy knows no such method


if __name__ == "__main__":
    print(json.dumps(parts(Path(sys.argv[1]))))
