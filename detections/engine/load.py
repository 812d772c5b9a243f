"""Rules from files, folders and release archives. Nothing is dropped without a line saying why."""

import zipfile
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import cast

import yaml
from sigma.exceptions import SigmaError
from sigma.rule import SigmaRule

from detections.engine.matching import Unsupported
from detections.engine.rule import Meaning, Refusal, Rule, RulePack
from detections.engine.variants import Pipelines, variants
from taishi.core.problems import Problem
from taishi.core.text import Text

_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
#: Only documents with one of these are rules at all.
_RULE_KEYS = frozenset({"detection", "correlation", "filter"})
#: Beside our own rules: their match and no-match examples.
EXAMPLES = ".examples.yml"


def load_rules(paths: Iterable[Path]) -> RulePack:
    """Every rule under the paths (folder, file or zip). Raises Problem where a path has none to read."""
    pack, pipelines, seen = RulePack(), Pipelines(), set[str]()
    for path in paths:
        for name, text in _texts(path):
            for document in _documents(name, text, pack):
                _take(name, document, pack, pipelines, seen)
    return pack


def _texts(path: Path) -> Iterator[tuple[str, str]]:
    if path.is_dir():
        for found in sorted(path.rglob("*.yml")):
            if not found.name.endswith(EXAMPLES):
                yield str(found), found.read_text("utf-8", "replace")
    elif path.suffix == ".zip" and path.is_file():
        yield from _zipped(path)
    elif path.is_file():
        yield str(path), path.read_text("utf-8", "replace")
    else:
        raise Problem(f"{path}: no such folder, rule or archive; check the path")


def _zipped(path: Path) -> Iterator[tuple[str, str]]:
    try:
        with zipfile.ZipFile(path) as archive:
            for name in sorted(archive.namelist()):
                if name.endswith(".yml") and not name.endswith(EXAMPLES):
                    yield f"{path}!{name}", archive.read(name).decode("utf-8", "replace")
    except zipfile.BadZipFile:
        raise Problem(f"{path}: is not a zip archive; download it again") from None


def _documents(name: str, text: str, pack: RulePack) -> Iterator[dict[str, object]]:
    try:
        documents = list(yaml.load_all(text, Loader=_Loader))
    except yaml.YAMLError as error:
        pack.refused.append(Refusal(name, f"not valid YAML: {_one_line(error)}"))
        return
    for document in documents:
        if isinstance(document, dict) and document.keys() & _RULE_KEYS:
            yield document


def _take(
    name: str, document: dict[str, object], pack: RulePack, pipelines: Pipelines, seen: set[str]
) -> None:
    refuse = pack.refused.append
    for kind in ("correlation", "filter"):
        if kind in document:
            refuse(Refusal(name, f"a {kind} rule: only single-event rules are matched yet"))
            return
    try:
        rule = _rule(name, document, pipelines)
    except (SigmaError, Unsupported, KeyError, TypeError, ValueError, RecursionError) as error:
        refuse(Refusal(name, _one_line(error)))
        return
    if rule.id in seen:
        refuse(Refusal(name, f"rule id {rule.id} is taken already; the first one stands"))
        return
    seen.add(rule.id)
    pack.rules.append(rule)


def _rule(name: str, document: dict[str, object], pipelines: Pipelines) -> Rule:
    parsed = SigmaRule.from_dict(document)
    source = parsed.logsource
    named = {"category": source.category, "product": source.product, "service": source.service}
    logsource = {key: value.lower() for key, value in named.items() if value}
    return Rule(
        id=str(parsed.id or parsed.name or name),
        title=parsed.title,
        level=parsed.level.name.lower() if parsed.level else "medium",
        path=name,
        tags=tuple(str(tag) for tag in parsed.tags),
        logsource=logsource,
        variants=variants(parsed, logsource, pipelines),
        meaning=_meaning(document),
        description=parsed.description or "",
    )


def _meaning(document: dict[str, object]) -> Meaning | None:
    own = document.get("taishi")
    if not isinstance(own, dict):
        return None
    return Meaning(
        threat=own["class"],
        subject=own["subject"],
        peer=own.get("peer"),
        attacker=own.get("attacker"),
        title=_text(own["title"]),
        summary=_text(own["summary"]),
        advice=_text(own["advice"]) if "advice" in own else None,
    )


def _text(given: object) -> Text:
    words = cast(Mapping[str, str], given)
    return Text(words["zh"], words["en"])


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())[:300] or type(error).__name__
