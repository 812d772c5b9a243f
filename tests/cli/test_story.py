"""The sample week through the real sensors: the story's verdicts, and no others."""

import json
from datetime import datetime

import pytest

from taishi.app.analysis import Options, analyze
from taishi.cli.commands.analyze import document
from taishi.core.records import LEVELS, THREATS
from taishi.sample.feed import write_feed
from taishi.sample.week import SampleWeek

Said = dict[str, object]


@pytest.fixture(scope="module")
def said(week: SampleWeek, tmp_path_factory: pytest.TempPathFactory) -> Said:
    """The document of one analysis of the whole week, with the sample's own feed."""
    start = datetime.fromisoformat(json.loads(week.truth.read_text("utf-8"))["start"])
    feed = write_feed(tmp_path_factory.mktemp("feed"), start)
    result = analyze([week.pcap, *week.logs], Options(units=week.register, intel=str(feed)))
    return json.loads(json.dumps(document(result, "zh")))


@pytest.fixture(scope="module")
def scenes(week: SampleWeek) -> list[Said]:
    return json.loads(week.truth.read_text("utf-8"))["scenes"]


def names(scene: Said) -> set[str]:
    return {scene["subject"], *scene["aliases"]}


def test_story_gives_its_verdicts_and_no_others(said: Said, scenes: list[Said]) -> None:
    for verdict in said["verdicts"]:
        peers = set(verdict["peers"])
        about = [
            scene
            for scene in scenes
            if verdict["subject"] in names(scene) and (not scene["peers"] or peers & set(scene["peers"]))
        ]
        assert about, f"{verdict['subject']} is in no scene"
        worst = min(about, key=lambda scene: (THREATS.index(scene["class"]), LEVELS.index(scene["level"])))
        assert (verdict["class"], verdict["level"], verdict["unit"]) == (
            worst["class"],
            worst["level"],
            worst["unit"],
        )


def test_every_scene_is_found(said: Said, scenes: list[Said]) -> None:
    judged = {verdict["subject"]: verdict for verdict in said["verdicts"]}
    for scene in scenes:
        found = [judged[name] for name in names(scene) if name in judged]
        assert found, scene["scene"]
        assert any(set(scene["peers"]) & set(one["peers"]) or not scene["peers"] for one in found), scene


def test_story_names_its_attackers(said: Said, scenes: list[Said]) -> None:
    wanted = {address for scene in scenes for address in scene["attackers"]}
    assert {one["ip"] for one in said["attackers"]} == wanted
    assert {one["ip"] for one in said["attackers"] if one["internal"]} == {"10.34.5.20"}


def test_every_reason_has_evidence_in_time(said: Said) -> None:
    for verdict in said["verdicts"]:
        first, last = (datetime.fromisoformat(verdict[name]) for name in ("first_seen", "last_seen"))
        assert verdict["count"] == sum(reason["count"] for reason in verdict["because"])
        for reason in verdict["because"]:
            assert reason["evidence"]
            assert all(first <= datetime.fromisoformat(one["time"]) <= last for one in reason["evidence"])


def test_only_intelligence_knows_the_control_server(said: Said) -> None:
    (verdict,) = [one for one in said["verdicts"] if one["subject"] == "10.34.3.30"]
    assert {reason["kind"] for reason in verdict["because"]} == {"intel"}
    origins = [origin for reason in verdict["because"] for origin in reason["intel"]]
    assert {one["value"] for one in origins} == {"sync.node-a.example", "203.0.113.42"}
    assert {one["tlp"] for one in origins} == {"green"}
    assert said["intel_problems"] == []
