"""Unusable input: one clear line and exit 2, or a quarantine count; never a traceback."""

import random
from collections.abc import Callable
from pathlib import Path

import pytest

from taishi.sample.week import SampleWeek
from tests.cli.ran import Ran

Taishi = Callable[..., Ran]


def one_line(ran: Ran, *words: str) -> None:
    assert ran.status == 2
    assert ran.out == ""
    assert len(ran.err.strip().splitlines()) == 1
    assert "Traceback" not in ran.err
    for word in words:
        assert word in ran.err


@pytest.mark.parametrize("json", [(), ("--json",)])
def test_missing_file(taishi: Taishi, tmp_path: Path, json: tuple[str, ...]) -> None:
    one_line(taishi("analyze", tmp_path / "none.pcap", *json), "none.pcap", "no such file")


def test_empty_file(taishi: Taishi, tmp_path: Path) -> None:
    (tmp_path / "empty.pcap").touch()
    one_line(taishi("analyze", tmp_path / "empty.pcap"), "empty.pcap", "is empty")


def test_random_bytes(taishi: Taishi, tmp_path: Path) -> None:
    noise = tmp_path / "noise.txt"
    noise.write_bytes(random.Random(1).randbytes(4096))
    one_line(taishi("analyze", noise), "noise.txt", "no sensor knows this content")


def test_truncated_capture_keeps_what_stands_before(taishi: Taishi, week: SampleWeek, tmp_path: Path) -> None:
    cut = tmp_path / "cut.pcap"
    cut.write_bytes(week.pcap.read_bytes()[:100_003])
    ran = taishi("analyze", cut, "--json")
    assert ran.status == 0
    assert ran.json["events"] > 10
    assert ran.json["quarantined"] == 1
    assert "kept" in next(iter(ran.json["inputs"][0]["reasons"]))


def test_damaged_gzip(taishi: Taishi, tmp_path: Path) -> None:
    broken = tmp_path / "broken.log.gz"
    broken.write_bytes(b"\x1f\x8b\x08\x00" + b"\xff" * 64)
    one_line(taishi("analyze", broken), "broken.log.gz", "cannot be read")


def test_empty_register(taishi: Taishi, week: SampleWeek, tmp_path: Path) -> None:
    (tmp_path / "units.xlsx").touch()
    one_line(taishi("analyze", week.logs[0], "--units", tmp_path / "units.xlsx"), "units.xlsx")


def test_wrong_internal_network(taishi: Taishi, week: SampleWeek) -> None:
    one_line(taishi("analyze", week.logs[0], "--internal", "10.34.0.0/64"), "10.34.0.0/64", "CIDR")


def test_one_unusable_input_among_several_is_listed(taishi: Taishi, week: SampleWeek, tmp_path: Path) -> None:
    ran = taishi("analyze", tmp_path / "none.log", week.logs[0], "--json")
    assert ran.status == 0
    assert [one["events"] > 0 for one in ran.json["inputs"]] == [False, True]
    assert "no such file" in next(iter(ran.json["inputs"][0]["reasons"]))


def test_detect_without_rules(taishi: Taishi, week: SampleWeek, tmp_path: Path) -> None:
    one_line(taishi("detect", week.logs[0], "--rules", tmp_path / "none"), "no such folder")


def test_unknown_subcommand_names_the_known_ones(taishi: Taishi) -> None:
    ran = taishi("analyse")
    assert ran.status == 2
    assert "analyze" in ran.err
