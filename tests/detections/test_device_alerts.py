"""What devices call an attack, from their line to the class and level of the hit; and what is none."""

from pathlib import Path

import pytest
import yaml

from detections.device_alerts import device_hit
from detections.networks import Networks
from sensors.choose import sense
from taishi.core.records import Hit
from taishi.core.source import Source

FRAME = "<134>Nov  1 01:02:04 gw "
LINES = yaml.safe_load(Path(__file__).with_name("device_lines.yml").read_text("utf-8"))
ATTACKS = {one["name"]: one for one in LINES["attacks"]}
PEACE = {one["name"]: one["line"] for one in LINES["peace"]}


def hits(path: Path, text: str) -> list[Hit]:
    path.write_text(text + "\n", "utf-8")
    source, refused = Source.of(path), []
    batches = list(sense(source).read(source, lambda _n, why, _raw: refused.append(why)))
    events = [event for batch in batches for event in batch.events()]
    assert (refused, len(events)) == ([], 1)
    alerts = [event for event in events if event.kind == "alert"]
    return [hit for event in alerts if (hit := device_hit(event, Networks()))]


@pytest.mark.parametrize("framed", [False, True])
@pytest.mark.parametrize("name", ATTACKS)
def test_an_attack_that_a_device_tells(name: str, framed: bool, tmp_path: Path) -> None:
    one = ATTACKS[name]
    (hit,) = hits(tmp_path / "device.log", FRAME * framed + one["line"])
    assert (hit.subject, hit.threat, hit.level) == (one["subject"], one["threat"], one["level"])
    assert hit.rule.startswith("taishi.device.")
    assert "设备" in hit.summary.zh


@pytest.mark.parametrize("framed", [False, True])
@pytest.mark.parametrize("name", PEACE)
def test_what_is_no_attack(name: str, framed: bool, tmp_path: Path) -> None:
    assert hits(tmp_path / "device.log", FRAME * framed + PEACE[name]) == []
