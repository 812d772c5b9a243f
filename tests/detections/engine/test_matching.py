"""Every value modifier of Sigma 2.1 on single events, as the specification says."""

import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from detections.engine.load import RulePack, load_rules
from detections.engine.sigma import SigmaEngine
from taishi.core.event import Event, Json

CASES: list[tuple[str, str, dict[str, Json], bool]] = [
    ("equal, case does not matter", "Image: CMD.exe", {"Image": "cmd.EXE"}, True),
    ("equal means all of it", "Image: cmd", {"Image": "cmd.exe"}, False),
    ("star", "Image: '*\\cmd.exe'", {"Image": "C:\\Windows\\cmd.exe"}, True),
    ("star in the middle", "Image: 'C:\\\\*\\cmd.exe'", {"Image": "C:\\a\\b\\cmd.exe"}, True),
    ("question mark is one letter", "Image: 'c?d'", {"Image": "cd"}, False),
    ("escaped star", "Image: 'a\\*b'", {"Image": "a*b"}, True),
    ("escaped star is no wildcard", "Image: 'a\\*b'", {"Image": "axxb"}, False),
    ("contains", "Line|contains: dump", {"Line": "MiniDump full"}, True),
    ("startswith", "Line|startswith: mini", {"Line": "MiniDump"}, True),
    ("endswith", "Line|endswith: mini", {"Line": "MiniDump"}, False),
    ("contains all", "Line|contains|all: [a, b]", {"Line": "xax"}, False),
    ("contains any", "Line|contains: [a, b]", {"Line": "xax"}, True),
    ("re is case sensitive", "Line|re: '^Mini'", {"Line": "mini"}, False),
    ("re with i", "Line|re|i: '^Mini'", {"Line": "mini"}, True),
    ("re searches", "Line|re: 'D[u]mp'", {"Line": "MiniDump full"}, True),
    ("re with m", "Line|re|m: '^b$'", {"Line": "a\nb"}, True),
    ("re with s", "Line|re|s: 'a.b'", {"Line": "a\nb"}, True),
    ("cased", "Line|cased: Mini", {"Line": "mini"}, False),
    ("cased contains", "Line|contains|cased: Mini", {"Line": "a Mini b"}, True),
    ("cidr", "Ip|cidr: 192.0.2.0/24", {"Ip": "192.0.2.77"}, True),
    ("cidr of six", "Ip|cidr: 2001:db8::/32", {"Ip": "2001:db8::1"}, True),
    ("cidr and no address", "Ip|cidr: 192.0.2.0/24", {"Ip": "-"}, False),
    ("lt", "Size|lt: 10", {"Size": 9}, True),
    ("gte on text", "Size|gte: 10", {"Size": "10"}, True),
    ("gt on words", "Size|gt: 1", {"Size": "many"}, False),
    ("number as text", "Id: 4688", {"Id": "4688"}, True),
    ("number as hexadecimal text", "Id: 16", {"Id": "0x10"}, True),
    ("text as number", "Id: '4688'", {"Id": 4688}, True),
    ("boolean", "Flag: true", {"Flag": "True"}, True),
    ("null on an absent field", "Gone: null", {"Line": "x"}, True),
    ("null on a present field", "Line: null", {"Line": "x"}, False),
    ("empty text", "Line: ''", {"Line": ""}, True),
    ("empty text is not absent", "Gone: ''", {"Line": "x"}, False),
    ("exists", "Line|exists: true", {"Line": ""}, True),
    ("exists not", "Gone|exists: false", {"Line": ""}, True),
    ("fieldref", "A|fieldref: B", {"A": "x", "B": "X"}, True),
    ("fieldref endswith", "A|fieldref|endswith: B", {"A": "abc", "B": "bc"}, True),
    ("windash", "Line|windash|contains: ' -ma '", {"Line": "procdump /ma lsass"}, True),
    ("base64", "Line|base64|contains: 'foobar'", {"Line": "x Zm9vYmFy y"}, True),
    ("base64offset", "Line|base64offset|contains: 'foobar'", {"Line": "AGZvb2Jhcg"}, True),
    ("wide base64offset", "Line|wide|base64offset|contains: 'ab'", {"Line": "YQBiAA=="}, True),
    ("neq", "Line|neq: x", {"Line": "y"}, True),
    ("hour", "When|hour: 3", {"When": "2026-03-02T03:04:05+08:00"}, True),
    ("month", "When|month: 4", {"When": "2026-03-02T03:04:05+08:00"}, False),
    ("list values: any element", "Many: b", {"Many": ["a", "b"]}, True),
    ("name with a space", "ThreatName: x", {"Threat Name": "x"}, True),
]

