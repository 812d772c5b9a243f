"""Events as ECS JSON lines."""

from datetime import datetime

import msgspec

from taishi.core.clock import rfc3339
from taishi.core.event import Event, Value


def event_line(event: Event) -> bytes:
    """One event as ECS JSON with dotted names, the source's own fields under `taishi.extra`."""
    fields: dict[str, object] = {name: _plain(value) for name, value in event.fields.items()}
    if "taishi.extra" in fields:
        fields["taishi.extra"] = event.extra
    fields["taishi.kind"] = event.kind
    return msgspec.json.encode(fields)


def _plain(value: Value) -> object:
    return rfc3339(value) if isinstance(value, datetime) else value
