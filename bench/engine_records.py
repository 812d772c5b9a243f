"""Windows records of the corpus: as the evtx library writes them, and flat as rules are written."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from evtx import PyEvtxParser

from taishi.core.event import Json

Tree = dict[str, Json]
#: Children of System that rules ask for under their own names.
_SYSTEM = ("Level", "Task", "Opcode", "Keywords", "Version", "EventRecordID")


@dataclass(frozen=True)
class Record:
    """One record: its file (relative to the corpus), its zero-based place there, and both forms."""

    file: str
    place: int
    tree: Tree
    flat: Tree


def evtx_files(corpus: Path) -> list[Path]:
    """Every EVTX file of the attack samples and of SigmaHQ's regression cases."""
    roots = (corpus / "evtx", corpus / "sigma" / "regression_data")
    return [path for root in roots for path in sorted(root.rglob("*.evtx"))]


def records(corpus: Path, files: Iterable[Path]) -> Iterator[Record]:
    """Every record that can be read, in order; damaged ones keep their place and are left out."""
    for path in files:
        for place, text in enumerate(_texts(path)):
            tree = cast(Tree, json.loads(text)) if text else {}
            flat = flattened(tree)
            if flat:
                yield Record(str(path.relative_to(corpus)), place, tree, flat)


def _texts(path: Path) -> Iterator[str]:
    found = PyEvtxParser(str(path)).records_json()
    while True:
        try:
            record = next(found)
            yield record["data"] if record else ""
        except StopIteration:
            return
        except (RuntimeError, OSError, ValueError):
            yield ""


def flattened(tree: Tree) -> Tree:
    """The fields as Sigma rules name them: no spaces (`Threat Name` is ThreatName), no value that is null.

    Not our sensor's work, so that its flattening is compared as well. A record without `Event` gives nothing.
    """
    event, fields = tree.get("Event"), Tree()
    if not isinstance(event, dict):
        return {}
    system = cast(Tree, event.get("System") or {})
    for part in ("EventData", "UserData"):
        _leaves("Data", event.get(part), fields)
    own = {name: _text(system.get(name)) for name in _SYSTEM}
    provider = cast(dict[str, Tree], system.get("Provider") or {}).get("#attributes", {})
    known = {name: _text(system.get(name)) for name in ("EventID", "Channel", "Computer")}
    created = cast(dict[str, Tree], system.get("TimeCreated") or {}).get("#attributes", {})
    named = {"Provider_Name": provider.get("Name"), "SystemTime": created.get("SystemTime")}
    flat = {**own, **fields, **known, **named}
    return {name.replace(" ", ""): value for name, value in flat.items() if value is not None}


def _leaves(name: str, value: Json, fields: Tree) -> None:
    """Every element that holds no other by its own name; several texts of one element, a line each."""
    if isinstance(value, dict) and "#text" not in value:
        for inner, found in value.items():
            if not inner.startswith(("#", "@")):
                _leaves(inner, found, fields)
    else:
        fields.setdefault(name, _joined(_text(value)) if name == "Data" else _text(value))


def _text(value: Json) -> Json:
    return _joined(value.get("#text")) if isinstance(value, dict) else value


def _joined(value: Json) -> Json:
    if not isinstance(value, list):
        return value
    return "\n".join("" if item is None else str(item) for item in value)


def write_flat(found: Iterable[Record], path: Path) -> int:
    """One line a record; how many."""
    count = 0
    with path.open("w", encoding="utf-8") as file:
        for count, one in enumerate(found, 1):  # noqa: B007 - counted for the answer
            file.write(json.dumps(one.flat, ensure_ascii=False, separators=(",", ":")) + "\n")
    return count
