"""What the dashboards ask, asked of the real server as Kibana would: no Kibana is at hand."""

import json
from collections.abc import Mapping

import elasticsearch_server
import pytest
from elasticsearch import Elasticsearch
from rows import batch

from dashboards.kibana.saved_objects import Kibana
from taishi.core import ecs
from taishi.store import open_event_store

LENS_TYPES = {"keyword": "string", "ip": "ip", "long": "number", "date": "date", "boolean": "boolean"}
EDUCATION = {"taishi.source.unit": "教育局"}
DAY = "2026-03-01T00:00:00.000Z"
POWERSHELL = "Microsoft-Windows-PowerShell/Operational"
#: By saved search: events that it is for.
FOUND = {
    "flows-large-uploads": ("flow", [{"source.bytes": 100_000_000}]),
    "dns-missing-names": ("dns", [{"dns.response_code": "NXDOMAIN"}, {"dns.response_code": "nxdomain"}]),
    "web-server-errors": ("http", [{"http.response.status_code": 503}]),
    "web-personal-data": ("http", [{"taishi.personal": ["id_card:3"]}]),
    "weaknesses-ended-certificates": ("tls", [{"taishi.tls.expired": True}]),
    "weaknesses-old-versions": ("tls", [{"tls.version": "1.0"}, {"tls.version": "3.0"}]),
    "weaknesses-smbv1": ("smb", [{"taishi.smb.version": "1"}]),
    "weaknesses-clear-passwords": ("logon", [{"taishi.logon.cleartext": True}]),
    "logons-failed": ("logon", [{"event.outcome": "failure"}]),
    "logons-from-abroad": ("logon", [{"event.outcome": "success", "source.geo.country_iso_code": "US"}]),
    "logons-over-exits": ("logon", [{"taishi.source.exit": "vpn"}]),
    "windows-cleared-logs": ("windows", [{"event.code": "1102"}, {"event.code": "104"}]),
    "windows-changed-accounts": ("windows", [{"event.code": "4732"}]),
    "windows-services-and-tasks": ("windows", [{"event.code": "7045"}]),
    "windows-scripts": ("windows", [{"event.code": "4104", "winlog.channel": POWERSHELL}]),
    "device-alerts-let-through": ("alert", [{"event.action": "allowed"}, {"rule.name": "scan"}]),
}  # fmt: skip
#: Events near to those, which no search is for.
NOT_FOUND = [
    (
        "flow",
        {
            "source.bytes": 99_999_999,
            "source.ip": "192.0.2.1",
            "destination.bytes": 5,
            "taishi.source.unit": "教育局",
        },
    ),
    (
        "flow",
        {"source.bytes": 1, "source.ip": "192.0.2.2", "destination.ip": "198.51.100.1", **EDUCATION},
    ),
    ("dns", {"dns.response_code": "NOERROR", "dns.question.name": "nxdomain.example"}),
    ("http", {"http.response.status_code": 499}),
    ("tls", {"taishi.tls.expired": False, "tls.version": "1.3"}),
    ("smb", {"taishi.smb.version": "3.1.1"}),
    ("logon", {"event.outcome": "success", "source.geo.country_iso_code": "CN"}),
    ("logon", {"event.outcome": "success", "taishi.logon.cleartext": False}),
    ("windows", {"event.code": "4624"}),
    ("windows", {"event.code": "4104", "winlog.channel": "Other"}),
    ("alert", {"event.action": "Blocked"}),
]


@pytest.fixture(scope="module")
def filled(elasticsearch_url):
    """A store with those events and one event of each kind; gives the client and Kibana's objects."""
    prefix = "taishi-test-kibana"
    elasticsearch_server.delete_streams(elasticsearch_url, f"{prefix}-*")
    store = open_event_store(f"elasticsearch+{elasticsearch_url}/{prefix}")
    wanted = [
        (kind, {**row, "event.id": f"{name} {n}"})
        for name, (kind, rows) in FOUND.items()
        for n, row in enumerate(rows)
    ]
    others = [(kind, {**row, "event.id": f"other {n}"}) for n, (kind, row) in enumerate(NOT_FOUND)]
    plain = [(kind, {"event.id": f"plain {kind}"}) for kind in ecs.KINDS if kind != "alert"]
    store.write([batch(kind, row) for kind, row in [*wanted, *others, *plain]])
    objects = [json.loads(line) for line in Kibana(prefix, "en").ndjson().splitlines()]
    with Elasticsearch(elasticsearch_url) as client:
        yield client, {(one["type"], one["id"].removeprefix(f"{prefix}-")): one for one in objects}
    store.close()
    elasticsearch_server.delete_streams(elasticsearch_url, f"{prefix}-*")


def view(objects, one: Mapping) -> str:
    """The streams that an object looks at."""
    (name,) = {ref["id"] for ref in one["references"] if ref["type"] == "index-pattern"}
    return next(x["attributes"]["title"] for x in objects.values() if x["id"] == name)


def query(filters) -> dict:
    """What Kibana makes of the filters in the bar."""
    return {
        "bool": {
            "filter": [one["query"] for one in filters if not one["meta"]["negate"]],
            "must_not": [one["query"] for one in filters if one["meta"]["negate"]],
        }
    }


