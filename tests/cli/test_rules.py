"""`taishi rules` as a person uses it: packs, lists, coverage, conversion, and one line where it cannot be."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from detections.engine.costs import Costs
from detections.pack import own_rules
from taishi.app.desk import open_desk
from taishi.app.rule_costs import RuleCost, RuleCosts, Searches, measured, write_costs
from taishi.cli.commands.rules import acts
from taishi.cli.main import main
from tests.app.test_rulebook import lay, rule
from tests.app.test_rulebook_release import archive
from tests.cli.ran import Ran, assert_one_line

Taishi = Callable[..., Ran]
PAGE = Path(__file__).parent.parent.parent / "docs" / "commands.md"
OWN = len(own_rules().rules)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A data directory with an administrator."""
    found = open_desk(tmp_path / "data")
    found.people.first_person()
    found.close()
    return tmp_path / "data"


@pytest.fixture
def release(tmp_path: Path) -> Path:
    members = {f"rules/windows/long_name_{n}.yml": rule(n) for n in (1, 2, 3)}
    return archive(tmp_path / "sigma_core.zip", {**members, "version.txt": "r2026-05"})


@pytest.mark.parametrize("act", list(acts()), ids=lambda act: act.name)
def test_every_act_is_documented_with_its_examples(act: object, capsys: pytest.CaptureFixture[str]) -> None:
    name, examples = act.name, act.examples  # type: ignore[attr-defined]  # an Act, which pytest passes on
    page = PAGE.read_text("utf-8")
    assert f"| `rules {name}` |" in page
    assert examples[0] in page
    with pytest.raises(SystemExit):
        main(["rules", name, "--help"])
    told = capsys.readouterr().out
    assert all(example in told for example in examples)


def test_add_list_update_rollback_remove(taishi: Taishi, data: Path, release: Path) -> None:
    added = taishi("rules", "add", release, "--data", data)
    assert added.status == 0
    assert "sigma_core: 3 rules, 0 refused (r2026-05)" in added.out
    listed = taishi("rules", "list", "--data", data, "--json").json["packs"]
    assert [(one["name"], one["rules"], one["refused"]) for one in listed] == [
        ("(own)", OWN, 0),
        ("sigma_core", 3, 0),
    ]
    assert (listed[1]["version"], listed[1]["added_by"], listed[1]["undo"]) == ("r2026-05", "admin", False)

    members = {f"rules/windows/long_name_{n}.yml": rule(n, level="low") for n in (2, 3, 4)}
    archive(
        release, {**members, "rules/windows/bad.yml": "title: x\ndetection: [1", "version.txt": "r2026-06"}
    )
    shown = taishi("rules", "update", release, "--data", data)
    assert shown.status == 0
    assert "+ low           Rule 4" in shown.out
    assert "- high          Rule 1" in shown.out
    assert "level: high → low" in shown.out
    assert "! rules/windows/bad.yml: not valid YAML" in shown.out
    assert "1 added, 1 removed, 2 changed" in shown.out
    assert "nothing is changed yet" in shown.out
    assert "r2026-05" in taishi("rules", "list", "--data", data).out
    applied = taishi("rules", "update", "sigma_core", "--apply", "--data", data, "--json").json
    assert (applied["applied"], applied["version"], len(applied["refused"])) == (True, "r2026-06", 1)

    assert taishi("rules", "list", "--state", "refused", "--data", data, "--json").json["rules"][0][
        "path"
    ] == ("rules/windows/bad.yml")
    assert "r2026-05 is back" in taishi("rules", "rollback", "sigma_core", "--data", data).out
    assert taishi("rules", "remove", "sigma_core", "--data", data).status == 0
    assert len(taishi("rules", "list", "--data", data, "--json").json["packs"]) == 1
    assert taishi("rules", "rollback", "sigma_core", "--data", data).status == 0
    verified = taishi("verify", "--data", data)
    assert verified.status == 0


def test_acts_without_a_state_need_nobody(taishi: Taishi, tmp_path: Path, release: Path) -> None:
    assert taishi("rules", "add", release, "--data", tmp_path / "new").status == 0
    assert "sigma_core" in taishi("rules", "list", "--data", tmp_path / "new").out


