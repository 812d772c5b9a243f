"""Bad rules: each refused in time, with file, line and reason; the good rule beside it hits all the same."""

import os
import re
import zipfile
from pathlib import Path

import pytest

from taishi.core.problems import Problem
from tests.detections.engine.conformance.driver import as_yaml, loaded, rule_document
from tests.detections.engine.isolated import (
    GOOD,
    HEAD,
    ID,
    SECONDS,
    SOURCE,
    judge,
    judged_apart,
    one,
    rule,
)

pytestmark = pytest.mark.timeout(60)


def refusal(folder: Path, content: str | bytes, name: str = "bad.yml") -> str:
    """Why the one bad file was refused; no rule of it may have been taken."""
    (folder / name).write_bytes(content if isinstance(content, bytes) else content.encode())
    found = judge(folder)
    assert found.taken == ["The good rule"]
    assert found.refused, "silently dropped"
    assert all(name in line for line in found.refused)
    return " | ".join(found.refused).replace(str(folder), "")


def with_more(head: str) -> str:
    return rule("{s: {F|endswith: '!'}, condition: s}", head)


PLAIN = rule("{s: {F: 1}, condition: s}")
WRONG: dict[str, tuple[str, str]] = {
    "detection is a list": (rule("[a, b]"), "detection"),
    "detection is a text": (rule("abc"), "detection"),
    "detection is null": (rule("null"), "detection"),
    "detection is a number": (rule("7"), "detection"),
    "no condition": (rule("{s: {F: 1}}"), "condition"),
    "condition is a number": (rule("{s: {F: 1}, condition: 7}"), "condition"),
    "condition is a map": (rule("{s: {F: 1}, condition: {s: 1}}"), "condition"),
    "condition is empty": (rule("{s: {F: 1}, condition: ''}"), "condition"),
    "condition is null": (rule("{s: {F: 1}, condition: null}"), "condition"),
    "condition is an empty list": (rule("{s: {F: 1}, condition: []}"), "condition"),
    "condition is a list of numbers": (rule("{s: {F: 1}, condition: [1, 2]}"), "condition"),
    "condition only": (rule("{condition: s}"), ""),
    "an undefined selection": (one("F: 1", "s and other"), "other"),
    "1 of nothing*": (one("F: 1", "1 of nothing*"), "nothing"),
    "all of nothing": (one("F: 1", "s and all of nothing_*"), "nothing"),
    "them are none": (rule("{_s: {F: 1}, condition: 1 of them}"), ""),
    "an open bracket": (one("F: 1", "'(s'"), ""),
    "a closed bracket": (one("F: 1", "'s)'"), ""),
    "an operator at the end": (one("F: 1", "s and"), ""),
    "two operators": (one("F: 1", "s and or s"), ""),
    "no operator": (one("F: 1", "s s"), ""),
    "a number of them": (one("F: 1", "2 of s*"), ""),
    "the old pipe": (one("F: 1", "'s | count() > 5'"), ""),
    "an empty map": (rule("{s: {}, condition: s}"), ""),
    "an empty list": (rule("{s: [], condition: s}"), ""),
    "a selection that is null": (rule("{s: null, condition: s}"), ""),
    "an empty list of values": (one("F: []"), ""),
    "a map as a value": (one("F: {a: 1}"), ""),
    "a list in a list of values": (one("F: [[a, b], c]"), ""),
    "an unknown modifier": (one("F|explodes: 1"), "explodes"),
    "an empty modifier": (one("F||contains: x"), ""),
    "a modifier in capitals": (one("F|CONTAINS: x"), "CONTAINS"),
    "a flag without re": (one("F|i: x"), ""),
    "exists with a text": (one("F|exists: maybe"), ""),
    "exists without a field": (one("'|exists': true"), ""),
    "lt with words": (one("F|lt: many"), ""),
    "gt with a boolean": (one("F|gt: true"), ""),
    "hour with words": (one("F|hour: noon"), ""),
    "base64 with a wildcard": (one("F|base64: 'a*b'"), ""),
    "base64offset with a wildcard": (one("F|base64offset|contains: 'a*b'"), ""),
    "fieldref with a wildcard": (one("F|fieldref: 'G*'"), ""),
    "fieldref with a number": (one("F|fieldref: 7"), ""),
    "cidr of nonsense": (one("F|cidr: nonsense"), "nonsense"),
    "cidr out of range": (one("F|cidr: 300.0.2.0/24"), "300.0.2.0/24"),
    "cidr with too long a prefix": (one("F|cidr: 192.0.2.0/33"), "192.0.2.0/33"),
    "cidr with a number": (one("F|cidr: 24"), ""),
    "re that is not closed": (one("F|re: 'a(b'"), "a(b"),
    "re that repeats nothing": (one("F|re: '*a'"), "*a"),
    "re with a range turned round": (one("F|re: '[z-a]'"), "[z-a]"),
    "re with a map": (one("F|re: {a: b}"), ""),
    "re is null": (one("F|re: null"), ""),
    "title is missing": (PLAIN.replace("title: Bad\n", ""), "title"),
    "title is a list": (PLAIN.replace("title: Bad", "title: [a]"), "title"),
    "logsource is missing": (PLAIN.replace(SOURCE, ""), "source"),
    "logsource is a text": (PLAIN.replace(SOURCE, "logsource: x\n"), "source"),
    "logsource is empty": (PLAIN.replace(SOURCE, "logsource: {}\n"), "source"),
    "product is a list": (PLAIN.replace(SOURCE, "logsource: {product: [a]}\n"), ""),
    "level is a number": (with_more("level: 7\n"), "level"),
    "level is unknown": (with_more("level: apocalyptic\n"), "level"),
    "status is unknown": (with_more("status: odd\n"), "status"),
    "tags is a text": (with_more("tags: attack.t1059\n"), "tag"),
    "tags is a map": (with_more("tags: {a: 1}\n"), "tag"),
    "tags holds a number": (with_more("tags: [7]\n"), "tag"),
    "id is no UUID": (PLAIN.replace(ID, "not-a-uuid"), "UUID"),
    "id is a number": (PLAIN.replace(ID, "7"), ""),
    "date is none": (with_more("date: 2026-99-99\n"), ""),
    "keys are no texts": (rule("{s: {F: 1}, [a, b]: {F: 2}, condition: s}"), ""),
    "a value that is binary": (one("F: !!binary aGVsbG8="), ""),
    "a value that is a Python object": (one("F: !!python/object/apply:os.getcwd []"), ""),
    "an unknown tag": (one("F: !boom x"), ""),
    "a number that is none": (one("F: .nan"), ""),
    "a number without end": (one("F|gt: .inf"), ""),
    "a number of 5,000 digits": (one(f"F: {'9' * 5000}"), ""),
    "an action with nothing": ("action: repeat\n" + rule("{s: 7}"), ""),
}  # fmt: skip


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_rule_is_refused_with_its_reason(name: str, tmp_path: Path) -> None:
    content, word = WRONG[name]
    assert word.lower() in refusal(tmp_path, content).lower()