def ids(client, index: str, asked) -> set[str]:
    return {hit["_id"] for hit in client.search(index=index, query=asked, size=100)["hits"]["hits"]}


@pytest.mark.elasticsearch
def test_every_saved_search_finds_what_it_is_for_and_nothing_else(filled):
    client, objects = filled
    searches = {name: one for (of, name), one in objects.items() if of == "search"}
    assert set(searches) == set(FOUND)
    for name, one in searches.items():
        source = json.loads(one["attributes"]["kibanaSavedObjectMeta"]["searchSourceJSON"])
        expected = {f"{name} {n}" for n in range(len(FOUND[name][1]))}
        assert ids(client, view(objects, one), query(source["filter"])) == expected


@pytest.mark.elasticsearch
def test_the_server_can_do_with_every_field_what_a_panel_asks(filled):
    client, objects = filled
    for (of, name), one in objects.items():
        if of != "lens":
            continue
        state = one["attributes"]["state"]
        columns = state["datasourceStates"]["formBased"]["layers"]["layer"]["columns"]
        fields = {column["sourceField"] for column in columns.values()} - {"___records___"}
        told = client.field_caps(index=view(objects, one), fields=sorted(fields or {"@timestamp"}))["fields"]
        for column in columns.values():
            if column["sourceField"] in fields:
                ((kind, can),) = told[column["sourceField"]].items()
                assert can["aggregatable"], (name, column["sourceField"])
                assert can["searchable"]
                wanted = LENS_TYPES[kind] if column["isBucketed"] else "number"
                assert column["dataType"] == wanted


@pytest.mark.elasticsearch
def test_every_column_of_a_saved_search_is_shown(filled):
    client, objects = filled
    for (of, _), one in objects.items():
        if of == "search":
            columns = one["attributes"]["columns"]
            told = client.field_caps(index=view(objects, one), fields=columns)["fields"]
            assert set(columns) <= set(told)
    hit = client.search(
        index="taishi-test-kibana-http",
        query={"ids": {"values": ["web-personal-data 0"]}},
        fields=["taishi.personal", "source.ip"],
    )["hits"]["hits"][0]
    assert hit["fields"] == {"taishi.personal": ["id_card:3"]}


def answer(client, objects, name: str) -> list[tuple]:
    """A panel's rows, by the aggregations that Lens makes of its columns."""
    one = objects["lens", name]
    state = one["attributes"]["state"]
    columns = state["datasourceStates"]["formBased"]["layers"]["layer"]["columns"]
    groups = [(key, column) for key, column in columns.items() if column["isBucketed"]]
    measures = [(key, column) for key, column in columns.items() if not column["isBucketed"]]
    asked = client.search(
        index=view(objects, one), query=query(state["filters"]), size=0, aggs=nested(groups, dict(measures))
    )
    whole = {"doc_count": asked["hits"]["total"]["value"], **asked.get("aggregations", {})}
    return list(rows(whole, groups, measures))


def nested(groups, measures) -> dict:
    kinds = {"sum": "sum", "unique_count": "cardinality"}
    made = own = {
        key: {kinds[column["operationType"]]: {"field": column["sourceField"]}}
        for key, column in measures.items()
        if column["operationType"] != "count"
    }
    for key, column in reversed(groups):
        field = {"field": column["sourceField"]}
        if column["operationType"] == "terms":
            params = column["params"]
            first = params["orderBy"]["columnId"]
            order = {
                "_count" if measures[first]["operationType"] == "count" else first: params["orderDirection"]
            }
            group = {"terms": {**field, "size": params["size"], "order": order}}
        else:
            group = {"date_histogram": {**field, "fixed_interval": "1d"}}
        made = {key: {**group, "aggs": {**made, **own}}}  # a group is ordered by its own measure
    return made


def rows(told, groups, measures):
    if not groups:
        yield tuple(told[key]["value"] if key in told else told["doc_count"] for key, _ in measures)
        return
    (key, _), *rest = groups
    for bucket in told[key]["buckets"]:
        for row in rows(bucket, rest, measures):
            yield (bucket.get("key_as_string", bucket["key"]), *row)


@pytest.mark.elasticsearch
def test_the_server_answers_every_panel(filled):
    client, objects = filled
    for of, name in objects:
        if of == "lens":
            answer(client, objects, name)


@pytest.mark.elasticsearch
@pytest.mark.parametrize(
    ("panel", "expected"),
    [
        ("overview-sources", [(2,)]),
        ("flows-senders", [("192.0.2.1", "教育局", 99_999_999, 5), ("192.0.2.2", "教育局", 1, 0)]),
        ("flows-fan-out", [("192.0.2.2", 1, 0), ("192.0.2.1", 0, 0)]),
        ("dns-answers", [("NOERROR", DAY, 1), ("NXDOMAIN", DAY, 1), ("nxdomain", DAY, 1)]),
        ("web-status", [(499, DAY, 1), (503, DAY, 1)]),
        ("logons-guessed", []),
        ("windows-codes", []),
        ("device-alerts-rules", [("scan", 1, 0)]),
    ],
)
def test_figures_of_panels_are_those_of_the_events(filled, panel, expected):
    client, objects = filled
    assert answer(client, objects, panel) == expected