def test_what_cannot_be_done_is_one_line(taishi: Taishi, data: Path, release: Path, tmp_path: Path) -> None:
    bad = archive(tmp_path / "bad.zip", {"../out.yml": rule(1)})
    assert_one_line(taishi("rules", "add", bad, "--data", data), "bad.zip", "leads out")
    assert_one_line(taishi("rules", "add", tmp_path / "none", "--data", data), "no such folder")
    assert_one_line(taishi("rules", "add", release, "--as", "nobody", "--data", data), "nobody", status=1)
    assert_one_line(taishi("rules", "remove", "none", "--data", data), "no such rule pack")
    assert_one_line(taishi("rules", "rollback", "none", "--data", data), "nothing to put back", status=1)
    assert_one_line(taishi("rules", "update", release, "--data", data), "no pack called sigma_core", "--from")
    assert_one_line(taishi("rules", "check", tmp_path / "none"), "no such folder")
    assert_one_line(taishi("rules", "coverage", "--out", tmp_path, "--data", data), "is a folder")


def test_check_says_what_is_wrong(taishi: Taishi, tmp_path: Path) -> None:
    pack = lay(tmp_path / "pack", long_enough_name=rule(1))
    good = taishi("rules", "check", pack)
    assert (good.status, good.out.splitlines()[-1]) == (
        0,
        "1 rules, 0 correlations, 0 filters; 0 examples tried; 0 errors",
    )
    (pack / "another_long_name.yml").write_text(rule(2, title="Rule 1"))
    assert taishi("rules", "check", pack).status == 0
    strict = taishi("rules", "check", pack, "--strict", "high", "--json")
    assert strict.status == 1
    assert {one["issue"] for one in strict.json["issues"]} == {"DuplicateTitleIssue"}
    (pack / "broken_yaml_here.yml").write_text("title: x\ndetection: [1")
    broken = taishi("rules", "check", pack)
    assert broken.status == 1
    assert "error  broken_yaml_here.yml: Refused: not valid YAML" in broken.out


def test_list_filters_rules(taishi: Taishi, data: Path, tmp_path: Path) -> None:
    pack = lay(
        tmp_path / "mine",
        one=rule(1, level="critical").replace("level:", "tags: [attack.t1059.001]\nlevel:"),
        two=rule(2, title="Odd words"),
        three=rule(3).replace("|endswith: 'a.exe'", "|expand: '%admins%'"),
    )
    taishi("rules", "add", pack, "--data", data)

    def titles(*words: str) -> list[str]:
        found = taishi("rules", "list", *words, "--data", data, "--json").json["rules"]
        return [one["title"] for one in found if one["pack"] == "mine"]

    assert titles("--rules") == ["Rule 1", "Odd words", "Rule 3"]
    assert titles("--level", "critical") == ["Rule 1"]
    assert titles("--tag", "t1059.001") == titles("--tag", "attack.t1059.001") == ["Rule 1"]
    assert titles("--text", "ODD") == ["Odd words"]
    assert titles("--product", "process_creation", "--level", "high") == ["Odd words", "Rule 3"]
    assert titles("--product", "linux") == []
    assert titles("--state", "waiting") == ["Rule 3"]
    table = taishi("rules", "list", "--state", "waiting", "--data", data).out
    assert "Rule 3 (%admins%)" in table
    assert "windows/process_creation" in table


def test_costs_name_the_dear_rule(taishi: Taishi, data: Path) -> None:
    assert "no service has written any costs" in taishi("rules", "costs", "--data", data).out
    ours = own_rules().rules
    costs = (RuleCost(ours[0].id, 3, 1000, 9.0), RuleCost(ours[1].id, 5, 1000, 0.5))
    start = datetime(2026, 11, 17, 2, tzinfo=UTC)
    write_costs(data, RuleCosts(start, start, costs, {"X-2026-0001": 4}))
    shown = taishi("rules", "costs", "--data", data).out
    assert f"! {ours[0].title} costs too much: 9.0 s for 3 hits" in shown
    assert f"! {ours[1].title}" not in shown
    listed = taishi("rules", "costs", "--top", "1", "--data", data, "--json").json
    assert listed["rules"] == [
        {"rule": ours[0].id, "hits": 3, "evaluations": 1000, "seconds": 9.0, "dear": True}
    ]
    rules = taishi("rules", "list", "--rules", "--data", data, "--json").json["rules"]
    assert {(one["hits"], one["seconds"]) for one in rules} == {(3, 9.0), (5, 0.5), (None, None)}
    (data / "rule_costs.json").write_text("{")
    assert_one_line(taishi("rules", "costs", "--data", data), "rule_costs.json")


