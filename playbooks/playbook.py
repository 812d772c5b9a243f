"""Playbooks: what is done of itself when an alert is grave enough. One YAML file each, beside this module.

    name: {zh: 失陷主机处置, en: Compromised host}
    when:
      threat: compromised         # or a list
      min_level: high             # this level and worse
      unit: 县教育局              # optional: only this unit's alerts
      outside: attackers          # optional: one of them (or of the peers) is not on our networks
    do:
      - action: notice.draft
        with: {type: disposal}
      - action: block.propose
        with: {address: peers}

The file's name without `.yml` is the playbook's id.
"""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Literal, TypeVar

import msgspec
import yaml

from playbooks.check import Check, Document
from taishi.core.addresses import is_outside
from taishi.core.problems import Problem
from taishi.core.records import LEVELS, THREATS, Alert, Level, Threat
from taishi.core.text import Text

Side = Literal["peers", "attackers"]
SIDES: tuple[Side, ...] = ("peers", "attackers")

#: Every action with the parameters it takes and, where they are limited, their values.
ACTIONS: Mapping[str, Mapping[str, tuple[str, ...] | None]] = {
    "notice.draft": {"type": None},
    "block.propose": {"address": SIDES},
}


class Step(msgspec.Struct, frozen=True):
    """One action with its parameters."""

    action: str
    parameters: Mapping[str, str]


class Playbook(msgspec.Struct, frozen=True):
    """When it fits, and its steps in order."""

    id: str
    name: Text
    threats: tuple[Threat, ...]
    min_level: Level
    steps: tuple[Step, ...]
    unit: str | None = None
    outside: Side | None = None

    def fits(self, alert: Alert) -> bool:
        """Whether the alert calls for it; one that was dismissed never does."""
        verdict = alert.verdict
        return (
            alert.state != "dismissed"
            and verdict.threat in self.threats
            and LEVELS.index(verdict.level) <= LEVELS.index(self.min_level)
            and self.unit in (None, verdict.unit)
            and (self.outside is None or any(map(is_outside, side(alert, self.outside))))
        )


def playbooks(folder: Path | None = None) -> list[Playbook]:
    """Every playbook in the folder (ours by default), in name order."""
    return [load(path) for path in sorted((folder or Path(__file__).parent).glob("*.yml"))]


def load(path: Path) -> Playbook:
    """Reads one playbook. Raises Problem with every wrong key and what may stand there."""
    try:
        document = yaml.safe_load(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise Problem(f"{path}: cannot be read ({error}); check the file and its rights") from None
    except yaml.YAMLError as error:
        raise Problem(f"{path}: is no YAML ({' '.join(str(error).split())})") from None
    check = Check()
    playbook = _playbook(path.stem, check.mapping(document, "", required=("name", "when", "do")), check)
    if check.errors:
        raise Problem("\n".join(f"{path}: {error}" for error in check.errors))
    return playbook


V = TypeVar("V")


def side(alert: Alert, side: Side) -> tuple[str, ...]:
    return alert.verdict.peers if side == "peers" else alert.verdict.attackers


def _playbook(identity: str, document: Document, check: Check) -> Playbook:
    name = _present(document, "name", lambda value: _name(value, check))
    when = check.mapping(
        document.get("when", {}), "when",
        required=("threat", "min_level") if "when" in document else (), optional=("unit", "outside"),
    )  # fmt: skip
    threats = when.get("threat", THREATS[0])
    level = check.word(when.get("min_level", LEVELS[0]), "when.min_level", LEVELS, "level")
    listed = threats if isinstance(threats, list) else [threats]
    return Playbook(
        identity,
        name or Text("", ""),
        tuple(check.word(one, "when.threat", THREATS, "class") for one in listed),
        level,
        _present(document, "do", lambda value: _steps(value, check)) or (),
        _present(when, "unit", lambda value: check.text(value, "when.unit")),
        _present(when, "outside", lambda value: check.word(value, "when.outside", SIDES, "side")),
    )


def _present(document: Document, key: str, read: Callable[[object], V]) -> V | None:
    return read(document[key]) if key in document else None


def _name(value: object, check: Check) -> Text:
    both = check.mapping(value, "name", required=("zh", "en"))
    zh, en = (check.text(both[key], f"name.{key}") if key in both else "" for key in ("zh", "en"))
    return Text(zh, en)


def _steps(value: object, check: Check) -> tuple[Step, ...]:
    if not isinstance(value, list) or not value:
        check.errors.append("do: must be a list of steps, each with an action")
        return ()
    return tuple(_step(one, f"do[{number}]", check) for number, one in enumerate(value))


def _step(value: object, key: str, check: Check) -> Step:
    step = check.mapping(value, key, required=("action",), optional=("with",))
    if "action" not in step:
        return Step("", {})
    action = check.word(step["action"], f"{key}.action", tuple(ACTIONS), "action")
    if step["action"] != action:
        return Step(action, {})
    takes = ACTIONS[action]
    given = check.mapping(step.get("with", {}), f"{key}.with", required=takes)
    parameters = {}
    for name in (name for name in takes if name in given):
        allowed, where = takes[name], f"{key}.with.{name}"
        word = given[name]
        parameters[name] = (
            check.word(word, where, allowed, name) if allowed is not None else check.text(word, where)
        )
    return Step(action, parameters)
