"""`taishi exchange` as a person runs it, on two data directories."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from taishi.app.desk import open_desk
from taishi.core.clock import FixedClock
from taishi.core.ports import Query
from tests.app.conftest import NOW
from tests.app.exchange.conftest import flows
from tests.cli.ran import Ran, assert_one_line

Run = Callable[..., Ran]


@pytest.fixture
def county(tmp_path: Path) -> Path:
    desk = open_desk(tmp_path / "county", clock=FixedClock(NOW))
    desk.events.write([flows(300)])
    desk.close()
    return tmp_path / "county"


def stored(data: Path) -> int:
    desk = open_desk(data, read_only=True)
    try:
        return desk.events.count(Query())
    finally:
        desk.close()


def test_out_and_in_and_again(taishi: Run, county: Path, tmp_path: Path) -> None:
    up, city = tmp_path / "up", tmp_path / "city"
    assert taishi("exchange", "out", "--to", up, "--data", county, "--json").json["lines"] == 300
    assert taishi("exchange", "out", "--to", up, "--data", county, "--json").json["lines"] == 0
    first = taishi("exchange", "in", up, "--data", city, "--json")
    assert (first.status, first.json["stored"]) == (0, 300)
    assert taishi("exchange", "in", up, up, "--data", city, "--json").json["again"] == 2
    assert stored(city) == 300
    (sender,) = taishi("exchange", "received", "--data", city, "--json").json["senders"]  # type: ignore[misc]
    assert (sender["streams"], sender["gaps"]) == (1, [])


def test_standard_output_is_one_stream(taishi: Run, county: Path, tmp_path: Path) -> None:
    file = tmp_path / "all.ndjson"
    file.write_text(taishi("exchange", "out", "--since", "2026-11-01", "--data", county).out, "utf-8")
    assert taishi("exchange", "in", file, "--data", tmp_path / "city", "--json").json["stored"] == 300


def test_beside_a_process_that_holds_the_store(taishi: Run, county: Path, tmp_path: Path) -> None:
    up, city = tmp_path / "up", tmp_path / "city"
    taishi("exchange", "out", "--to", up, "--data", county)
    holder = open_desk(city)
    try:
        assert taishi("exchange", "in", up, "--data", city, "--json").json["handed"] == 300
    finally:
        holder.close()
    assert len(os.listdir(city / "inbox")) == 1


def test_what_is_wrong_is_said_in_one_line(taishi: Run, county: Path, tmp_path: Path) -> None:
    up, city = tmp_path / "up", tmp_path / "city"
    taishi("exchange", "out", "--to", up, "--data", county)
    (part,) = up.iterdir()
    part.write_bytes(part.read_bytes()[:-10])
    assert_one_line(taishi("exchange", "in", up, "--data", city), "part-000001.ndjson", "breaks off")
    assert_one_line(taishi("exchange", "in", tmp_path / "none", "--data", city), "No such file")
    assert_one_line(taishi("exchange", "out", "--kinds", "rumours", "--data", county), "--kinds", "rumours")
    assert_one_line(taishi("exchange", "out", "--since", "yesterday", "--data", county), "--since yesterday")
    assert_one_line(taishi("exchange", "in", city, "--data", city), "part-")
