"""Rules as they stand in files, for everything that looks at their text instead of matching with them."""

from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from detections.engine.documents import documents
from detections.engine.files import texts
from detections.engine.load import RulePack
from detections.engine.rule import Refusal, Unsupported
from taishi.app.rule_release import take_release

#: Only documents with one of these are rules (Sigma specification 2.1: rules, correlations, filters).
RULE_KEYS = frozenset({"detection", "correlation", "filter"})


@dataclass(frozen=True)
class Written:
    """A rule as it stands in a file; `path` is relative to the pack."""

    id: str
    title: str
    level: str
    path: str
    document: Mapping[str, object]


def opened(path: Path, stack: ExitStack) -> Path:
    """A zip is unpacked, within the bounds of a release, for as long as the stack stands; anything else is
    read where it lies."""
    if path.suffix != ".zip" or path.is_dir():
        return path
    folder = Path(stack.enter_context(TemporaryDirectory(prefix="taishi-rules.")), path.stem)
    take_release(path, folder)
    return folder


def rule_texts(path: Path) -> dict[str, str]:
    """The texts of a folder's rule files by their names below it, or of one file; unreadable ones not."""
    folder = path if path.is_dir() else path.parent
    found = ((name.removeprefix(f"{folder}/"), text) for name, text in texts(path))
    return {name: text for name, text in found if isinstance(text, str)}


def written_rules(found: Mapping[str, str]) -> Iterator[Written]:
    """The rules in texts. What cannot be read as YAML gives none: the loader refuses it and says why."""
    for name, text in found.items():
        try:
            for document in documents(text):
                if document.keys() & RULE_KEYS:
                    yield _written(name, document)
        except Unsupported:
            continue


def taken_rules(path: Path, pack: RulePack) -> Iterator[Written]:
    """The rules of a folder or file that the loader took: others, bombs among them, are not for pySigma."""
    refused = {one.path for one in refusals_below(path, pack)}
    known = {rule.id.lower() for rule in pack.rules} | {one.id.lower() for one in pack.correlations}
    for rule in written_rules(rule_texts(path)):
        if rule.path not in refused or rule.id in known:
            yield rule


def refusals_below(path: Path, pack: RulePack) -> Iterator[Refusal]:
    """Refusals named by their place in the pack instead of where it lies just now."""
    top = f"{path if path.is_dir() else path.parent}/"
    for one in pack.refused:
        yield Refusal(one.path.removeprefix(top), one.reason.replace(top, ""))


def _written(name: str, document: Mapping[str, object]) -> Written:
    said = {key: str(document.get(key) or "") for key in ("id", "name", "title", "level")}
    return Written(said["id"].lower() or said["name"] or name, said["title"], said["level"], name, document)
