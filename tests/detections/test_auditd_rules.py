"""SigmaHQ's rules for the audit log hit what auditd writes: lines made from the rules' own conditions."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
import yaml

from detections.engine.load import load_rules
from detections.engine.sigma import SigmaEngine
from sensors.choose import sense
from taishi.core.source import Source

#: The rule for hidden files asks by a regular expression: no line is made for it here.
REQUIRED = 52
_KERNEL = re.compile(r"a\d+|item|argc|euid|uid|syscall")


def written(field: str, value: object, modifier: str) -> str:
    """A value that satisfies the condition, without wildcards."""
    text = str(value).replace("*", "x").replace("?", "x")
    if modifier == "endswith":
        return f"/x{text}" if field != "exe" else f"/usr{text}"
    return {"startswith": f"{text}x", "contains": f"x{text}x"}.get(modifier, text)


def lines(selection: Mapping[str, object]) -> Iterator[str]:
    """Records that satisfy a selection, one for each choice of its record type."""
    types = selection.get("type", "EXECVE")
    for kind in types if isinstance(types, list) else [types]:
        fields: dict[str, str] = {}
        for key, values in selection.items():
            name, _, modifier = key.partition("|")
            value = values[0] if isinstance(values, list) else values
            if name != "type":
                fields[name] = written(name, value, modifier.partition("|")[0])
        yield record(str(kind), fields)


def record(kind: str, fields: Mapping[str, str]) -> str:
    """The record as auditd writes it: what somebody chose in quotes or, with blanks, in hexadecimal."""
    kind = kind.upper()
    head = f"type={kind} msg=audit(1767225600.125:7): "
    enriched = "".join(f"\x1d{name}={value}" for name, value in fields.items() if name == "SYSCALL")
    plain = {name: value for name, value in fields.items() if name != "SYSCALL"}
    return head + " ".join(f"{name}={chosen(kind, name, text)}" for name, text in plain.items()) + enriched


def chosen(kind: str, name: str, text: str) -> str:
    if name in ("nametype", "unit") or (kind == "SYSCALL" and _KERNEL.fullmatch(name)):
        return text
    if re.search(r'[\s"]|[^\x21-\x7e]', text):
        return text.encode().hex().upper()
    return f'"{text}"'


def cases(detection: Mapping[str, object]) -> Iterator[str]:
    """Lines for a rule: each selection alone, and all of them together."""
    selections = [
        one
        for name, group in detection.items()
        if name != "condition" and "filter" not in name
        for one in (group if isinstance(group, list) else [group])
        if isinstance(one, dict)
    ]
    words = keywords(detection)
    for one in selections:
        yield from lines(one)
        yield from lines({"type": "EXECVE", **one, **words})
    for first in selections:
        for second in selections:
            for third in selections:
                yield from lines({**first, **second, **third})


def keywords(detection: Mapping[str, object]) -> dict[str, object]:
    """Arguments in which the rule's keywords stand, each word one."""
    found: list[str] = []
    for name, group in detection.items():
        chosen = group.get("|all", []) if isinstance(group, dict) else group
        if isinstance(chosen, list) and "filter" not in name and all(isinstance(one, str) for one in chosen):
            wanted = chosen if isinstance(group, dict) else chosen[:1]
            found += [word for one in wanted for word in one.split()]
    return {f"a{at}": word for at, word in enumerate(found, 5)} if "condition" in detection else {}


@pytest.fixture(scope="module")
def rules(corpus: Path) -> list[Path]:
    return sorted((corpus / "sigma/rules/linux/auditd").rglob("*.yml"))


def test_rules_for_the_audit_log_hit_lines_of_auditd(rules: list[Path], tmp_path: Path) -> None:
    engine = SigmaEngine(load_rules(rules).plan)
    missed = []
    for path in rules:
        rule = yaml.safe_load(path.read_text("utf-8"))
        log = tmp_path / f"{path.stem}.log"
        texts = dict.fromkeys(cases(rule["detection"]))
        log.write_text("".join(text.replace(":7)", f":{n})") + "\n" for n, text in enumerate(texts)), "utf-8")
        source = Source.of(log)
        hit = {
            found.id
            for batch in sense(source).read(source, lambda *_: None)
            for found, _ in engine.match(batch)
        }
        if rule["id"] not in hit:
            missed.append(path.stem)
    assert len(rules) == 53
    assert len(rules) - len(missed) >= REQUIRED, missed
