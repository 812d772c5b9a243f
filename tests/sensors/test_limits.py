"""What small files may become, and when things may have happened."""

import gzip
from collections.abc import Callable
from pathlib import Path

import pytest

from sensors import unpacked
from taishi.core.problems import Problem
from taishi.core.source import Source

PCAP = bytes.fromhex("d4c3b2a1 02000400 00000000 00000000 00000400 01000000")


@pytest.mark.parametrize("content", [PCAP, b"ElfFile\x00"], ids=["pcap", "evtx"])
def test_a_gzip_bomb_is_refused_with_what_to_do(
    content: bytes, tmp_path: Path, read_path: Callable, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(unpacked, "UNPACKED_BYTES", 1 << 20)
    path = tmp_path / "bomb.gz"
    path.write_bytes(gzip.compress(content + bytes(2 << 20)))
    with pytest.raises(Problem, match=r"bomb.gz: unpacks to more than 1 MiB; unpack it and give the parts"):
        read_path(path)


def test_no_more_is_unpacked_than_the_limit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unpacked, "UNPACKED_BYTES", 1 << 20)
    path = tmp_path / "bomb.gz"
    path.write_bytes(gzip.compress(PCAP + bytes(1 << 25)))
    given = 0
    whole = Source.open

    def counted(source: Source) -> object:
        content = whole(source)
        read = content.read

        def reading(size: int = -1) -> bytes:
            nonlocal given
            assert 0 < size <= 65536
            piece = read(size)
            given += len(piece)
            return piece

        monkeypatch.setattr(content, "read", reading, raising=False)
        return content

    source = Source.of(path)
    monkeypatch.setattr(Source, "open", counted)
    with pytest.raises(Problem), unpacked.plain_file(source, lambda _: None):
        pass
    assert given <= (1 << 20) + 65536


def test_a_json_document_is_bounded(
    tmp_path: Path, read_path: Callable, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(unpacked, "DOCUMENT_BYTES", 1 << 20)
    path = tmp_path / "array.json"
    one = '{"@timestamp": "2026-01-01T00:00:00Z", "event": {"code": "1"}}'
    path.write_text("[" + ",\n".join([one] * 20_000) + "]")
    with pytest.raises(Problem, match=r"array.json: is one JSON document of more than 1 MiB"):
        read_path(path)
    path.write_text("\n".join([one] * 20_000))
    assert len(read_path(path).events) == 20_000


GOOD = {
    "access": '192.0.2.1 - - [10/Oct/2025:13:00:00 +0800] "GET / HTTP/1.1" 200 12\n',
    "ecs": '{"@timestamp": "2025-10-10T05:00:00Z", "event": {"code": "1"}}\n',
    "zeek": '{"ts": 1760000000.0, "uid": "C1", "id.orig_h": "192.0.2.1", "id.resp_h": "192.0.2.2"}\n',
    "eve": '{"timestamp": "2025-10-10T05:00:00.000000+0000", "event_type": "flow", "src_ip": "192.0.2.1"}\n',
    "syslog": "2025-10-10T05:00:00Z web-1 app: words\n",
    "windows": '{"EventID": 1, "Channel": "System", "Computer": "pc", "EventTime": "2025-10-10 05:00:00"}\n',
}


@pytest.mark.parametrize(
    ("name", "said", "wrong"),
    [
        ("access", "10/Oct/2025", "10/Oct/9999"),
        ("access", "10/Oct/2025", "10/Oct/1969"),
        ("ecs", "2025-10-10T05:00:00Z", "9999-12-31T20:00:00Z"),
        ("ecs", "2025-10-10T05:00:00Z", "0001-01-02T00:00:00Z"),
        ("ecs", "2025-10-10T05:00:00Z", "2200-01-01T00:00:00Z"),
        ("zeek", "1760000000.0", "99999999999.0"),
        ("zeek", "1760000000.0", "-86400.0"),
        ("eve", "2025-10-10", "9999-12-31"),
        ("syslog", "2025-10-10", "9999-12-31"),
        ("windows", "2025-10-10", "1601-01-01"),
    ],
)
def test_a_record_of_another_age_is_set_aside(name: str, said: str, wrong: str, read: Callable) -> None:
    assert said in GOOD[name]
    made = read(GOOD[name] + GOOD[name].replace(said, wrong), f"{name}.json")
    assert len(made.events) == 1
    (reason,) = made.reasons
    assert "@timestamp is not between 1970 and 2199" in reason


LONG = "a" * 80_000


@pytest.mark.parametrize(
    ("name", "content", "sensor"),
    [
        ("access", f'192.0.2.1 - - [10/Oct/2025:13:00:00 +0800] "GET /{LONG} HTTP/1.1" 200 12', "access_log"),
        ("syslog", f"2025-10-10T05:00:00Z web-1 app: {LONG}", "syslog"),
        ("ecs", GOOD["ecs"].replace('"1"', f'"{LONG}"').strip(), "ecs_json"),
        ("cisco", f"sw-1 1: Feb 17 2025 13:40:03: %SYS-5-CONFIG_I: {LONG}", "cisco_ios"),
        (
            "windows",
            '{"Event": {"System": {"EventID": 1, "TimeCreated": {"#attributes": {"SystemTime": '
            f'"2025-10-10T05:00:00Z"}}}}}}, "EventData": {{"Data": "{LONG}"}}}}}}',
            "winlog_json",
        ),
        (
            "zeek",
            '{"ts": 1760000000.0, "uid": "C1", "id.orig_h": "192.0.2.1", "id.resp_h": "192.0.2.2", '
            f'"method": "GET", "uri": "{LONG}"}}',
            "zeek",
        ),
    ],
)  # fmt: skip
def test_a_first_line_longer_than_what_is_looked_at(
    name: str, content: str, sensor: str, read: Callable
) -> None:
    made = read(f"{content}\n{content}\n", f"{name}.json")
    assert (made.sensor, len(made.events), made.rejected) == (sensor, 2, [])


@pytest.mark.parametrize("content", ['{"a":' * 20_000, '{"a' * 30_000, "[[1," * 30_000, "1" * 90_000])
def test_a_long_first_line_of_nothing_known(content: str, read: Callable) -> None:
    with pytest.raises(Problem, match="no sensor knows this content"):
        read(content)


def test_objects_after_each_other_in_one_long_line(read: Callable) -> None:
    made = read(GOOD["ecs"].strip() * 2000, "x.json")
    assert (len(made.events), made.rejected) == (2000, [])


def test_a_packed_event_log_gives_what_the_plain_one_does(
    corpus: Path, tmp_path: Path, read_path: Callable
) -> None:
    large = (path for path in corpus.rglob("*.evtx") if path.stat().st_size > 1 << 20)
    plain = min(large, key=lambda path: (path.stat().st_size, path.name))
    packed = tmp_path / "log.evtx.gz"
    packed.write_bytes(gzip.compress(plain.read_bytes()))
    ids = [event.id for event in read_path(plain).events]
    assert ids
    assert [event.id for event in read_path(packed).events] == ids
    packed.write_bytes(packed.read_bytes()[:-4])
    torn = read_path(packed)
    assert torn.reasons[0].startswith("gzip is damaged")
    assert torn.events
