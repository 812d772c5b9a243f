"""The short way gives what the long way gives: rows, records, times, rejections, and the same events."""

import gzip
import json
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sensors import flat_intake, lines
from sensors.choose import sense, sensors
from sensors.flat_times import microseconds
from sensors.lines import Damaged, checked_time
from sensors.values import moment
from taishi.core.event import Event, Json
from taishi.core.ports import FlatSensor
from taishi.core.source import Source

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
BEFORE = EPOCH.replace(tzinfo=None) - timedelta(days=1)
TIME = "2026-03-01T00:00:00.1234567Z"
DATA: dict[str, Json] = {
    "TargetUserName": "鲍勃",
    "IpAddress": "192.0.2.1",
    "LogonType": 3,
    "Flag": True,
    "Empty": None,
}
TREE: dict[str, Json] = {
    "Event": {
        "#attributes": {"xmlns": "http://schemas.microsoft.com/win/2004/08/events/event"},
        "System": {
            "Provider": {"#attributes": {"Name": "Provider-1", "Guid": "54849625"}},
            "EventID": 4625,
            "Version": 0,
            "Level": 0,
            "Keywords": "0x8010000000000000",
            "TimeCreated": {"#attributes": {"SystemTime": TIME}},
            "EventRecordID": 7,
            "Execution": {"#attributes": {"ProcessID": 536}},
            "Channel": "Security",
            "Computer": "dc.example.org",
            "Security": None,
        },
        "EventData": DATA,
    }
}
BEAT: dict[str, Json] = {
    "@timestamp": "2026-03-01T00:00:00.123Z",
    "message": "An account failed to log on.",
    "winlog": {
        "event_id": "4625",
        "channel": "Security",
        "provider_name": "Provider-1",
        "computer_name": "dc.example.org",
        "record_id": 7,
        "task": "Logon",
        "keywords": ["Audit Failure"],
        "event_data": DATA,
    },
}
LINE: dict[str, Json] = {
    "EventID": 4625,
    "Channel": "Security",
    "SourceName": "Provider-1",
    "Hostname": "dc.example.org",
    "EventTime": "2026-03-01 00:00:00",
    "RecordNumber": 7,
    "Severity": "INFO",
    **DATA,
}
FORMS = {"tree": TREE, "beat": BEAT, "line": LINE}
EITHER_WAY = [sensor for sensor in sensors() if isinstance(sensor, FlatSensor)]


def exact(fields: dict[str, Json]) -> bytes:
    """Tells 1, 1.0 and true apart, and knows no order of names."""
    return orjson.dumps(fields, option=orjson.OPT_SORT_KEYS)


def answer(value: Json) -> str:
    """As `Event.text` says it."""
    return "" if value is None else str(value)


def read_both_ways(path: Path) -> tuple[list[Event], list[tuple[int, str, bytes]]]:
    """What the sensor gives the long way, after the short way gave the same."""
    source = Source.of(path)
    sensor = sense(source)
    assert isinstance(sensor, FlatSensor), sensor.name
    rejected: list[tuple[int, str, bytes]] = []
    events = [one for batch in sensor.read(source, lambda *it: rejected.append(it)) for one in batch.events()]
    for worth in (0, 1 << 30):  # tables where they can be, and none
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(flat_intake, "_WORTH", worth)
            _compare(source, sensor, events, rejected)
    return events, rejected


def _compare(
    source: Source, sensor: FlatSensor, events: list[Event], rejected: list[tuple[int, str, bytes]]
) -> None:
    again: list[tuple[int, str, bytes]] = []
    place = 0
    for found in sensor.flat(source, lambda *it: again.append(it)):
        wanted = events[place : place + len(found)]
        place += len(found)
        assert {event.kind for event in wanted} == {found.kind}
        assert list(found.records) == [event.number("taishi.record") for event in wanted]
        assert [EPOCH + timedelta(microseconds=time) for time in found.times.tolist()] == [
            event.time for event in wanted
        ]
        rows = found.rows()
        assert [exact(row) for row in rows] == [exact(event.extra) for event in wanted]
        assert found.events(range(len(found))) == wanted
        for column, field in sensor.answered.items():
            assert [event.text(column) for event in wanted] == [
                answer(row.get(field)) for row in found.rows()
            ]
    assert place == len(events)
    assert again == rejected