BROKEN = {
    "an open list": ("title: x\nlogsource: [a\ndetection: b\n", 3),
    "a tab": (f"{HEAD}detection:\n\ts: 1\n", 5),
    "an open quote": (f"{HEAD}detection:\n  s: 'a\n  condition: s\n", None),
    "an unknown alias": (f"{HEAD}detection: *nothing\n", 4),
    "wrong indentation": (f"{HEAD}detection:\n    s:\n   t: 1\n", 6),
    "two colons": (f"{HEAD}detection: a: b\n", 4),
}


@pytest.mark.parametrize("name", BROKEN)
def test_broken_yaml_is_refused_with_its_line(name: str, tmp_path: Path) -> None:
    content, line = BROKEN[name]
    reason = refusal(tmp_path, content)
    wanted = str(line or "[0-9]+")
    assert re.search(rf"line {wanted}\b|bad\.yml:{wanted}\b", reason), reason


def _laughs(width: int, depth: int) -> str:
    levels = [f"a0: &a0 [{', '.join(['lol'] * width)}]"]
    levels += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * width)}]" for n in range(1, depth)]
    return "\n".join(levels)


def _merges(width: int, depth: int) -> str:
    levels = ["m0: &m0 {F: a}"]
    levels += [f"m{n}: &m{n} {{<<: [{', '.join([f'*m{n - 1}'] * width)}]}}" for n in range(1, depth)]
    return "\n".join(levels)