RULE = """
title: A rule
id: 7d4c0f5e-2f5a-4f0e-9a39-3b5dd4a10{number:03d}
status: test
description: x
logsource: {{product: taishi, category: other}}
detection:
{detection}
level: medium
"""


def write_rule(tmp_path: Path, detection: str, number: int = 1) -> RulePack:
    path = tmp_path / f"rule{number}.yml"
    path.write_text(RULE.format(detection=detection, number=number), "utf-8")
    return load_rules([path])


def hits(pack: RulePack, event: Event) -> bool:
    assert pack.refused == ()
    return bool(list(SigmaEngine(pack.plan).match_event(event)))


@pytest.mark.parametrize(("name", "item", "extra", "expected"), CASES, ids=[case[0] for case in CASES])
def test_modifier(
    name: str, item: str, extra: dict[str, Json], expected: bool, tmp_path: Path, event: Callable[..., Event]
) -> None:
    pack = write_rule(tmp_path, f"  sel:\n    {item}\n  condition: sel")
    assert hits(pack, event("other", extra=extra)) is expected


CONDITIONS = [
    ("a and b", True), ("a and c", False), ("a or c", True), ("not c", True), ("a and not c", True),
    ("1 of sel*", True), ("all of sel*", False), ("all of them", False), ("1 of them", True),
    ("(a or c) and (b or c)", True), ("not (a and b)", False), ("not 1 of c*", True), ("any of them", True),
]  # fmt: skip


@pytest.mark.parametrize(("condition", "expected"), CONDITIONS, ids=[one[0] for one in CONDITIONS])
def test_condition(condition: str, expected: bool, tmp_path: Path, event: Callable[..., Event]) -> None:
    detection = "\n".join(
        (
            "  a: {F: 1}",
            "  b: {F|contains: '1'}",
            "  c: {F: 2}",
            "  sel_x: {F: 1}",
            "  sel_y: {F: 2}",
            f"  condition: {condition}",
        )
    )
    assert hits(write_rule(tmp_path, detection), event("other", extra={"F": "1"})) is expected


def test_keywords_are_searched_everywhere(tmp_path: Path, event: Callable[..., Event]) -> None:
    pack = write_rule(tmp_path, "  words: ['Needle', 'other*thing']\n  condition: words")
    assert hits(pack, event("other", message="hay needle hay"))
    assert hits(pack, event("other", extra={"Field": "another big thing"}))
    assert not hits(pack, event("other", message="hay"))


def test_list_of_maps_is_any_of_them(tmp_path: Path, event: Callable[..., Event]) -> None:
    pack = write_rule(tmp_path, "  sel:\n    - A: 1\n      B: 2\n    - C: 3\n  condition: sel")
    assert hits(pack, event("other", extra={"C": 3}))
    assert hits(pack, event("other", extra={"A": 1, "B": 2}))
    assert not hits(pack, event("other", extra={"A": 1}))


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("title: x\ndetection: [1", "not valid YAML"),
        ("title: x\nid: y\nlogsource: {product: taishi}\ndetection: {condition: sel}", "must be an UUID"),
        ("title: x\ncorrelation: {type: event_count}", "rules"),
        ("title: x\nfilter: {rules: []}", "log source"),
    ],
)
def test_refused_with_a_reason(text: str, reason: str, tmp_path: Path) -> None:
    (tmp_path / "bad.yml").write_text(text, "utf-8")
    pack = load_rules([tmp_path])
    assert pack.rules == ()
    assert reason in pack.refused[0].reason
    assert pack.refused[0].path.endswith("bad.yml")


def test_yaml_that_is_no_rule_is_passed_over(tmp_path: Path) -> None:
    (tmp_path / "other.yml").write_text("a: 1", "utf-8")
    assert load_rules([tmp_path]) == RulePack()


def test_the_same_rule_twice_is_taken_once_and_said(tmp_path: Path) -> None:
    write_rule(tmp_path, "  sel: {A: 1}\n  condition: sel")
    (tmp_path / "again.yml").write_text((tmp_path / "rule1.yml").read_text("utf-8"), "utf-8")
    pack = load_rules([tmp_path])
    assert len(pack.rules) == 1
    assert "taken already" in pack.refused[0].reason


def test_rules_from_a_release_archive(tmp_path: Path) -> None:
    write_rule(tmp_path, "  sel: {A: 1}\n  condition: sel")
    with zipfile.ZipFile(tmp_path / "core.zip", "w") as archive:
        archive.write(tmp_path / "rule1.yml", "rules/windows/rule1.yml")
    assert [rule.path for rule in load_rules([tmp_path / "core.zip"]).rules] == [
        f"{tmp_path / 'core.zip'}!rules/windows/rule1.yml"
    ]
