"""Rules tried on past events, and exceptions: what a person sees before and after an alert."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from detections.pack import own_rules
from taishi.app.desk import open_desk
from taishi.app.rule_costs import RuleCosts, write_costs
from taishi.core.event import BatchBuilder
from tests.app.test_rulebook import lay
from tests.cli.ran import Ran, assert_one_line

Taishi = Callable[..., Ran]
RULE = """title: Telnet at all
id: 6f0b9a2c-6d5c-4e53-a6f0-0e0f4d6a0200
status: test
logsource: {product: taishi, category: flow}
detection:
  selection: {network.protocol: telnet}
  condition: selection
level: low
"""


MANY = """---
title: Telnet again and again
id: 6f0b9a2c-6d5c-4e53-a6f0-0e0f4d6a0201
correlation:
  type: event_count
  rules: [6f0b9a2c-6d5c-4e53-a6f0-0e0f4d6a0200]
  group-by: [source.ip]
  timespan: 3d
  condition: {gte: 3}
level: high
"""


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A data directory with people and flows of three days, telnet among them."""
    found = open_desk(tmp_path / "data")
    found.people.first_person()
    found.people.create("张三", ["analyst"], "admin")
    builder = BatchBuilder("flow", "test", "test")
    for number in range(9):
        builder.add(
            number,
            {
                "@timestamp": datetime(2026, 3, 1 + number // 3, 4, number, tzinfo=UTC),
                "source.ip": f"192.0.2.{number % 2}",
                "destination.ip": "198.51.100.1",
                "network.protocol": "telnet" if number % 3 else "ssh",
            },
        )
    batch = builder.take()
    assert batch is not None
    found.events.write([batch])
    found.close()
    return tmp_path / "data"


@pytest.fixture
def telnet(tmp_path: Path) -> Path:
    return lay(tmp_path / "new", telnet_at_all=RULE) / "telnet_at_all.yml"


def test_a_rule_is_tried_on_stored_events(taishi: Taishi, data: Path, telnet: Path) -> None:
    ran = taishi("rules", "test", telnet, "--data", data)
    assert ran.status == 0
    assert "Telnet at all  (low, 6f0b9a2c" in ran.out
    assert "6 events, 2026-03-01 12:01:00 to 2026-03-03 12:08:00" in ran.out
    assert "on 192.0.2.1 (3), 192.0.2.0 (3)" in ran.out
    assert ran.out.splitlines()[-1] == "1 of 1 rules hit in 9 events"
    (told,) = taishi("rules", "test", telnet, "--data", data, "--json").json["rules"]
    assert (told["hits"], len(told["examples"]), told["first"]) == (6, 5, "2026-03-01T04:01:00Z")


def test_a_correlation_is_tried_with_its_rules(taishi: Taishi, data: Path, tmp_path: Path) -> None:
    pack = lay(tmp_path / "new", telnet_many=RULE + MANY)
    out = taishi("rules", "test", pack, "--data", data).out
    assert "Telnet again and again  (high" in out
    assert "2 times, 2026-03-01 12:01:00 to 2026-03-03 12:08:00" in out
    assert "3 events, source.ip=192.0.2.1" in out
    assert "6 events, for a correlation only" in out
    assert out.splitlines()[-1] == "2 of 2 rules hit in 9 events"
    assert taishi("rules", "add", pack, "--data", data).status == 0
    (told,) = taishi("rules", "test", "Telnet again and again", "--data", data, "--json").json["rules"]
    assert (told["correlation"], told["hits"]) == (True, 2)
    assert told["hosts"] == {"source.ip=192.0.2.0": 3, "source.ip=192.0.2.1": 3}


@pytest.mark.parametrize(
    ("span", "events"),
    [
        (("--from", "2026-03-02"), 6),
        (("--to", "2026-03-02"), 6),
        (("--from", "2026-03-02", "--to", "2026-03-02"), 3),
        (("--to", "2026-03-01T12:01:00+08:00"), 1),
        (("--from", "2027-01-01"), 0),
    ],
)
def test_a_span_of_time(taishi: Taishi, data: Path, telnet: Path, span: tuple[str, ...], events: int) -> None:
    assert taishi("rules", "test", telnet, *span, "--data", data, "--json").json["events"] == events


def test_an_installed_rule_is_meant_by_id_title_or_file_name(taishi: Taishi, data: Path) -> None:
    ours = next(one for one in own_rules().rules if one.path.endswith("telnet.yml"))
    for name in (ours.id, ours.title.upper(), "telnet"):
        told = taishi("rules", "test", name, "--data", data, "--json").json["rules"]
        assert [one["rule"] for one in told] == [ours.id]
    assert_one_line(taishi("rules", "test", "no such", "--data", data), "taishi rules list --rules")


def test_rules_are_tried_on_files(taishi: Taishi, data: Path, telnet: Path, tmp_path: Path) -> None:
    taishi_events = tmp_path / "events.jsonl"
    exported = taishi("events", "export", "--data", data)
    taishi_events.write_text(exported.out)
    ran = taishi("rules", "test", telnet, "--file", taishi_events, "--json")
    assert (ran.json["events"], ran.json["rules"][0]["hits"]) == (9, 6)
    assert_one_line(taishi("rules", "test", telnet, "--file", tmp_path / "none"), "no such file")


def test_nothing_to_try(taishi: Taishi, data: Path, tmp_path: Path) -> None:
    bad = lay(tmp_path / "bad", one="title: x\ndetection: [1")
    assert_one_line(taishi("rules", "test", bad, "--data", data), "no Sigma rule that can be used", "YAML")
    assert_one_line(taishi("rules", "test", "telnet", "--data", tmp_path / "none"), "holds no data")
    assert_one_line(taishi("rules", "test", "telnet", "--from", "soon", "--data", data), "--from soon")


def test_rules_without_a_source_are_shown_as_such(taishi: Taishi, data: Path) -> None:
    told = taishi("rules", "list", "--state", "no source", "--data", data, "--json").json["rules"]
    assert {one["logsource"].get("product") for one in told} >= {"windows"}
    ready = taishi("rules", "list", "--state", "ready", "--data", data, "--json").json["rules"]
    assert "telnet" in " ".join(one["path"] for one in ready)


def test_an_exception_is_made_listed_and_ended(taishi: Taishi, data: Path) -> None:
    words = ("--where", "source.ip=192.0.2.0/28", "--where", "network.protocol=tel*", "--why", "our scanner")
    made = taishi("rules", "except", "telnet", *words, "--as", "张三", "--data", data, "--json").json
    assert made["where"] == {"source.ip": "192.0.2.0/28", "network.protocol": "tel*"}
    assert (made["mode"], made["who"]) == ("except", "张三")
    number = made["id"]
    at = datetime(2026, 3, 1, tzinfo=UTC)
    write_costs(data, RuleCosts(at, at, (), {number: 12}))
    (listed,) = taishi("rules", "exceptions", "--data", data, "--json").json["exceptions"]
    assert (listed["id"], listed["kept_back"]) == (number, 12)
    table = taishi("rules", "exceptions", "--data", data).out
    for word in (number, "standing", "12", "张三", "source.ip=192.0.2.0/28", "our scanner"):
        assert word in table
    assert taishi("rules", "unexcept", number, "--why", "gone", "--as", "张三", "--data", data).status == 0
    assert "ended" in taishi("rules", "exceptions", "--data", data).out
    again = taishi("rules", "unexcept", number, "--why", "gone", "--as", "张三", "--data", data)
    assert_one_line(again, "over already", status=1)


def test_hits_are_thinned_out(taishi: Taishi, data: Path) -> None:
    words = ("--every", "1h", "--group", "source.ip", "--why", "many", "--as", "张三", "--data", data)
    made = taishi("rules", "except", "telnet", *words)
    assert made.status == 0
    assert "everywhere, one in 1:00:00 of the same source.ip" in made.out


@pytest.mark.parametrize(
    ("words", "status", "told"),
    [
        (("no such rule",), 2, "no installed rule"),
        (("telnet", "--where", "source.ip"), 2, "FIELD=VALUE"),
        (("telnet", "--where", "a=1", "--where", "a=2"), 2, "given twice"),
        (("telnet", "--until", "later"), 2, "--until later"),
        (("telnet", "--every", "often"), 2, "--every often"),
        (("telnet", "--until", "2020-01-01"), 1, "must end after"),
        (("*",), 1, "every rule, everywhere"),
    ],
)
def test_an_exception_that_cannot_be(
    taishi: Taishi, data: Path, words: tuple[str, ...], status: int, told: str
) -> None:
    ran = taishi("rules", "except", *words, "--why", "known", "--as", "张三", "--data", data)
    assert_one_line(ran, told, status=status)


def test_an_exception_needs_a_person_and_a_reason(taishi: Taishi, data: Path) -> None:
    assert_one_line(
        taishi("rules", "except", "telnet", "--as", "nobody", "--why", "x", "--data", data), "nobody"
    )
    assert_one_line(
        taishi("rules", "except", "telnet", "--as", "张三", "--data", data), "a reason is needed", status=1
    )
    assert taishi("rules", "except", "telnet", "--why", "x", "--data", data).status == 2
