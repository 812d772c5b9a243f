"""When a flow began and ended: exporters say it in nine ways."""

from sensors.exports.message import Message
from sensors.exports.record import Record

#: Absolute times, with how many make a second; netflume gives the finest two in seconds already.
_ABSOLUTE = (
    ("flow_start_ms", "flow_end_ms", 1000.0),
    ("flow_start_s", "flow_end_s", 1.0),
    ("flow_start_us", "flow_end_us", 1.0),
    ("flow_start_ns", "flow_end_ns", 1.0),
)
_MODULUS = 1 << 32
#: A flow may have begun this long before it is exported, and by a clock that runs ahead this long after; ms.
_PAST, _AHEAD = 7 * 86_400_000, 60_000


#: Seconds; a clock that says more is none.
_LAST = 7_258_118_400.0  # 2200


def span(record: Record, message: Message, booted: int | None) -> tuple[float, float]:
    """Start and end in seconds since 1970; the time of export where nothing better can be believed."""
    start, end = map(_believed, _told(record, message, booted))
    if start is None:
        start = end
    if start is None:
        start = end = message.exported
    if end is None:
        end = start + _lasted(record)
    return start, max(start, end)


def _told(record: Record, message: Message, booted: int | None) -> tuple[float | None, float | None]:
    for first, last, per_second in _ABSOLUTE:
        start, end = _number(record, first), _number(record, last)
        if start or end:
            return start / per_second if start else None, end / per_second if end else None
    seen = _number(record, "observation_time_ms")
    if seen:
        return None, seen / 1000
    if "flow_start_delta_us" in record:
        end_delta = _number(record, "flow_end_delta_us")
        return message.exported - _number(record, "flow_start_delta_us") / 1e6, (
            message.exported - end_delta / 1e6
        )
    if "first_switched" in record or "last_switched" in record:
        return _since_boot(record, message, booted)
    return None, None


def _since_boot(record: Record, message: Message, booted: int | None) -> tuple[float | None, float | None]:
    """Milliseconds since the exporter started, a counter of 32 bits that turns over after 49 days."""
    first = _number(record, "first_switched" if "first_switched" in record else "last_switched")
    last = _number(record, "last_switched" if "last_switched" in record else "first_switched")
    lasted = int(last - first) % _MODULUS
    if lasted > _PAST:
        lasted = 0
    if message.uptime is None:
        if booted is None:  # nothing to count from: the flow ended about when it was exported
            return message.exported - lasted / 1000, message.exported
        uptime = int(message.exported * 1000 - booted)
    else:
        uptime = message.uptime
    before = int(uptime - first) % _MODULUS
    if before > _PAST:
        before -= _MODULUS
        if before < -_AHEAD:
            return None, None
    start = message.exported - before / 1000
    return start, start + lasted / 1000


def _believed(moment: float | None) -> float | None:
    return moment if moment is not None and 0 <= moment < _LAST else None


def _lasted(record: Record) -> float:
    return _number(record, "flow_duration_ms") / 1e3 or _number(record, "flow_duration_us") / 1e6


def _number(record: Record, name: str) -> float:
    value = record.get(name, 0)
    return value if isinstance(value, (int, float)) else 0
