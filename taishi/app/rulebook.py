"""The rule packs of a data directory: added, listed, taken away."""

import shutil
from dataclasses import dataclass
from pathlib import Path

from detections.engine.load import load_rules
from detections.engine.rule import RulePack
from taishi.core.problems import Problem


@dataclass(frozen=True)
class Added:
    """What adding a pack did."""

    name: str
    pack: RulePack


def pack_paths(data: Path) -> list[Path]:
    """The packs that were added, in name order."""
    folder = data / "rules"
    return sorted(path for path in folder.iterdir() if path.name[0] != ".") if folder.is_dir() else []


def add_pack(data: Path, path: Path) -> Added:
    """Checks a folder, file or release zip and keeps a copy. Raises Problem where it holds no rule."""
    pack = load_rules([path])
    if not pack.rules:
        why = f" (first reason: {pack.refused[0].reason})" if pack.refused else ""
        raise Problem(f"{path}: holds no Sigma rule that can be used{why}")
    kept = data / "rules" / path.name
    new = kept.with_name(f".{kept.name}.new")
    new.parent.mkdir(parents=True, exist_ok=True)
    _remove(new)
    if path.is_dir():
        shutil.copytree(path, new, ignore=_only_rules)
    else:
        shutil.copy2(path, new)
    _remove(kept)
    new.rename(kept)
    return Added(kept.name, pack)


def remove_pack(data: Path, name: str) -> None:
    """Raises Problem where there is no such pack."""
    kept = {path.name: path for path in pack_paths(data)}
    if name not in kept:
        listed = ", ".join(kept) or "none"
        raise Problem(f"{name}: no such rule pack; there are: {listed}")
    _remove(kept[name])


def _only_rules(folder: str, names: list[str]) -> set[str]:
    return {name for name in names if (Path(folder) / name).is_file() and not name.endswith(".yml")}


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
