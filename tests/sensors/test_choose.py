from pathlib import Path

import pytest

from sensors.choose import sense, sensors
from taishi.core.problems import Problem
from taishi.core.source import Source


def test_every_sensor_is_found_once() -> None:
    names = [sensor.name for sensor in sensors()]
    assert len(names) == len(set(names))
    assert {
        "access_log", "binetflow", "ecs_json", "evtx", "iis", "loose_json", "suricata_eve",
        "syslog", "winlog_json", "zeek",
    } <= set(names)  # fmt: skip


@pytest.mark.parametrize("content", [b"\x00\x9f\x01random", b"just words\nand more\n", b'{"a": 1}\n', b"[]"])
def test_unknown_content_is_refused_with_its_first_bytes(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "what.bin"
    path.write_bytes(content)
    with pytest.raises(Problem, match="no sensor knows this content") as refused:
        sense(Source.of(path))
    assert str(path) in str(refused.value)
    assert repr(content[:16]) in str(refused.value)
    assert "evtx" in str(refused.value)
