"""Field maps of a data directory: kept, replaced, undone, removed, and every change audited."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from taishi.app.desk import Desk, open_desk
from taishi.app.field_maps import try_map
from taishi.app.roles import SYSTEM
from taishi.core.problems import Problem, Refused
from tests.sensors.test_fieldmaps import LINES, OWN, TABLE

NOW = datetime(2026, 12, 1, tzinfo=UTC)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    found = open_desk(tmp_path / "data")
    found.people.first_person()
    yield found
    found.close()


def module(desk: Desk, name: str) -> str:
    return desk.field_maps.get(name).mapped.map.module


def test_saved_replaced_undone(desk: Desk) -> None:
    maps = desk.field_maps
    assert maps.save(OWN, "admin", "new gate").name == "county_gate"
    maps.save(OWN.replace("module: gate", "module: gate2"), SYSTEM)
    assert (module(desk, "county_gate"), maps.get("county_gate").former) == ("gate2", 2)
    maps.undo("county_gate", "admin")
    assert module(desk, "county_gate") == "gate"
    maps.undo("county_gate", "admin")
    with pytest.raises(Problem, match="no field map of that name"):
        maps.get("county_gate")
    with pytest.raises(Refused, match="has no former version"):
        maps.undo("county_gate", "admin")
    acts = [(line.action, line.object_id, line.actor) for line in desk.state.decisions()][-4:]
    assert acts == [
        ("fieldmap.save", "county_gate", "admin"),
        ("fieldmap.save", "county_gate", "system"),
        ("fieldmap.undo", "county_gate", "admin"),
        ("fieldmap.undo", "county_gate", "admin"),
    ]
    assert desk.state.verify() == []


def test_a_shipped_map_is_replaced_and_comes_back(desk: Desk) -> None:
    maps = desk.field_maps
    with pytest.raises(Refused, match="is shipped and stays"):
        maps.remove("topsec", "admin")
    maps.save(OWN.replace("county_gate", "topsec"), "admin")
    assert maps.get("topsec").mapped.own
    maps.remove("topsec", "admin")
    assert not maps.get("topsec").mapped.own
    maps.undo("topsec", "admin")
    assert module(desk, "topsec") == "gate"


def test_only_administrators_and_only_maps(desk: Desk) -> None:
    desk.people.create("小王", ("analyst",), "admin")
    for act in (
        lambda: desk.field_maps.save(OWN, "小王"),
        lambda: desk.field_maps.undo("topsec", "小王"),
        lambda: desk.field_maps.remove("topsec", "小王"),
    ):
        with pytest.raises(Refused, match="lacks the role"):
            act()
    with pytest.raises(Problem, match="field map: no YAML"):
        desk.field_maps.save("a: [", "admin")
    assert not (desk.field_maps.folder / "county_gate.yml").exists()


def test_former_versions_are_bounded(desk: Desk) -> None:
    for number in range(25):
        desk.field_maps.save(OWN + f"note: '{number}'\n", SYSTEM)
    assert desk.field_maps.get("county_gate").former == 20
    desk.field_maps.undo("county_gate", SYSTEM)
    assert desk.field_maps.get("county_gate").mapped.map.note == "23"


def test_lines_are_tried_without_being_kept() -> None:
    tried = try_map(OWN, TABLE + "\n01.11.2026 06:02,x,198.51.100.7,0,1,\n", NOW)
    assert [(one.line, one.event is not None, one.reason) for one in tried] == [
        (1, False, None),
        (2, True, None),
        (4, False, "source.ip is no IP address: 'x'"),
    ]
    syslog = try_map(OWN, LINES["h3c_secpath"][0], NOW)
    assert syslog[0].reason == "no field map fits this line"


def test_the_service_reads_by_a_map_saved_while_it_runs(desk: Desk, tmp_path: Path) -> None:
    from taishi.app.pipeline import Pipeline
    from taishi.core.ports import Query
    from tests.app.test_pipeline import Says, no_rules

    pipeline = Pipeline(desk, no_rules(), Says(), ())
    desk.field_maps.save(OWN, SYSTEM)
    log = tmp_path / "gate.csv"
    log.write_text(TABLE, "utf-8")
    report = pipeline.take(log)
    assert report is not None
    assert (report.kind, report.events, report.quarantined) == ("fieldmap", 1, 0)
    (event,) = desk.events.search(Query()).events
    assert event.text("event.module") == "gate"
