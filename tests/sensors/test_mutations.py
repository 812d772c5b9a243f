"""Whatever stands in a line: no sensor raises, and every record ends as events or as a rejection."""

import gzip
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sensors.choose import sensors
from taishi.core.event import first_batch_error
from taishi.core.source import Source

#: A whole line a sensor; headers apart.
GOOD: dict[str, tuple[bytes, bytes]] = {
    "zeek": (
        b"",
        b'{"_path":"conn","ts":1.5,"uid":"C","id.orig_h":"192.0.2.1","id.orig_p":8,"id.resp_h":"198.51.100.2",'
        b'"id.resp_p":0,"proto":"tcp","duration":1.0,"orig_bytes":5,"local_orig":true,"local_resp":false}',
    ),
    "suricata_eve": (
        b"",
        b'{"timestamp":"2026-03-01T08:00:00+0800","flow_id":1,"event_type":"dns","src_ip":"192.0.2.1",'
        b'"dns":{"type":"answer","rrname":"a","answers":[{"rrtype":"A","rdata":"192.0.2.2"}]}}',
    ),
    "ecs_json": (
        b"",
        b'{"@timestamp":"2026-03-01T00:00:00Z","event":{"category":["process"]},"source.port":5}',
    ),
    "winlog_json": (b"", b'{"EventID":1,"Channel":"S","@timestamp":"2026-03-01T00:00:00Z","User":"A\\\\b"}'),
    "loose_json": (b"", b'{"ts":1700000000,"src_ip":"192.0.2.1","url":"http://a:1/b?c","status":"200"}'),
    "syslog": (b"", b"Feb 12 14:10:21 h sshd[1]: Failed password for root from 192.0.2.1 port 4 ssh2"),
    "text_log": (b"", b"2026-03-01 08:00:00,500 ERROR [web] (main) words of 192.0.2.1"),
    "access_log": (b"", b'192.0.2.1 - - [01/Mar/2026:08:00:00 +0800] "GET / HTTP/1.1" 200 5 "-" "x"'),
    "aws_alb": (
        b"",
        b"https 2026-03-01T00:00:00.1Z app/a/4 192.0.2.1:4 10.0.0.1:80 0.0 0.0 0.0 200 200 0 57 "
        b'"GET https://www.example.gov.cn:443/a?b=1 HTTP/1.1" "Mozilla/5.0" - - arn "x" "-" "-" 0',
    ),
    "zoraxy": (
        b"",
        b"[2026-03-01 08:00:00.417736] [router:host] [origin:www.example.gov.cn] [client: 192.0.2.1] "
        b"[useragent: Mozilla/5.0 [x]] GET /a?b=1 200",
    ),
    "thehive": (
        b"",
        b"[info] o.t.s.AccessLogFilter [1e60|2989] 192.0.2.1 POST /api/v1/login took 8ms "
        b"and returned 401 65 bytes",
    ),
    "iis": (b"#Fields: date time c-ip cs-method sc-status\n", b"2026-03-01 00:00:00 192.0.2.1 GET 200"),
    "binetflow": (
        b"StartTime,Dur,Proto,SrcAddr,DstAddr,State\n",
        b"2026/03/01 00:00:00.5,1.5,tcp,192.0.2.1,198.51.100.2,S_RA",
    ),
}
_SENSORS = {sensor.name: sensor for sensor in sensors()}
_BYTES = st.binary(max_size=24).map(lambda raw: raw.replace(b"\n", b""))


def counts(name: str, content: bytes) -> tuple[int, int]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "x.log"
        path.write_bytes(content)
        rejected: list[int] = []
        found = 0
        for batch in _SENSORS[name].read(Source.of(path), lambda *refused: rejected.append(refused[0])):
            assert first_batch_error(batch) is None
            found += len(batch)
        return found, len(rejected)


@pytest.mark.parametrize("name", GOOD)
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_every_record_ends_in_exactly_one_place(name: str, data: st.DataObject) -> None:
    head, good = GOOD[name]
    lines = [good]
    for _ in range(data.draw(st.integers(1, 6))):
        start = data.draw(st.integers(0, len(good)))
        end = data.draw(st.integers(start, min(len(good), start + 12)))
        lines.append(good[:start] + data.draw(_BYTES) + good[end:])
    lines.append(data.draw(_BYTES))
    lines = [line for line in lines if line.strip() and not line.lstrip().startswith(b"#")]
    lines = [line for line in lines if b"repeated" not in line and not line.isspace()]
    events, rejected = counts(name, head + b"\n".join(lines) + b"\n")
    assert events + rejected == len(lines)
    assert events >= 1


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)


@pytest.mark.parametrize("name", ["zeek", "suricata_eve", "ecs_json", "winlog_json", "loose_json"])
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_any_value_under_any_key(name: str, data: st.DataObject) -> None:
    import orjson

    record = orjson.loads(GOOD[name][1])
    for key in data.draw(st.lists(st.sampled_from(sorted(record)), max_size=3)):
        record[key] = data.draw(_JSON)
    try:
        line = orjson.dumps(record, option=orjson.OPT_NON_STR_KEYS)
    except TypeError:
        return  # wider than 64 bits, or a lone surrogate: no JSON that a sender writes this way
    events, rejected = counts(name, GOOD[name][1] + b"\n" + line + b"\n")
    assert events + rejected == 2


@given(content=st.binary(min_size=1, max_size=200))
@settings(max_examples=60, deadline=None)
def test_recognizing_never_raises(content: bytes) -> None:
    source = Source(Path("x"), content)
    assert all(0 <= sensor.recognizes(source) <= 100 for sensor in _SENSORS.values())


def test_a_torn_gzip_keeps_what_could_be_read(tmp_path: Path) -> None:
    line = GOOD["zeek"][1] + b"\n"
    path = tmp_path / "conn.log.gz"
    packed = gzip.compress(b"".join(line.replace(b"1.5", str(n).encode()) for n in range(20_000)))
    path.write_bytes(packed[: len(packed) // 2])
    reasons: list[str] = []
    found = sum(
        len(batch)
        for batch in _SENSORS["zeek"].read(Source.of(path), lambda *refused: reasons.append(refused[1]))
    )
    assert found > 100
    assert reasons
    assert "cannot be read on from here" in reasons[-1]


def test_a_damaged_evtx_chunk_leaves_the_others(tmp_path: Path, corpus: Path) -> None:
    whole = max((corpus / "evtx").rglob("*.evtx"), key=lambda path: path.stat().st_size)
    content = bytearray(whole.read_bytes())
    content[0x1000 + 0x2000 : 0x1000 + 0x2400] = b"\xff" * 0x400
    path = tmp_path / "damaged.evtx"
    path.write_bytes(content)
    rejected: list[str] = []
    found = sum(
        len(batch)
        for batch in _SENSORS["evtx"].read(Source.of(path), lambda *refused: rejected.append(refused[1]))
    )
    assert found > 0
    assert rejected
