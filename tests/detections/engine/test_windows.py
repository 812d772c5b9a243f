"""Windows rules through pySigma's pipelines: the right channel and event code, Sysmon and audit alike."""

from collections.abc import Callable
from pathlib import Path

import pytest

from detections.engine.load import load_rules
from detections.engine.sigma import SigmaEngine
from taishi.core.event import Event

SYSMON = "Microsoft-Windows-Sysmon/Operational"
RULE = """
title: A rule
id: 7d4c0f5e-2f5a-4f0e-9a39-3b5dd4a10001
status: test
description: x
logsource: {logsource}
detection:
  sel:
    {item}
  condition: sel
level: medium
"""


@pytest.fixture
def engine(tmp_path: Path) -> Callable[[str, str], SigmaEngine]:
    def make(logsource: str, item: str) -> SigmaEngine:
        (tmp_path / "rule.yml").write_text(RULE.format(logsource=logsource, item=item), "utf-8")
        pack = load_rules([tmp_path])
        assert pack.refused == ()
        return SigmaEngine(pack.plan)

    return make


def hit(engine: SigmaEngine, event: Event) -> bool:
    return bool(list(engine.match_event(event)))


@pytest.mark.parametrize(
    ("channel", "code", "field", "expected"),
    [
        (SYSMON, 1, "Image", True),
        (SYSMON, 3, "Image", False),
        ("Security", 4688, "NewProcessName", True),
        ("Security", 4624, "NewProcessName", False),
        ("Application", 1, "Image", False),
    ],
)
def test_process_creation_is_sysmon_1_and_security_4688(
    engine: Callable[[str, str], SigmaEngine],
    event: Callable[..., Event],
    channel: str,
    code: int,
    field: str,
    expected: bool,
) -> None:
    rules = engine("{product: windows, category: process_creation}", "Image|endswith: \\x.exe")
    seen = event("windows", extra={"Channel": channel, "EventID": code, field: "C:\\x.exe"})
    assert hit(rules, seen) is expected


def test_service_names_its_channel(
    engine: Callable[[str, str], SigmaEngine], event: Callable[..., Event]
) -> None:
    rules = engine("{product: windows, service: system}", "EventID: 7045")
    assert hit(rules, event("windows", extra={"Channel": "System", "EventID": 7045}))
    assert not hit(rules, event("windows", extra={"Channel": "Security", "EventID": 7045}))


def test_powershell_script_block(
    engine: Callable[[str, str], SigmaEngine], event: Callable[..., Event]
) -> None:
    rules = engine("{product: windows, category: ps_script}", "ScriptBlockText|contains: evil")
    channel = "Microsoft-Windows-PowerShell/Operational"
    assert hit(
        rules, event("windows", extra={"Channel": channel, "EventID": 4104, "ScriptBlockText": "evil()"})
    )
    assert not hit(
        rules, event("windows", extra={"Channel": channel, "EventID": 4103, "ScriptBlockText": "evil"})
    )


def test_a_rule_hits_an_event_once(
    engine: Callable[[str, str], SigmaEngine], event: Callable[..., Event]
) -> None:
    rules = engine("{product: windows, category: registry_event}", "TargetObject|contains: Run")
    seen = event("windows", extra={"Channel": SYSMON, "EventID": 13, "TargetObject": "HKLM\\Run"})
    assert len(list(rules.match_event(seen))) == 1


def test_webserver_rule_finds_its_fields_in_ecs(
    engine: Callable[[str, str], SigmaEngine], event: Callable[..., Event]
) -> None:
    rules = engine("{category: webserver}", "cs-uri-query|contains: jndi")
    assert hit(rules, event("http", url__query="a=${jndi:ldap://x}"))
    assert not hit(rules, event("http", url__path="/jndi"))
