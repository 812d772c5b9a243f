"""Groups: counts by columns, kind and the calendar of Asia/Shanghai, distinct values, the largest first."""

from collections import Counter, defaultdict
from dataclasses import replace
from datetime import timedelta

import pytest
from rows import START, batch

from taishi.core.clock import ZONE
from taishi.core.ports import Condition, Group, Query
from taishi.core.problems import Problem

HOUR = timedelta(hours=1)
ROWS = [
    (
        kind,
        {
            "event.id": f"{kind}-{n}",
            "@timestamp": START + n * 5 * HOUR + timedelta(microseconds=n),
            "source.ip": ["192.0.2.1", "2001:db8::1", None, "no-address"][n % 4],
            "destination.port": [443, 53, None][n % 3],
            "host.name": ["a", "A", "县", "", None][n % 5],
            "taishi.source.unit": ["教育局", None][n // 8 % 2],
        },
    )
    for kind in ("flow", "dns", "tls")
    for n in range({"flow": 24, "dns": 13, "tls": 3}[kind])
]
ROWS.append(("flow", {"event.id": "old", "@timestamp": START.replace(year=1969, hour=15), "host.name": "a"}))


def batches():
    kinds = ("flow", "dns", "tls")
    return [batch(kind, *(row for of, row in ROWS[n::2] if of == kind)) for n in (0, 1) for kind in kinds]


def told(query, by, distinct=None):
    """The same in plain Python."""
    counts, shown = Counter(), defaultdict(set)
    for kind, row in ROWS:
        time = row["@timestamp"]
        local = time.astimezone(ZONE)
        facts = {**row, "kind": kind, "hour": f"{local:%Y-%m-%dT%H}", "day": f"{local:%Y-%m-%d}"}
        values = tuple(facts.get(name) for name in by)
        if (query.kinds and kind not in query.kinds) or None in values:
            continue
        if (query.since and time < query.since) or (query.until and time >= query.until):
            continue
        if not all(facts.get(one.field) == one.value for one in query.where):
            continue
        counts[tuple(map(str, values))] += 1
        if distinct and facts.get(distinct) is not None:
            shown[tuple(map(str, values))].add(facts[distinct])
    groups = [Group(values, count, len(shown[values])) for values, count in counts.items()]
    return sorted(groups, key=lambda one: (-one.count, one.values))[: query.limit]


@pytest.mark.parametrize("distinct", [None, "host.name", "destination.port"])
@pytest.mark.parametrize(
    "by",
    [
        ("kind",),
        ("source.ip",),
        ("destination.port",),
        ("host.name",),
        ("hour",),
        ("day",),
        ("day", "kind"),
        ("taishi.source.unit", "kind", "destination.port"),
    ],
)
@pytest.mark.parametrize(
    "query",
    [
        Query(),
        Query(limit=2),
        Query(kinds=("dns", "tls")),
        Query(START + 10 * HOUR, START + 50 * HOUR),
        Query(where=(Condition("host.name", "a"),)),
    ],
    ids=["all", "top", "kinds", "window", "where"],
)
def test_groups_are_counted_as_plain_python_does(store, query, by, distinct):
    expected = told(query, by, distinct)
    assert store.groups(query, by, distinct) == expected
    assert store.groups(query, by, distinct) == expected  # what is kept in between is right too


def test_a_window_after_the_whole_counts_only_what_is_in_it(store):
    whole, part = Query(), Query(until=START + HOUR)
    assert store.groups(whole, ("kind",)) == told(whole, ("kind",))
    assert store.groups(part, ("kind",)) == told(part, ("kind",))
    assert store.groups(replace(part, address="192.0.2.1"), ("kind",)) != told(part, ("kind",))


@pytest.mark.parametrize(
    "by", [(), ("kind", "kind"), ("@timestamp",), ("host.ip",), ("message",), ("nowhere",)]
)
def test_what_cannot_be_grouped_by_is_said(store, by):
    with pytest.raises(Problem):
        store.groups(Query(), by)