def content_both_ways(
    content: bytes, name: str = "x.json"
) -> tuple[list[Event], list[tuple[int, str, bytes]]]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / name
        path.write_bytes(content)
        return read_both_ways(path)


def dumped(record: object) -> bytes:
    return json.dumps(record, ensure_ascii=False).encode()


def test_which_sensors_have_it() -> None:
    assert {sensor.name for sensor in EITHER_WAY} == {"evtx", "winlog_json"}


def test_every_windows_file_of_the_corpus(corpus: Path) -> None:
    names = {sensor.name for sensor in EITHER_WAY}
    seen = dict.fromkeys(names, 0)
    for path in sorted([*corpus.rglob("*.evtx"), *(corpus / "sigma" / "regression_data").rglob("*.json")]):
        name = sense(Source.of(path)).name
        if name in names:
            seen[name] += len(read_both_ways(path)[0])
    assert seen["evtx"] > 3000
    assert seen["winlog_json"] > 50


@pytest.mark.parametrize("form", FORMS)
def test_layouts_of_a_file(form: str) -> None:
    one = dumped(FORMS[form])
    lines_of_it = b"\n".join([one] * 5)
    for content in (
        lines_of_it,
        b"\xef\xbb\xbf" + lines_of_it + b"\n",
        b"\r\n".join([one, b"", b"  ", one, b""]),
        b"[" + b",\n".join([one] * 3) + b"]",
        json.dumps(FORMS[form], indent=2).encode() * 2,
        gzip.compress(lines_of_it),
        one + b"\n" + one[:-9],
        one + b"\n" + one.decode().encode("gb18030") + b"\n[1]\n7\nnull\n{}",
        b"\n".join(map(dumped, [FORMS[form], *FORMS.values()] * 3)),
    ):
        events, _ = content_both_ways(content)
        assert events, content[:80]


