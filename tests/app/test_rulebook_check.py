"""A check says everything that is wrong, with a name and a severity, and nothing that is not."""

from pathlib import Path

import pytest

from taishi.app.rule_check import check_rules
from taishi.core.problems import Problem
from tests.app.test_rulebook import lay, rule
from tests.app.test_rulebook_release import archive

OWN = """title: Telnet answered, once
id: 6f0b9a2c-6d5c-4e53-a6f0-0e0f4d6a0100
status: test
tags: [attack.initial-access, attack.t1133]
logsource: {product: taishi, category: flow}
detection:
  selection: {network.protocol: telnet}
  condition: selection
level: medium
taishi:
  class: risk
  subject: destination.ip
  title: {zh: 明文远程登录, en: Telnet}
  summary: {zh: 明文, en: plain}
"""
EXAMPLES = """match:
  - {kind: flow, network.protocol: telnet}
no_match:
  - {kind: flow, network.protocol: ssh}
"""


def found(*paths: Path) -> list[tuple[str, str, str]]:
    issues = check_rules(paths, lambda *_: None).issues
    return [(Path(one.path).name, one.name, one.severity) for one in issues]


def test_a_good_rule_has_no_issue(tmp_path: Path) -> None:
    assert found(lay(tmp_path / "pack", long_enough_name=rule(1))) == []


def test_refused_rules_come_first_with_their_reason(tmp_path: Path) -> None:
    pack = lay(tmp_path / "pack", long_enough_name=rule(1), broken_yaml_here="title: x\ndetection: [1")
    checked = check_rules([pack], lambda *_: None)
    assert (checked.rules, checked.errors) == (1, 1)
    assert checked.issues[0].path == "broken_yaml_here.yml"
    assert "not valid YAML" in checked.issues[0].message


@pytest.mark.parametrize(
    ("change", "issue"),
    [
        (("  selection:\n", "  unused:\n    User: x\n  selection:\n"), ("DanglingDetectionIssue", "high")),
        (("level: high", "level: high\ntags: [attack.t10]"), ("InvalidATTACKTagIssue", "medium")),
        (("level: high", "level: high\ntags: [attack.defence-evasion]"), ("InvalidATTACKTagIssue", "medium")),
        (("'a.exe'", "'a.exe'\n    EventID: '1'"), ("NumberAsStringIssue", "low")),
        (("|endswith: 'a.exe'", ": '*a.exe'"), ("WildcardInsteadOfEndswithIssue", "low")),
    ],
)
def test_validators_name_what_is_wrong(
    tmp_path: Path, change: tuple[str, str], issue: tuple[str, str]
) -> None:
    pack = lay(tmp_path / "pack", long_enough_name=rule(1).replace(*change))
    assert found(pack) == [("long_enough_name.yml", *issue)]


@pytest.mark.parametrize("tag", ["attack.t1059.001", "attack.stealth", "attack.g0007", "cve.2026-1234"])
def test_tags_of_good_form_pass_without_the_network(tmp_path: Path, tag: str) -> None:
    text = rule(1).replace("level: high", f"level: high\ntags: [{tag}]")
    assert found(lay(tmp_path / "pack", long_enough_name=text)) == []


def test_the_same_id_and_title_in_two_files(tmp_path: Path) -> None:
    pack = lay(tmp_path / "pack", long_enough_name=rule(1), another_long_name=rule(2, title="Rule 1"))
    assert found(pack).count(("another_long_name.yml", "DuplicateTitleIssue", "high")) == 1


def test_a_zip_is_checked_by_the_names_in_it(tmp_path: Path) -> None:
    made = archive(
        tmp_path / "a.zip", {"rules/long_enough_name.yml": rule(1), "rules/broken_one.yml": "a: [1"}
    )
    checked = check_rules([made], lambda *_: None)
    assert [one.path for one in checked.issues] == ["rules/broken_one.yml"]


def test_our_rules_need_examples(tmp_path: Path) -> None:
    pack = lay(tmp_path / "pack", long_enough_name=OWN)
    assert found(pack) == [("long_enough_name.yml", "ExamplesUnusable", "error")]
    (pack / "long_enough_name.examples.yml").write_text(EXAMPLES)
    checked = check_rules([pack], lambda *_: None)
    assert (checked.issues, checked.examples) == ([], 2)


@pytest.mark.parametrize(
    ("change", "issue"),
    [
        (("telnet", "ftp"), "ExampleMissed"),
        (("ssh", "telnet"), "ExampleHit"),
        (("no_match", "other"), "ExamplesUnusable"),
        (("kind: flow, network.protocol: ssh", "network.protocol: ssh"), "ExamplesUnusable"),
        (("network.protocol: ssh", "no.such.column: 1"), "ExamplesUnusable"),
        (("network.protocol: ssh", "source.port: word"), "ExamplesUnusable"),
        (("no_match:", "no_match: ["), "ExamplesUnusable"),
    ],
)
def test_examples_that_do_not_hold(tmp_path: Path, change: tuple[str, str], issue: str) -> None:
    pack = lay(tmp_path / "pack", long_enough_name=OWN)
    (pack / "long_enough_name.examples.yml").write_text(EXAMPLES.replace(*change))
    assert found(pack) == [("long_enough_name.yml", issue, "error")]


def test_other_peoples_examples_are_tried_where_they_lie(tmp_path: Path) -> None:
    pack = lay(tmp_path / "pack", long_enough_name=OWN[: OWN.index("taishi:")])
    assert found(pack) == []
    (pack / "long_enough_name.examples.yml").write_text(EXAMPLES.replace("ssh", "telnet"))
    assert found(pack) == [("long_enough_name.yml", "ExampleHit", "error")]


def test_a_folder_without_rules(tmp_path: Path) -> None:
    with pytest.raises(Problem, match="holds no Sigma rule"):
        check_rules([lay(tmp_path / "empty", notes="just: words")], lambda *_: None)


def test_progress_is_told(tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []
    check_rules([lay(tmp_path / "pack", one=rule(1), two=rule(2))], lambda *how_far: told.append(how_far))
    assert told[-1] == (2, 2)


def test_none_of_our_own_rules_has_an_error() -> None:
    checked = check_rules([Path("detections/rules")], lambda *_: None)
    assert checked.rules >= 20
    assert [one for one in checked.issues if one.severity == "error"] == []
    assert checked.examples >= 2 * checked.rules


def test_sigmahqs_rules_have_no_error(corpus: Path) -> None:
    checked = check_rules([corpus / "sigma" / "rules"], lambda *_: None)
    assert checked.rules > 3000
    assert checked.errors == 0
