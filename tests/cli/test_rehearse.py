"""`taishi rehearse`: what it prints, what it leaves, and what it says of a story that is none."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.app.rehearsal.playing import BOTH, UNITS, events
from tests.cli.ran import Ran, assert_one_line

Taishi = Callable[..., Ran]
START = "2026-05-18T08:00:00+08:00"
STEP = {"n": 1, "at": "2026-05-18T09:00:00+08:00"}


def story(folder: Path, *steps: object, **more: object) -> Path:
    path = folder / "story.json"
    path.write_text(json.dumps({"start": START, "units": UNITS, "steps": list(steps), **more}), "utf-8")
    return path


def test_it_tells_each_step_and_leaves_a_directory(taishi: Taishi, tmp_path: Path) -> None:
    told = story(
        tmp_path,
        {**STEP, "events": [events("compromised", "high", "10.34.2.15", 40, "r1", "198.51.100.7")]},
        {
            "n": 2,
            "at": "2026-05-19T09:00:00+08:00",
            "receive": {"subject": "10.34.2.15", "documents": BOTH},
            "quiet_for_h": 24,
            "try": "close",
        },
    )
    data = tmp_path / "played"
    ran = taishi("rehearse", told, "--data", data, "--json")
    assert (ran.status, ran.json["data"]) == (0, str(data))
    first, second = ran.json["steps"]
    assert [one["move"] for one in first["letters"]][-2:] == ["approve", "issue"]
    assert {one["address"]: one["state"] for one in first["blocks"]} == {
        "10.34.2.15": "applied",
        "198.51.100.7": "proposed",
    }
    assert second["refused"] == []
    assert ran.json["end"]["notices"]["issued"] == ran.json["end"]["notices"]["closed"] == 1

    assert taishi("verify", "--data", data).status == 0
    report = taishi("report", "--from", "2026-05-18", "--to", "2026-05-20", "--data", data, "--json").json
    assert report["total"] == report["by_unit"]["县教育局"] == 1
    assert report["notices"] == {"issued": 1, "closed": 1, "open": 0, "withdrawn": 0, "overdue": 0}
    assert report["blocks"] == {"applied": 1, "active": 0, "lifted": 1}
    assert report["coverage"]["pct"] == 100.0
    [block] = [
        one
        for one in taishi("block", "list", "--data", data, "--json").json["blocks"]
        if one["state"] == "proposed"
    ]
    act = ("--as", "审批人", "--why", "演练", "--data", data)
    assert taishi("block", "approve", block["id"], *act).status == 0
    states = {
        one["type"]: one["state"]
        for one in taishi("notice", "list", "--data", data, "--json").json["notices"]
    }
    assert states["disposal"] == "closed"
    own = tmp_path / "own.yml"
    own.write_text(taishi("notice", "policy", "--text", "--data", data).out, "utf-8")
    span = ("--from", "2026-05-18", "--to", "2026-05-20")
    tried = taishi("notice", "policy", "--try", own, *span, "--data", data, "--json").json
    assert tried["now"]["letters"] == tried["sent"] == {"disposal": 1}


def test_a_key_that_is_null_is_left_out(taishi: Taishi, tmp_path: Path) -> None:
    nothing = dict.fromkeys(("receive", "then_within_24h", "try", "ip", "approver", "quiet_for_h", "advance"))
    told = story(
        tmp_path, {**STEP, **nothing, "events": [{**events("risk", "high", "10.34.2.1"), "peers": None}]}
    )
    ran = taishi("rehearse", told, "--data", tmp_path / "played", "--json")
    assert (ran.status, ran.json["end"]["notices"]["issued"], ran.err) == (0, 1, "")


def test_people_read_the_end(taishi: Taishi, tmp_path: Path) -> None:
    told = story(tmp_path, {**STEP, "evnts": [], "events": [events("risk", "high", "10.34.2.1")]})
    ran = taishi("rehearse", told, "--data", tmp_path / "played")
    assert "End: 1 issued, 0 closed" in ran.out
    assert "steps[0].evnts: means nothing here" in ran.err


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"start": "2026-05-18T08:00:00"}, "start: '2026-05-18T08:00:00' has no zone"),
        ({"start": "yesterday"}, "Invalid RFC3339 encoded datetime - at `$.start`"),
        ({"units": [{"name": "甲", "cidr": ["10.0.0.0/40"]}]}, "units[0].cidr[0]: '10.0.0.0/40' is"),
        ({"units": [{"name": "甲"}, {"name": "甲 "}]}, "units[1].name: '甲 ' is empty or there already"),
        ({"protected": ["gateway"]}, "protected[0]: 'gateway' is no address or CIDR"),
        ({"steps": [{"n": 1}]}, "required field `at` - at `$.steps[0]`"),
        ({"steps": [{"n": 1, "at": "2026-05-17T09:00:00+08:00"}]}, "steps[0].at: 2026-05-17T09"),
        ({"steps": [{**STEP, "try": "dance"}]}, "Invalid enum value 'dance' - at `$.steps[0].try`"),
        ({"steps": [{**STEP, "try": "block"}]}, "steps[0].ip: is missing"),
        ({"steps": [{**STEP, "ip": "10.0.0"}]}, "steps[0].ip: '10.0.0' is no IP address"),
        ({"steps": [{**STEP, "quiet_for_h": -1}]}, "steps[0].quiet_for_h: -1"),
        ({"steps": [{**STEP, "receive": {"subject": "x", "documents": ["poem"]}}]}, "'poem' - at `$.step"),
        ({"steps": [{**STEP, "events": [events("worm", "high", "x")]}]}, "'worm' - at `$.steps[0].e"),
        ({"steps": [{**STEP, "events": [events("risk", "low", "x", 0)]}]}, "steps[0].events[0].count: 0"),
        ({"steps": [{**STEP, "events": [events("risk", "low", " ")]}]}, "steps[0].events[0].subject: is"),
        ({"steps": [{**STEP, "then_within_24h": [{}]}]}, "at `$.steps[0].then_within_24h[0]`"),
        ({"policy": {"cells": {}, "otherwise_days": 3}}, "policy: cells.compromised.high: is missing"),
    ],
)  # fmt: skip
def test_a_story_that_is_none_is_one_line_naming_the_key(
    taishi: Taishi, tmp_path: Path, changed: dict[str, object], said: str
) -> None:
    assert_one_line(taishi("rehearse", story(tmp_path, **changed), "--data", tmp_path / "played"), said)


def test_what_cannot_be_read_or_written_is_one_line(taishi: Taishi, tmp_path: Path) -> None:
    assert_one_line(taishi("rehearse", tmp_path / "none.json"), "none.json")
    broken = tmp_path / "broken.json"
    for text in ("{", "[" * 100_000, "[]", "null", '"\\ud800"'):
        broken.write_text(text, "utf-8")
        assert_one_line(taishi("rehearse", broken), "broken.json")
    assert_one_line(taishi("rehearse", story(tmp_path), "--data", tmp_path), "is not empty")