def test_a_torn_gzip_and_a_damaged_event_log(corpus: Path, tmp_path: Path) -> None:
    packed = gzip.compress(b"".join(dumped({**LINE, "RecordNumber": n}) + b"\n" for n in range(9000)))
    events, rejected = content_both_ways(packed[: len(packed) // 2])
    assert events
    assert "cannot be read on" in rejected[-1][1]
    whole = max((corpus / "evtx").rglob("*.evtx"), key=lambda path: path.stat().st_size)
    content = bytearray(whole.read_bytes())
    content[0x3000:0x3400] = b"\xff" * 0x400
    path = tmp_path / "damaged.evtx"
    path.write_bytes(content)
    events, rejected = read_both_ways(path)
    assert events
    assert rejected


def nested(levels: int) -> Json:
    value: Json = "x"
    for _ in range(levels):
        value = {"a": [value]}
    return value


@pytest.mark.parametrize(
    ("form", "changes"),
    [
        ("tree", {"EventID": {"#attributes": {"Qualifiers": 16384}, "#text": 7036}}),
        ("tree", {"EventID": "4625"}),
        ("tree", {"EventID": True}),
        ("tree", {"EventID": 2**63}),
        ("tree", {"Channel": ""}),
        ("tree", {"Channel": None}),
        ("tree", {"Channel": ["a"]}),
        ("tree", {"EventRecordID": []}),
        ("tree", {"Level": {"#text": 4}}),
        ("tree", {"Task": [1, {"a": 2}]}),
        ("tree", {"TimeCreated": None}),
        ("tree", {"TimeCreated": {"#attributes": {"SystemTime": "1601-01-01T00:00:00Z"}}}),
        ("tree", {"TimeCreated": {"#attributes": {"SystemTime": 1700000000}}}),
        ("tree", {"TimeCreated": {"#attributes": {"SystemTime": "yesterday"}}}),
        ("data", {"Data": {"#text": ["a", "b"]}}),
        ("data", {"Data": "one"}),
        ("data", {"Data": [{"#attributes": {"Name": "n"}, "#text": "v"}]}),
        ("data", {"@xmlns": "x", "#attributes_more": "y", "Level": "mine", "EventID": 1, "Channel": "other"}),
        ("data", {"Inner": {"Deeper": {"Field": 1.5}}}),
        ("data", {"n": 18446744073709551615, "f": 1e300, "i": -(2**63)}),
        ("beat", {"event_id": 4625}),
        ("beat", {"event_id": "x"}),
        ("beat", {"user_data": {"Some": {"Field": "a"}}}),
        ("beat", {"event_data.Dotted": "v"}),
        ("beat", {"keywords": "Audit Success", "channel": 5, "opcode": None}),
        ("beat", {"keywords": [["a"]], "provider_name": {}}),
        ("line", {"EventID": " 4625"}),
        ("line", {"Channel": {}}),
        ("line", {"List": [{"a": 1}], "Message": 5}),
        ("line", {"EventTime": None}),
        ("line", {"EventTime": "2200-01-01 00:00:00"}),
        ("line", {"winlog": "x", "Event": 0}),
        ("line", {"winlog.event_id": 4}),
        *((form, {"Deep": nested(levels)}) for form in ("tree", "data", "line") for levels in (60, 80, 400)),
    ],
)
def test_unusual_records(form: str, changes: dict[str, Json]) -> None:
    record = json.loads(json.dumps(FORMS["tree" if form == "data" else form]))
    inside = {
        "tree": lambda: record["Event"]["System"],
        "data": lambda: record["Event"]["EventData"],
        "beat": lambda: record["winlog"],
        "line": lambda: record,
    }[form]()
    inside |= changes
    good = dumped(FORMS["tree" if form == "data" else form])
    events, rejected = content_both_ways(b"\n".join([good, dumped(record), good]))
    assert len(events) + len(rejected) == 3


_JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=8)
    | st.sampled_from(["", "-", "4625", TIME, "2026-03-01", "1700000000"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text(max_size=5), inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["#text", "#attributes", "Name", "Data", "@xmlns"]), inner, max_size=2
        )
    ),
    max_leaves=6,
)


def _places(tree: dict[str, Json]) -> list[tuple[dict[str, Json], str]]:
    found = [(tree, name) for name in tree]
    for value in tree.values():
        if isinstance(value, dict):
            found += _places(value)
    return found


@pytest.mark.parametrize("form", FORMS)
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_any_value_anywhere(form: str, data: st.DataObject) -> None:
    lines_of_it = [dumped(FORMS[form])]
    for _ in range(data.draw(st.integers(1, 3))):
        record = json.loads(lines_of_it[0])
        for _ in range(data.draw(st.integers(0, 3))):
            inside, name = data.draw(st.sampled_from(_places(record)))
            if data.draw(st.booleans()):
                name = data.draw(st.sampled_from(["Data", "UserData", "Level", "#attributes", "é", "a.b"]))
            inside[name] = data.draw(_JSON)
        lines_of_it.append(json.dumps(record).encode())
    events, rejected = content_both_ways(b"\n".join(lines_of_it))
    assert len(events) + len(rejected) == len(lines_of_it)


@pytest.mark.parametrize("form", FORMS)
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_any_bytes_anywhere(form: str, data: st.DataObject) -> None:
    good = dumped(FORMS[form])
    found = [good]
    for _ in range(data.draw(st.integers(1, 6))):
        start = data.draw(st.integers(0, len(good)))
        end = data.draw(st.integers(start, min(len(good), start + 12)))
        put = data.draw(
            st.binary(max_size=6)
            | st.sampled_from([b"\\ud800", b"\\u0000", b"1e999", b"01", b'"a":1,', b"\xff"])
        )
        found.append(good[:start] + put.replace(b"\n", b"") + good[end:])
    events, rejected = content_both_ways(b"\n".join(found))
    assert events
    assert len(events) + len(rejected) == sum(1 for line in found if line.strip())


