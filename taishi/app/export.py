"""Events as ECS JSON lines."""

from datetime import datetime

import msgspec

from taishi.core.clock import rfc3339
from taishi.core.event import Event, Value
from taishi.core.summary import summarize


def event_line(event: Event) -> bytes:
    """One event as ECS JSON with dotted names, the source's own fields under `taishi.extra`."""
    fields: dict[str, object] = {name: _plain(value) for name, value in event.fields.items()}
    if "taishi.extra" in fields:
        fields["taishi.extra"] = event.extra
    fields["taishi.kind"] = event.kind
    # Packets have no text of their own: the sensor's line about them stands for it.
    fields.setdefault("event.original", summarize(event))
    return msgspec.json.encode(fields)


def _plain(value: Value) -> object:
    return rfc3339(value) if isinstance(value, datetime) else value