def test_an_engines_counts_are_kept_for_the_rules_it_decided() -> None:
    ours, counted = own_rules().rules[:3], Costs(3)
    counted.hits[0], counted.evaluations[0], counted.seconds[0] = 2, 5, 0.25
    counted.evaluations[2] = 1
    told = tuple(measured(ours, counted))
    assert told == (RuleCost(ours[0].id, 2, 5, 0.25), RuleCost(ours[2].id, 0, 1, 0.0))
    at = datetime(2026, 11, 17, 2, tzinfo=UTC)
    costs = RuleCosts(at, at, told)
    assert (costs.seconds, costs.dear()) == (0.25, ())


def test_costs_name_rules_whose_queries_did_not_tell_all(taishi: Taishi, data: Path) -> None:
    ours, at = own_rules().rules, datetime(2026, 11, 17, 2, tzinfo=UTC)
    searches = Searches(91, slices=3, queries=130, events=10_199, unanswered={ours[0].id: 2})
    write_costs(data, RuleCosts(at, at, (), searches=searches))
    shown = taishi("rules", "costs", "--data", data).out
    assert "91 rules search the store: 130 queries about 3 parts of it found 10199 events" in shown
    assert f"! {ours[0].title}: the engine stood in for its query 2 times" in shown
    told = taishi("rules", "costs", "--data", data, "--json").json["searches"]
    assert (told["rules"], told["unanswered"]) == (91, {ours[0].id: 2})


def test_coverage_writes_a_layer(taishi: Taishi, data: Path, tmp_path: Path) -> None:
    ran = taishi("rules", "coverage", "--out", tmp_path / "layer.json", "--data", data)
    assert ran.status == 0
    assert "command-and-control" in ran.out
    assert "T1018 Remote System Discovery" in ran.out
    layer = json.loads((tmp_path / "layer.json").read_text("utf-8"))
    assert layer["versions"]["layer"] == "4.5"
    assert {one["techniqueID"] for one in layer["techniques"]} >= {"T1071", "T1133"}


def test_convert_gives_queries(taishi: Taishi, tmp_path: Path) -> None:
    pack = lay(tmp_path / "pack", one=rule(1), two=rule(2, image="b.exe"))
    ran = taishi("rules", "convert", pack, "--target", "elasticsearch")
    assert (ran.status, ran.out) == (0, "Image:*a.exe\n\nImage:*b.exe\n")
    mapped = taishi(
        "rules", "convert", pack, "--target", "lucene", "--pipeline", "ecs_windows", "--json"
    ).json
    assert mapped["queries"][0]["query"] == "process.executable.caseless:*a.exe"
    documents = taishi("rules", "convert", pack, "--target", "lucene", "--format", "dsl_lucene").out
    assert [sorted(json.loads(line)) for line in documents.splitlines()] == [["query"], ["query"]]


def test_what_cannot_be_converted_is_one_line_a_rule(taishi: Taishi, tmp_path: Path) -> None:
    pack = lay(
        tmp_path / "pack",
        one=rule(1),
        two=rule(2).replace("Image|endswith: 'a.exe'", "Image|fieldref: ParentImage"),
        bad="title: x\ndetection: [1",
    )
    ran = taishi("rules", "convert", pack, "--target", "lucene")
    assert (ran.status, ran.out) == (1, "Image:*a.exe\n")
    assert [line.split(":")[0] for line in ran.err.splitlines()] == ["! bad.yml", "! two.yml"]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--target", "splunk"), "pip install pysigma-backend-splunk"),
        (("--target", "lucene", "--pipeline", "nowhere"), "installed are"),
        (("--target", "lucene", "--format", "odd"), "dsl_lucene"),
    ],
)
def test_what_is_not_installed_is_told(
    taishi: Taishi, tmp_path: Path, words: tuple[str, ...], told: str
) -> None:
    assert_one_line(taishi("rules", "convert", lay(tmp_path / "pack", one=rule(1)), *words), told)
