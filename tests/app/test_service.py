"""The whole service as a process: the story becomes letters and blocks; a kill in between changes nothing."""

import time
from pathlib import Path

import pytest

from taishi.app.desk import open_desk
from taishi.core.ports import Query
from taishi.core.records import InputFile, RiskEvent
from tests.app.running import healthy, service, wait_for


def counts(data: Path) -> dict[str, int]:
    desk = open_desk(data, read_only=True)
    try:
        return {
            "alerts": desk.alerts.list(limit=None).total,
            "risk events": desk.state.count(RiskEvent),
            # Medium attempts are gathered weekly: the weekday of the run decides whether they are yet.
            "letters": sum(one.threat != "attempted" for one in desk.letters.list("drafted")),
            "blocks": len(desk.blocks.list("proposed")),
            "events": desk.events.count(Query()),
            "audit problems": len(desk.state.verify()),
        }
    finally:
        desk.close()


@pytest.fixture(scope="module")
def settled(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, int]]:
    """A data directory after the service has read the week, having been killed on the way."""
    data = tmp_path_factory.mktemp("service") / "data"
    with service(data, "--demo") as (process, address):
        wait_for(lambda: healthy(address), "console answers")
        wait_for(lambda: (data / "inbox" / "sample").is_dir(), "sample is made")
        time.sleep(3)
        process.kill()
        process.wait()
    with service(data, "--demo") as (process, address):
        wait_for(lambda: healthy(address), "console answers again")
        wait_for(lambda: counts(data)["letters"] >= 9, "letters are drafted")
        time.sleep(6)
    assert process.returncode == 0
    return data, counts(data)


def test_story_is_there_once(settled: tuple[Path, dict[str, int]]) -> None:
    found = settled[1]
    assert found["alerts"] == found["risk events"] == 24
    assert found["letters"] == 9
    assert found["blocks"] == 8
    assert found["audit problems"] == 0


def test_nothing_is_lost_or_doubled(settled: tuple[Path, dict[str, int]]) -> None:
    data, found = settled
    desk = open_desk(data, read_only=True)
    try:
        assert found["events"] == sum(one.events for one in desk.state.find(InputFile))
        assert all(one.quarantined == 0 for one in desk.state.find(InputFile))
    finally:
        desk.close()


def test_it_goes_on_where_it_was(settled: tuple[Path, dict[str, int]]) -> None:
    data, before = settled
    with service(data, "--demo") as (_, address):
        wait_for(lambda: healthy(address), "console answers")
        time.sleep(20)
    assert counts(data) == before


def test_each_letter_names_its_unit_and_deadline(settled: tuple[Path, dict[str, int]]) -> None:
    desk = open_desk(settled[0], read_only=True)
    try:
        letters = desk.letters.list("drafted")
        assert {one.unit for one in letters if one.threat == "compromised"} == {
            "县教育局",
            "县医疗保障局",
            "县卫生健康委员会",
            "县自然资源和规划局",
            "环峰镇人民政府",
        }
        for letter in letters:
            content = desk.letters.content(letter.id)
            assert letter.unit in content.addressee
            assert letter.deadline > letter.created_at
    finally:
        desk.close()
