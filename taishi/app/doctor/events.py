"""The event store: it answers, nothing in it is damaged, and events still come."""

from collections.abc import Iterable
from datetime import timedelta

from taishi.app.doctor.finding import Finding, Ground, desk_of
from taishi.core.clock import ZONE
from taishi.core.ports import Query
from taishi.core.text import Text

#: Without a new event for longer, something in front of the store stands still.
QUIET = timedelta(hours=1)


class Events:
    """Fits `taishi.app.doctor.finding.Check`."""

    name = "events"
    needs_desk = True

    def look(self, ground: Ground) -> Iterable[Finding]:
        store = desk_of(ground).events
        number = store.count(Query())
        said = Text(f"事件库可用，共 {number:,} 条事件", f"the event store answers: {number:,} events")
        yield Finding(self.name, "ok", said, clauses=("C1",), evidence={"events": number})
        newest = store.search(Query(until=ground.now + timedelta(days=1), limit=1)).events
        if newest:
            yield self._newest(
                ground,
                newest[0].time.astimezone(ZONE).isoformat(" ", "seconds"),
                ground.now - newest[0].time > QUIET,
            )

    def _newest(self, ground: Ground, at: str, quiet: bool) -> Finding:
        return Finding(
            self.name,
            "warn" if quiet else "ok",
            Text(f"最新一条事件的时间为 {at}", f"the newest event is of {at}"),
            Text("看哪个传感器静默：taishi sensor list", "see which sensor is silent: taishi sensor list")
            if quiet
            else None,
            evidence={"newest": at, "now": ground.now},
        )


CHECK = Events()
