"""Which of our sensors give what a rule asks for, and whether any of it is in sight."""

from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from detections.engine.producers import Origin, has_source, origins, producers
from detections.engine.route import Route
from detections.engine.routes import routes
from sensors.choose import sensors
from taishi.core.ecs import KINDS
from taishi.core.event import Batch

LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
SYSMON = "Microsoft-Windows-Sysmon/Operational"


def sees(seen: Origin, **logsource: str) -> bool:
    return any(has_source(route, {seen: 7}) for route in routes(logsource))


def given_by(**logsource: str) -> set[str]:
    return {name for route in routes(logsource) for name in producers(route)}


def test_every_sensor_says_what_it_gives_and_no_other_is_named() -> None:
    anything = Route("anything", frozenset(KINDS))
    assert set(producers(anything)) == {sensor.name for sensor in sensors()}


@pytest.mark.parametrize(
    ("logsource", "expected"),
    [
        (
            {"product": "windows", "service": "security"},
            {"evtx", "syslog", "windows_xml", "winlog_json", "ecs_json"},
        ),
        ({"product": "zeek", "service": "dce_rpc"}, {"zeek", "ecs_json"}),
        ({"product": "cisco", "service": "aaa"}, {"cisco_ios", "ecs_json"}),
        ({"product": "linux", "service": "sshd"}, {"syslog", "journal_json", "fieldmap", "ecs_json"}),
        ({"product": "okta", "service": "okta"}, {"ecs_json"}),
        ({"product": "opencanary", "category": "application"}, set()),
        ({"product": "acme"}, set()),
    ],
)
def test_a_source_that_no_sensor_gives_is_told(logsource: dict[str, str], expected: set[str]) -> None:
    assert given_by(**logsource) == expected


def test_few_of_sigmahqs_log_sources_are_out_of_our_sensors_reach(corpus: Path) -> None:
    sources = {
        frozenset((key, word) for key, word in rule["logsource"].items() if key != "definition")
        for path in (corpus / "sigma").glob("rules*/**/*.yml")
        for rule in yaml.load_all(path.read_text("utf-8"), Loader=LOADER)
        if "logsource" in rule
    }
    described = [dict(source) for source in sources]
    assert not [source for source in described if "dataset" in {route.name for route in routes(source)}]
    assert {source["product"] for source in described if not given_by(**source)} == {"onelogin", "opencanary"}


def test_what_is_in_sight_decides_whether_a_rule_has_a_source() -> None:
    process = Origin("windows", "windows", f"windows.{SYSMON}", SYSMON, "1")
    assert sees(process, product="windows", category="process_creation")
    assert not sees(process, product="windows", category="network_connection")
    assert not sees(process, product="linux", category="process_creation")
    assert sees(Origin("http", "apache"), category="webserver")
    assert not sees(Origin("http", "apache"), product="okta", service="okta")
    assert not any(has_source(route, {}) for route in routes({"category": "webserver"}))


def test_the_origins_of_a_batch_are_counted(batch: Callable[..., Batch]) -> None:
    row = {"event.module": "windows", "winlog.channel": "Security", "event.code": "4688"}
    assert origins(batch("windows", row, row, {"event.code": "1"})) == {
        Origin("windows", "windows", "", "Security", "4688"): 2,
        Origin("windows", code="1"): 1,
    }
    assert origins(batch("flow", {"event.module": "zeek"})) == {Origin("flow", "zeek"): 1}