EXPLODING = {
    "a billion laughs as values": f"{_laughs(9, 10)}\n{one('F: *a9')}",
    "a billion laughs as keywords": f"{_laughs(9, 10)}\n{rule('{s: *a9, condition: s}')}",
    "maps that merge maps": f"{_merges(9, 9)}\n{rule('{s: *m8, condition: s}')}",
    "a list that holds itself": one("F: &a [*a]"),
    "a map that holds itself": rule("{s: &a {F: *a}, condition: s}"),
    "a selection that holds itself": rule("{s: &a [*a], condition: s}"),
    "a condition that holds itself": rule("{s: {F: 1}, condition: &a [*a]}"),
    "lists nested deeply": rule(f"{{s: {'[' * 100_000}, condition: s}}"),
    "closed lists nested deeply": rule(f"{{s: {'[' * 20_000}{']' * 20_000}, condition: s}}"),
    "maps nested deeply": rule(f"{{s: {'{a: ' * 20_000}1{'}' * 20_000}, condition: s}}"),
    "blocks nested deeply": "\n".join(f"{' ' * at}a:" for at in range(3_000)) + "\ndetection: 1",
    "brackets nested deeply": rule(f"{{s: {{F: 1}}, condition: '{'(' * 50_000}s{')' * 50_000}'}}"),
    "not ten thousand times": rule(f"{{s: {{F: 1}}, condition: '{'not ' * 10_000}(s'}}"),
    "ten megabytes of an expression": one(f"F|re: '{'(a|b)[cd]e' * 1_000_000}'"),
}


@pytest.mark.parametrize("name", EXPLODING)
def test_what_explodes_is_refused_in_time(name: str, tmp_path: Path) -> None:
    refusal(tmp_path, EXPLODING[name])


#: Unusual, and no fault: taken (and then it does what it says) or refused, but in time. True: EVENT hits.
HEAVY = {
    "(a+)+$": (one("F|re: '^(a+)+$'"), False),
    "(a|aa)+$": (one("F|re: '^(a|aa)+$'"), False),
    "(.*a){20}": (one("F|re: '^(.*a){20}$'"), False),
    "(a*)*b": (one("F|re: '(a*)*b'"), False),
    "(a?){40}a{40}": (one("F|re: '^(a?){40}a{40}!'"), True),
    "an expression that counts far": (one("F|re: '((a{1,900}){1,900}){1,900}'"), True),
    "a billion laughs beside the detection": (f"{_laughs(9, 10)}\n{one('F: 1')}", False),
    "a field that is a number": (rule("{s: {7: a}, condition: s}"), False),
    "a selection that is a number": (rule("{8: {7: a}, condition: 1 of them}"), False),
    "stars": (one(f"F: '{'*a' * 30}*b'"), False),
    "windash of thirty dashes": (one(f"F|windash|contains: '{'-x ' * 30}'"), False),
    "windash, all": (one(f"F|windash|contains|all: ['{'-a' * 20}', '{'/b' * 20}']"), False),
    "1 of five thousand": (
        rule("{" + "".join(f"s{n}: {{F{n}: 1}}, " for n in range(5_000)) + "condition: 1 of s*}"), False,
    ),
    "1 of, three hundred times": (
        rule(
            "{" + "".join(f"s{n}: {{F{n}: 1}}, " for n in range(300))
            + f"condition: {' or '.join(['(1 of s* and not all of s1*)'] * 300)}}}"
        ), False,
    ),
    "two hundred brackets": (one("F|endswith: '!'", f"{'(' * 200}s{')' * 200}"), True),
    "two thousand terms": (one("F|endswith: '!'", " and ".join(["s"] * 2_000)), True),
    "five megabytes of comments": ("# comment\n" * 500_000 + one("F|endswith: '!'"), True),
    "five megabytes of description": (with_more(f"description: {'x' * 5_000_000}\n"), True),
    "a hundred thousand values": (one(f"F: [{', '.join(f'v{n}' for n in range(100_000))}]"), False),
    "a value of a megabyte": (one(f"F|contains: {'x' * 1_000_000}"), False),
    "a huge number": (one("F|lt: 1.0e+300"), False),
    "numbers beyond all bounds": (one(f"F: 1{'0' * 400}"), False),
    "a date as a value": (one("F: 2026-03-02"), False),
    "a thousand empty documents": ("---\n" * 1_000 + one("F|endswith: '!'"), True),
}  # fmt: skip


@pytest.mark.parametrize("name", HEAVY)
def test_what_is_heavy_takes_no_time(name: str, tmp_path: Path) -> None:
    content, hits = HEAVY[name]
    (tmp_path / "heavy.yml").write_text(content, "utf-8")
    found = judge(tmp_path)
    if "Bad" in found.taken:
        assert ("Bad" in found.hit) is hits
    else:
        assert any("heavy.yml" in line for line in found.refused), "silently dropped"


