"""Warninglists grade: false positives fall silent, identities are lowered, and both are told."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from enrichment.intel.values import normal
from enrichment.intel.warninglists import default_folder, grade, matched, warninglists
from taishi.core.indicators import Indicator
from taishi.core.problems import Problem

AT = datetime(2026, 11, 17, tzinfo=UTC)


def indicator(given: str, value: str) -> Indicator:
    kind, text = normal(given, value)
    return Indicator(f"{given} {value}", "s", "r", "a", kind, text, given, AT)


def effects(folder: Path | None, *asked: Indicator, **settings: str) -> dict[str, set[tuple[str, str]]]:
    marks, problems = grade(asked, warninglists(folder, settings))
    assert problems == []
    return {one: {(mark.effect, mark.name) for mark in found} for one, found in marks.items()}


def test_real_lists_silence_and_lower(corpus: Path) -> None:
    vpn = json.loads((corpus / "misp-warninglists/lists/vpn-ipv6/list.json").read_text())["list"][0]
    aws = json.loads((corpus / "misp-warninglists/lists/amazon-aws/list.json").read_text())["list"][0]
    found = effects(
        corpus / "misp-warninglists" / "lists",
        indicator("ip-dst", vpn.partition("/")[0]),
        indicator("ip-dst", aws.partition("/")[0]),
        indicator("ip-src", "10.1.2.3"),
        indicator("md5", "d41d8cd98f00b204e9800998ecf8427e"),
        indicator("domain", "co.uk"),
        indicator("ip-dst", "198.51.100.7"),
        indicator("domain", "c2.example.org"),
    )
    assert {effect for effect, _ in found[f"ip-dst {vpn.partition('/')[0]}"]} == {"lower"}
    assert ("lower", "amazon-aws") in found[f"ip-dst {aws.partition('/')[0]}"]
    assert ("silence", "rfc1918") in found["ip-src 10.1.2.3"]
    assert ("silence", "empty-hashes") in found["md5 d41d8cd98f00b204e9800998ecf8427e"]
    assert ("silence", "second-level-tlds") in found["domain co.uk"]
    assert "ip-dst 198.51.100.7" not in found, "documentation addresses are for exercises"
    assert "domain c2.example.org" not in found


def test_what_a_list_does_can_be_set(corpus: Path) -> None:
    one = indicator("ip-src", "10.1.2.3")
    folder = corpus / "misp-warninglists" / "lists"
    assert ("note", "rfc1918") in effects(folder, one, rfc1918="note", rfc5735="off")[one.id]
    assert one.id not in effects(folder, one, rfc1918="off", rfc5735="off")


def test_the_product_comes_with_lists() -> None:
    assert default_folder() is not None
    assert len(warninglists(None)) > 100


@pytest.mark.parametrize(
    ("kind", "entries", "given", "value", "there"),
    [
        ("cidr", ["192.0.2.0/24"], "ip-dst", "192.0.2.9", True),
        ("cidr", ["192.0.2.0/24"], "ip-dst", "192.0.2.0/25", True),
        ("cidr", ["192.0.2.0/25"], "ip-dst", "192.0.2.0/24", False),
        ("cidr", ["2001:db8::/32"], "ip-dst", "2001:DB8::1", True),
        ("cidr", ["192.0.2.9"], "ip-dst", "192.0.2.9", True),
        ("hostname", ["Example.org"], "hostname", "www.example.org", True),
        ("hostname", ["example.org"], "url", "http://www.example.org/x", True),
        ("hostname", ["example.org"], "domain", "notexample.org", False),
        ("string", ["example.org"], "domain", "www.example.org", False),
        ("string", ["AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"], "md5", "a" * 32, True),
        ("substring", [".tmp.example"], "domain", "x.tmp.example.org", True),
        ("regex", ["/^abuse@/i"], "email-src", "Abuse@example.org", True),
    ],
)
def test_lists_compare_as_misp_does(
    kind: str, entries: list[str], given: str, value: str, there: bool
) -> None:
    assert bool(list(matched(kind, entries, [indicator(given, value)]))) is there


def test_a_damaged_list_is_told_and_the_others_count(tmp_path: Path) -> None:
    for name, text in (
        ("bad", "{"),
        (
            "rfc1918",
            '{"name": "n", "type": "cidr", "list": ["10.0.0.0/8"], "matching_attributes": ["ip-src"]}',
        ),
    ):
        (tmp_path / name).mkdir()
        (tmp_path / name / "list.json").write_text(text)
    marks, problems = grade([indicator("ip-src", "10.1.2.3")], warninglists(tmp_path))
    assert len(marks) == 1
    assert len(problems) == 1


def test_a_folder_without_lists_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Problem, match="no warninglists"):
        warninglists(tmp_path)
