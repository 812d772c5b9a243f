"""Events for store tests, and what a query means said a second time, in plain Python."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address, ip_network

import msgspec
from hypothesis import strategies as st

from taishi.core import ecs
from taishi.core.clock import rfc3339
from taishi.core.ecs import Kind
from taishi.core.event import Batch, BatchBuilder, Event, Json, Value
from taishi.core.ports import Condition, Query

START = datetime(2026, 3, 1, tzinfo=UTC)


def batch(kind: Kind = "flow", *rows: Mapping[str, Value]) -> Batch:
    """Rows given as columns; `extra` and `original` as the builder takes them."""
    builder = BatchBuilder(kind, "test", "test")
    for number, row in enumerate(rows):
        fields = {"@timestamp": START, **row}
        extra, original = fields.pop("extra", None), fields.pop("original", None)
        builder.add(number, fields, extra, original)  # type: ignore[arg-type]  # tests spell rows loosely
    made = builder.take()
    assert made is not None
    return made


def numbered(count: int, kind: Kind = "flow", first: int = 0) -> Batch:
    """`count` different events, a millisecond apart."""
    return batch(
        kind,
        *(
            {
                "event.id": f"{kind}-{n}",
                "@timestamp": START + timedelta(milliseconds=n),
                "destination.port": n % 7,
            }
            for n in range(first, first + count)
        ),
    )


_ADDRESSES = ["192.0.2.1", "192.0.2.130", "198.51.100.7", "2001:db8::1", "2001:db8:1::5", "not-an-address"]
_WORDS = ["", "a", "A", "ab", "b*?\\", "县", "%_", "x\ny", '"q"']
_word = st.sampled_from(_WORDS)
_maybe_word = st.none() | _word
_address = st.none() | st.sampled_from(_ADDRESSES)
_moment = st.integers(0, 9).map(lambda n: START + timedelta(microseconds=n // 2, seconds=n % 3))
_plain = st.none() | st.booleans() | st.integers(-5, 5) | _word | st.sampled_from([0.5, 2.25])
_extra = st.dictionaries(
    st.sampled_from(["k", "k.k", "a/b~", '"', "0"]), _plain | st.lists(_plain, max_size=3)
)

_common = {
    "event.id": st.sampled_from([f"id-{n}" for n in range(40)]),
    "@timestamp": _moment,
    "source.ip": _address,
    "destination.ip": _address,
    "host.ip": st.none() | st.lists(st.sampled_from(_ADDRESSES), max_size=3),
    "destination.port": st.none() | st.integers(440, 445),
    "message": _maybe_word,
    "host.name": _maybe_word,
    "taishi.source.unit": st.none() | st.sampled_from(["教育局", "水利局"]),
    "taishi.host.unit": st.none() | st.sampled_from(["教育局", "水利局"]),
    "extra": st.none() | _extra,
    "original": _maybe_word,
}
_tls = {"tls.established": st.none() | st.booleans(), "tls.server.not_after": st.none() | _moment}


def batches() -> st.SearchStrategy[list[Batch]]:
    flow = st.fixed_dictionaries(_common).map(lambda row: ("flow", row))
    tls = st.fixed_dictionaries({**_common, **_tls}).map(lambda row: ("tls", row))
    one = st.lists(flow, min_size=1, max_size=6) | st.lists(tls, min_size=1, max_size=6)
    return st.lists(one.map(lambda rows: batch(rows[0][0], *(row for _, row in rows))), max_size=6)


_fields = [*_common, *_tls, "dns.type", "event.original", "k", "k.k", "a/b~", '"', "0", "nowhere"]
_values = [*_WORDS, *_ADDRESSES, "2001:DB8::1", "192.0.2.0/25", "2001:db8::/33", "0.0.0.0/0", "::/0",
           "444", "4", "true", "ru", "2", "0.5", "2026-03-01T00:00:01Z", "2026-03"]  # fmt: skip
_conditions = st.builds(
    Condition,
    field=st.sampled_from([name for name in _fields if name not in ("extra", "original")]),
    value=st.sampled_from(_values),
    operator=st.sampled_from(["is", "is", "contains", "startswith"]),
    negated=st.booleans(),
)


def queries() -> st.SearchStrategy[Query]:
    """Mostly one demand at a time, so that answers are seldom empty; sometimes all at once."""
    demands: dict[str, st.SearchStrategy[object]] = {
        "since": _moment,
        "until": _moment,
        "kinds": st.sampled_from([("flow",), ("tls",), ("flow", "tls"), ("dns",)]),
        "where": st.lists(_conditions, min_size=1, max_size=2).map(tuple),
        "address": st.sampled_from([*_ADDRESSES, "192.0.2.0/24", "2001:db8::/32"]),
        "unit": st.sampled_from(["教育局", "nobody"]),
        "text": st.sampled_from(["a", "AB", "县", "*", "%", "\\"]),
    }
    page = {"limit": st.integers(1, 5), "newest_first": st.booleans()}
    single = [st.fixed_dictionaries({name: demand, **page}) for name, demand in demands.items()]
    several = st.fixed_dictionaries(page, optional=demands)
    # A condition has the most ways to go wrong.
    return st.one_of(*single, single[3], single[3], several).map(lambda given: Query(**given))


def answer(events: Iterable[Event], query: Query) -> list[Event]:
    """All that match, in order: the oracle."""
    found = [event for event in events if matches(event, query)]
    return sorted(found, key=lambda event: (event.time, event.id), reverse=query.newest_first)


def matches(event: Event, query: Query) -> bool:
    parties = [Condition(name, query.address or "") for name in ("source.ip", "destination.ip", "host.ip")]
    units = [Condition(f"taishi.{side}.unit", query.unit or "") for side in ("source", "destination", "host")]
    return (
        (query.since is None or event.time >= query.since)
        and (query.until is None or event.time < query.until)
        and (not query.kinds or event.kind in query.kinds)
        and all(_holds(event, one) for one in query.where)
        and (not query.address or any(_holds(event, one) for one in parties))
        and (not query.unit or any(_holds(event, one) for one in units))
        and (
            not query.text
            or any(query.text.lower() in event.text(f).lower() for f in ("event.original", "message"))
        )
    )


def _holds(event: Event, condition: Condition) -> bool:
    if condition.field in ecs.column_types():
        value: Json | Value = event.fields.get(condition.field)
    else:
        value = event.extra.get(condition.field)
    elements = value if isinstance(value, list) else [value]
    found = any(_compare(_text(one), condition) for one in elements if one is not None)
    return found != condition.negated


def _text(value: object) -> str:
    if isinstance(value, datetime):
        return rfc3339(value)
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()


def _compare(text: str, condition: Condition) -> bool:
    if condition.operator == "contains":
        return condition.value in text
    if condition.operator == "startswith":
        return text.startswith(condition.value)
    if not condition.field.endswith(".ip"):
        return text == condition.value
    try:
        if "/" in condition.value:
            return ip_address(text) in ip_network(condition.value)
        return text == condition.value or text == str(ip_address(condition.value))
    except ValueError:
        return text == condition.value