BYTES = {
    "random bytes": bytes(range(256)) * 20,
    "a program": b"\x7fELF\x02\x01\x01\0" + b"\0" * 5_000,
    "NULs in the text": one("F: a").replace("Bad", "B\0d").encode(),
    "a control character": one("F: a").replace("Bad", "B\x07d").encode(),
    "UTF-16 without a mark": one("F: a").encode("utf-16-le"),
    "bytes that are no UTF-8": one("F: aXb").encode().replace(b"X", b"\xff\xfe"),
    "GB 18030": one("F: 态势").encode("gb18030"),
    "UTF-8 cut in a character": one("F: 态势").encode()[:-20] + "势".encode()[:2],
}


@pytest.mark.parametrize("name", BYTES)
def test_what_is_no_text_is_refused(name: str, tmp_path: Path) -> None:
    refusal(tmp_path, BYTES[name])


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_byte_order_marks(encoding: str, tmp_path: Path) -> None:
    """UTF-8 with a mark is UTF-8; UTF-16 may be refused (Sigma says UTF-8), never passed over."""
    (tmp_path / "marked.yml").write_bytes(one("F|endswith: '!'").encode(encoding))
    found = judge(tmp_path)
    assert "Bad" in found.hit or (
        encoding == "utf-16" and any("marked.yml" in line for line in found.refused)
    )


def test_carriage_returns_are_line_ends(tmp_path: Path) -> None:
    (tmp_path / "dos.yml").write_bytes(one("F|endswith: '!'").replace("\n", "\r\n").encode())
    assert "Bad" in judge(tmp_path).hit


def test_a_duplicate_id_is_told_and_the_first_stands(tmp_path: Path) -> None:
    for name, title in (("a.yml", "First"), ("b.yml", "Second")):
        (tmp_path / name).write_text(one("F|endswith: '!'").replace("Bad", title), "utf-8")
    found = judge(tmp_path)
    assert "First" in found.hit
    assert "Second" not in found.taken
    assert ID in found.reason
    assert "b.yml" in found.reason


def test_one_bad_document_leaves_the_others_of_its_file(tmp_path: Path) -> None:
    second = rule_document({"s": {"F|endswith": "!"}, "condition": "s"}, "Second")
    (tmp_path / "two.yml").write_text(one("F|explodes: 1") + "---\n" + as_yaml(second), "utf-8")
    found = judge(tmp_path)
    assert "Second" in found.hit
    assert "explodes" in found.reason


def test_a_folder_that_holds_itself(tmp_path: Path) -> None:
    (tmp_path / "inner").mkdir()
    (tmp_path / "inner" / "again").symlink_to(tmp_path, target_is_directory=True)
    assert judge(tmp_path).taken == ["The good rule"]


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    """A pipe, a folder, a broken link and a device of errors, each with the name of a rule."""
    os.mkfifo(tmp_path / "pipe.yml")
    (tmp_path / "folder.yml").mkdir()
    (tmp_path / "link.yml").symlink_to(tmp_path / "nowhere")
    (tmp_path / "errors.yml").symlink_to("/proc/self/mem")
    found = judge(tmp_path)
    assert found.taken == ["The good rule"]
    for name in ("pipe.yml", "link.yml", "errors.yml"):
        assert any(name in line for line in found.refused), name


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_without_the_right_to_read(tmp_path: Path) -> None:
    (tmp_path / "secret.yml").write_text(one("F: 1"), "utf-8")
    (tmp_path / "secret.yml").chmod(0)
    assert "secret.yml" in judge(tmp_path).reason


def test_a_path_that_is_not_there_is_a_problem(tmp_path: Path) -> None:
    with pytest.raises(Problem, match="nowhere"):
        loaded([tmp_path / "nowhere"])


@pytest.mark.parametrize("kind", ["bomb", "damaged"])
def test_archives(kind: str, tmp_path: Path) -> None:
    path = tmp_path / "rules.zip"
    with zipfile.ZipFile(
        path, "w", zipfile.ZIP_DEFLATED if kind == "bomb" else zipfile.ZIP_STORED
    ) as archive:
        archive.writestr("rules/bad.yml", "# comment\n" * 40_000_000 if kind == "bomb" else one("F: DAMAGE"))
        archive.writestr("rules/good.yml", GOOD)
    path.write_bytes(path.read_bytes().replace(b"DAMAGE", b"damagE"))
    found = judged_apart(path)
    assert found.crash == ""
    assert found.hit == {"The good rule"}
    assert found.seconds <= SECONDS
    assert "bad.yml" in found.reason
