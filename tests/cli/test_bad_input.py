"""Unusable input: one clear line and exit 2, or a quarantine count; never a traceback."""

import os
import random
import socket
from collections.abc import Callable
from pathlib import Path

import pytest

from taishi.sample.week import SampleWeek
from tests.cli.ran import Ran, assert_one_line

Taishi = Callable[..., Ran]


@pytest.mark.parametrize("json", [(), ("--json",)])
def test_missing_file(taishi: Taishi, tmp_path: Path, json: tuple[str, ...]) -> None:
    assert_one_line(taishi("analyze", tmp_path / "none.pcap", *json), "none.pcap", "no such file")


def test_empty_file(taishi: Taishi, tmp_path: Path) -> None:
    (tmp_path / "empty.pcap").touch()
    assert_one_line(taishi("analyze", tmp_path / "empty.pcap"), "empty.pcap", "is empty")


def test_random_bytes(taishi: Taishi, tmp_path: Path) -> None:
    noise = tmp_path / "noise.txt"
    noise.write_bytes(random.Random(1).randbytes(4096))
    assert_one_line(taishi("analyze", noise), "noise.txt", "no sensor knows this content")


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
    assert_one_line(taishi("analyze", broken), "broken.log.gz", "cannot be read")


def test_empty_register(taishi: Taishi, week: SampleWeek, tmp_path: Path) -> None:
    (tmp_path / "units.xlsx").touch()
    assert_one_line(taishi("analyze", week.logs[0], "--units", tmp_path / "units.xlsx"), "units.xlsx")


def test_wrong_internal_network(taishi: Taishi, week: SampleWeek) -> None:
    assert_one_line(taishi("analyze", week.logs[0], "--internal", "10.34.0.0/64"), "10.34.0.0/64", "CIDR")


def test_one_unusable_input_among_several_is_listed(taishi: Taishi, week: SampleWeek, tmp_path: Path) -> None:
    ran = taishi("analyze", tmp_path / "none.log", week.logs[0], "--json")
    assert ran.status == 0
    assert [one["events"] > 0 for one in ran.json["inputs"]] == [False, True]
    assert "no such file" in next(iter(ran.json["inputs"][0]["reasons"]))


@pytest.mark.parametrize(("command", "option"), [("analyze", "--events-out"), ("flows", "--out")])
def test_an_output_never_overwrites_an_input(
    taishi: Taishi, week: SampleWeek, tmp_path: Path, command: str, option: str
) -> None:
    capture, link = tmp_path / "a.pcap", tmp_path / "link.pcap"
    capture.write_bytes(week.pcap.read_bytes()[:50_000])
    link.symlink_to(capture)
    for target in (capture, link):
        assert_one_line(taishi(command, capture, option, target), "is one of the inputs")
    assert capture.stat().st_size == 50_000


def test_an_output_is_left_alone_where_the_command_fails(taishi: Taishi, tmp_path: Path) -> None:
    out = tmp_path / "out.jsonl"
    out.write_text("precious")
    assert_one_line(taishi("analyze", tmp_path / "none.pcap", "--events-out", out), "no such file")
    assert out.read_text() == "precious"
    assert [path.name for path in tmp_path.iterdir()] == ["out.jsonl"]


def test_flows_of_what_is_no_capture(taishi: Taishi, week: SampleWeek, tmp_path: Path) -> None:
    assert_one_line(taishi("flows", week.logs[0]), "is no capture")
    short = tmp_path / "short.pcap"
    short.write_bytes(week.pcap.read_bytes()[:10])
    assert taishi("flows", short).status == 2


def test_a_pipe_is_refused_and_not_waited_for(taishi: Taishi, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    assert_one_line(taishi("analyze", tmp_path / "pipe"), "pipe or device")


def test_a_name_in_gb18030_is_read_and_printed(taishi: Taishi, week: SampleWeek, tmp_path: Path) -> None:
    name = os.fsdecode("门户.log".encode("gb18030"))
    (tmp_path / name).write_bytes(next(one for one in week.logs if "portal" in one.name).read_bytes())
    ran = taishi("analyze", tmp_path, "--json")
    assert ran.status == 0
    assert ran.json["inputs"][0]["path"].endswith("门户.log")
    assert ran.json["events"] > 100


def test_the_same_file_twice_is_read_once(taishi: Taishi, week: SampleWeek) -> None:
    once, twice = (
        taishi("analyze", week.logs[0], "--json"),
        taishi("analyze", week.logs[0], week.logs[0], "--json"),
    )
    assert once.json["events"] == twice.json["events"]


def test_an_empty_folder(taishi: Taishi, tmp_path: Path) -> None:
    assert_one_line(taishi("analyze", tmp_path), "holds no file")


def test_a_data_directory_that_is_a_file(taishi: Taishi, tmp_path: Path) -> None:
    (tmp_path / "data").touch()
    assert_one_line(taishi("up", "--data", tmp_path / "data", "--listen", "127.0.0.1:1"), "--data")


def test_a_port_in_use_is_told_before_anything_is_promised(taishi: Taishi, tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        assert_one_line(
            taishi("up", "--data", tmp_path / "data", "--listen", address), "choose another address"
        )


def test_detect_without_a_usable_rule(taishi: Taishi, week: SampleWeek, tmp_path: Path) -> None:
    (tmp_path / "bad.yml").write_text("title: x\ndetection: [1")
    assert_one_line(taishi("detect", week.logs[0], "--rules", tmp_path), "no Sigma rule", "not valid YAML")


def test_detect_without_rules(taishi: Taishi, week: SampleWeek, tmp_path: Path) -> None:
    assert_one_line(taishi("detect", week.logs[0], "--rules", tmp_path / "none"), "no such folder")


def test_unknown_subcommand_names_the_known_ones(taishi: Taishi) -> None:
    ran = taishi("analyse")
    assert ran.status == 2
    assert "analyze" in ran.err