@given(
    times=st.lists(
        st.datetimes().map(datetime.isoformat)
        | st.datetimes().map(lambda time: f"{time.isoformat()}Z")
        | st.datetimes(BEFORE, BEFORE.replace(year=2200)).map(lambda time: f"{time}+08:00")
        | st.datetimes().map(lambda time: time.isoformat()[:10])
        | st.from_regex(
            r"\A(19|20|22)\d\d-\d\d-\d\d[T ]\d\d(:\d\d(:\d\d(\.\d{1,9})?)?)?(Z|[+-]\d\d(:?\d\d)?)?\Z"
        )
        | st.none()
        | st.integers()
        | st.floats()
        | st.text(max_size=5),
        max_size=3,
    )
)
@settings(max_examples=500, deadline=None)
def test_times_are_those_of_one_by_one(times: list[Json]) -> None:
    found, wrong = microseconds(times, "T")
    for position, time in enumerate(times):
        try:
            wanted: datetime | str = checked_time(moment(time, "T"), "@timestamp")
        except Damaged as error:
            wanted = str(error)
        given_time = EPOCH + timedelta(microseconds=int(found[position]))
        assert wrong.get(position, given_time) == wanted


@given(
    content=st.lists(
        st.sampled_from([b"\n", b"\r\n", b"\r", b" ", b"x" * 30, b"ab", b"\xef\xbb\xbf", b"\x0c"]), min_size=1
    ).map(b"".join),
    packed=st.booleans(),
)
@settings(max_examples=300, deadline=None)
def test_lines_are_the_same_however_they_are_read(content: bytes, packed: bool) -> None:
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        path = Path(folder) / "x"
        path.write_bytes(gzip.compress(content) if packed else content)
        for name, value in (("_BLOCK", 16), ("_PACKED_PIECE", 4), ("MAX_LINE", 40), ("_TOGETHER", 60)):
            patch.setattr(lines, name, value)
        refused: list[str] = []
        found = list(lines.lines(Source.of(path), lambda why, _: refused.append(why)))
        again: list[str] = []
        texts = lines.whole_lines(Source.of(path), lambda why, _: again.append(why))
        assert [
            one for text in texts for one in lines.lines_of(text, lambda why, _: again.append(why))
        ] == found
        assert again == refused
    whole = [
        line for line in content.removeprefix(b"\xef\xbb\xbf").split(b"\n") if line and not line.isspace()
    ]
    assert found == [line.rstrip(b"\r") for line in whole if len(line) <= 40]
    assert refused == ["line is longer than 40 bytes"] * sum(len(line) > 40 for line in whole)


def test_rows_come_in_chunks_of_bounded_size(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(flat_intake, "_RECORDS", 3)
    monkeypatch.setattr(lines, "_BLOCK", 500)
    monkeypatch.setattr(lines, "_TOGETHER", 1500)
    path = tmp_path / "x.json"
    path.write_bytes(b"\n".join(dumped({**LINE, "EventID": n if n % 4 else None}) for n in range(40)))
    events, rejected = read_both_ways(path)
    assert (len(events), len(rejected)) == (30, 10)
    source = Source.of(path)
    sensor = sense(source)
    assert isinstance(sensor, FlatSensor)
    assert len(list(sensor.flat(source, lambda *_: None))) > 5


def test_a_line_too_long_among_others(tmp_path: Path) -> None:
    path = tmp_path / "x.json"
    long = dumped({**LINE, "Long": "x" * lines.MAX_LINE})
    path.write_bytes(b"\n".join([*[dumped(LINE)] * 300, long, *[dumped(LINE)] * 300]))
    events, rejected = read_both_ways(path)
    assert len(events) == 600
    assert [record for record, _, _ in rejected] == [300]


def test_only_the_events_that_are_wanted(tmp_path: Path) -> None:
    path = tmp_path / "x.json"
    path.write_bytes(b"\n".join(dumped({**LINE, "EventID": n}) for n in range(10)))
    source = Source.of(path)
    sensor = sense(source)
    assert isinstance(sensor, FlatSensor)
    (found,) = sensor.flat(source, lambda *_: None)
    assert [event.text("event.code") for event in found.events([7, 2])] == ["7", "2"]
    assert found.events([]) == []
    assert len(found.batch([])) == 0
