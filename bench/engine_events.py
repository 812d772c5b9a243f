"""A long stream of Windows events, made from the corpus's records; the same for the same seed.

Each record becomes a template: what differs between one event and the next on a real network (time, record
id, host, user, SID, process ids and GUIDs, addresses, hashes, names of files, parts of command lines) is a
slot, filled anew for every event, so that few values repeat which would not repeat in a real log.
The mix: classes (channel and event id) as often as in the corpus, none above a sixth of the stream; within a
class the records on which no rule hits nearly always, because the corpus is made of attacks and a log is not.
"""

import json
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import cast

from engine_records import Record, Tree, flattened
from engine_slots import Slot, Values

from taishi.core.event import Json

SEED = 20260302
#: The most that one class may have of the stream, and what events on which a rule hits have of their class.
LARGEST_CLASS, HITTING = 1 / 6, 0.03

_GUID = re.compile(r"\{?[0-9A-Fa-f]{8}-(?:[0-9A-Fa-f]{4}-){3}[0-9A-Fa-f]{12}\}?")
_SID = re.compile(r"S-1-5-21-\d+-\d+-\d+(?:-\d+)?")
_PROFILE = re.compile(r"(?<=\\Users\\)(?!Public\\|Default\\|All Users\\)[^\\\"']+(?=\\)", re.IGNORECASE)
_DIGEST = re.compile(r"(?<==)[0-9A-Fa-f]{32,64}\b")
_STEM = re.compile(r"(?=\.\w{1,5}$)|(?<!\.\w)$")
_OFFSET = re.compile(r"(?<=\+)[0-9a-f]{3,}(?=\||$)")
_DWORD = re.compile(r"(?<=DWORD \(0x)[0-9a-f]{8}(?=\))")
#: Accounts of Windows itself, which every machine has.
_BUILTIN = frozenset(
    ("", "-", "administrator", "guest", "none", "everyone", "builtin", "workgroup")
) | frozenset(
    ("system", "local service", "network service", "anonymous logon", "nt authority", "window manager")
)
_ACCOUNTS = ("SubjectUserName", "TargetUserName", "User", "SourceUser", "TargetUser", "ParentUser")
_LOGONS = frozenset({"0x3e7", "0x3e5", "0x3e4", "999", "997", "996", "0x0"})
_COMMANDS = frozenset({"CommandLine", "ParentCommandLine", "ProcessCommandLine"})
_FILES = frozenset(
    {"TargetFilename", "RelativeTargetName", "FileName", "PipeName", "TaskName", "ServiceName"}
)
_IMAGES = frozenset({"Image", "SourceImage", "Application", "ProcessName"})
_SCRIPTS = frozenset({"ScriptBlockText", "Payload"})
_MARK = re.compile("\ue000(\\d+)\ue001")


@dataclass(frozen=True)
class Template:
    """Texts between slots, for the tree and for the flat line, and the slots that both name by number."""

    slots: Sequence[Slot]
    tree: Sequence[str]
    flat: Sequence[str]


class _Marker:
    """Puts slots into one record."""

    def __init__(self, record: Record, quiet: bool) -> None:
        self._quiet = quiet
        self._numbers: dict[Slot, int] = {}
        self._image = str(record.flat.get("Image", record.flat.get("NewProcessName", "")))
        self._renamable = "OriginalFileName" not in record.flat
        names = {"user": accounts(record.flat), "host": hosts(record.flat)}
        self._known = [
            (kind, re.compile(rf"(?<!\w){re.escape(name)}(?!\w)", re.IGNORECASE), name.lower())
            for kind, found in names.items()
            for name in sorted(found, key=len, reverse=True)
        ]

    def slot(self, kind: str, key: str = "") -> str:
        return f"\ue000{self._numbers.setdefault((kind, key), len(self._numbers))}\ue001"

    def slots(self) -> list[Slot]:
        """In order; people by their number: the first of an event is who sits there, others are others."""
        people = {kind: [key for one, key in self._numbers if one == kind] for kind in ("user", "sid")}
        return [
            (kind, str(people[kind].index(key)) if kind in people else key) for kind, key in self._numbers
        ]

    def walk(self, value: Json, name: str = "") -> Json:
        if isinstance(value, dict):
            return {key: self.walk(inner, name if key == "#text" else key) for key, inner in value.items()}
        if isinstance(value, list):
            return [self.walk(inner, name) for inner in value]
        if isinstance(value, int) and not isinstance(value, bool):
            return self._number(value, name)
        return self._text(value, name) if isinstance(value, str) else value

    def _number(self, value: int, name: str) -> Json:
        kind = _numeric(name)
        # Quotes around such a mark are taken off again: the slot is a number.
        return f"\ue002{self.slot(kind, str(value))}\ue003" if kind and value > 4 else value

    def _text(self, text: str, name: str) -> str:
        whole = self._whole(text, name)
        return whole if whole is not None else self._fresh(self._inner(text, name), name)

    def _whole(self, text: str, name: str) -> str | None:
        """A value that is one slot altogether."""
        if name.lower().endswith(("guid", "activityid", "scriptblockid")) and _GUID.fullmatch(text):
            return text.startswith("{") * "{" + self.slot("guid", text) + text.endswith("}") * "}"
        if name.endswith("UtcTime"):
            return self.slot("utctime")
        if name.endswith("LogonId"):
            return text if text.lower() in _LOGONS else self.slot("logon", text)
        if name in ("SourceIp", "DestinationIp", "IpAddress", "SourceAddress", "DestAddress"):
            return self.slot("address", text) if "." in text and not text.startswith("127.") else text
        if name == "QueryName" and self._quiet:
            return self.slot("domain")
        if name in _IMAGES and self._quiet and self._renamable:
            return self.slot("program", text.replace("\\", "\\\\"))
        kind = _numeric(name)
        if kind and text.startswith("0x"):
            return "0x" + self.slot("hex", text)
        return self.slot(kind, text) if kind and text.isdigit() and int(text) > 4 else None

    def _inner(self, text: str, name: str) -> str:
        text = _SID.sub(lambda found: self.slot("sid", found[0]), text)
        text = _PROFILE.sub(lambda found: self.slot("user", found[0].lower()), text)
        for kind, pattern, known in self._known:
            text = pattern.sub(self.slot(kind, known), text)
        if name == "Hashes":
            text = _DIGEST.sub(lambda found: self.slot(f"digest{len(found[0])}", self._image), text)
        if name == "CallTrace":
            text = _OFFSET.sub(lambda found: self.slot("offset", found[0]), text)
        return _DWORD.sub(lambda _: self.slot("dword"), text) if name == "Details" else text

    def _fresh(self, text: str, name: str) -> str:
        """What people and programs make up: file names, arguments, lines of scripts."""
        if not text or text == "-":
            return text
        if name in _COMMANDS:
            return text + self.slot("argument", name)
        if name in _FILES:
            return _STEM.sub(lambda _: self.slot("stem", name), text, count=1)
        if name in _SCRIPTS:
            return text + self.slot("comment", name)
        return text + self.slot("leaf", name) if name == "TargetObject" and self._quiet else text


def _numeric(name: str) -> str:
    """What a number of this field is, empty where it is left as it is."""
    if name.endswith(("ProcessId", "ProcessID", "ThreadId", "ThreadID")):
        return "pid"
    return "port" if name in ("SourcePort", "IpPort") else ""


def accounts(flat: Tree) -> set[str]:
    found = {str(flat[name]).rpartition("\\")[2] for name in _ACCOUNTS if flat.get(name)}
    return {
        name for name in found if name.lower() not in _BUILTIN and not name.endswith("$") and len(name) > 2
    }


def hosts(flat: Tree) -> set[str]:
    full = str(flat.get("Computer", ""))
    return {name for name in (full, full.partition(".")[0]) if len(name) > 2}


def template(record: Record, quiet: bool) -> Template:
    marker = _Marker(record, quiet)
    event = dict(cast(Tree, record.tree["Event"]))
    system = dict(cast(Tree, event["System"]))
    for part in ("EventData", "UserData"):
        if part in event:
            event[part] = marker.walk(event[part])
    for part in ("Computer", "Security", "Correlation", "Execution"):
        if system.get(part) is not None:
            system[part] = marker.walk(system[part], part)
    system["EventRecordID"] = f"\ue002{marker.slot('record')}\ue003"
    system["TimeCreated"] = {"#attributes": {"SystemTime": marker.slot("time")}}
    event["System"] = system
    flat = flattened({"Event": event})
    return Template(marker.slots(), _pieces({"Event": event}), _pieces(flat))


def _pieces(value: Json) -> list[str]:
    """JSON, cut at its slots: text, slot number, text …"""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return _MARK.split(text.replace('"\ue002', "").replace('\ue003"', ""))


def weights(found: Sequence[Record], hitting: frozenset[int]) -> list[float]:
    """How often each record is taken."""
    classes: dict[tuple[str, str], list[int]] = defaultdict(list)
    for index, one in enumerate(found):
        if one.flat.get("Channel"):
            classes[str(one.flat["Channel"]), str(one.flat["EventID"])].append(index)
    total = sum(map(len, classes.values()))
    weights = [0.0] * len(found)
    for members in classes.values():
        share = min(len(members) / total, LARGEST_CLASS)
        loud = [index for index in members if index in hitting]
        quiet = [index for index in members if index not in hitting]
        for index in loud:
            weights[index] = share * HITTING / len(loud)
        for index in quiet:
            weights[index] = share * (1 - HITTING * bool(loud)) / len(quiet)
    return weights


def make(
    found: Sequence[Record], hitting: frozenset[int], folder: Path, sizes: Iterable[int]
) -> Mapping[int, float]:
    """Writes `SIZE.jsonl` (trees) and `SIZE.flat.jsonl`; the mean bytes a tree line, by size.

    `hitting`: the indices of records on which a rule hits. A smaller stream is the beginning of a larger one.
    """
    rng, sizes = Random(SEED), sorted(sizes)  # noqa: S311 - repeatable make-believe, no secret
    templates = [template(one, index not in hitting) for index, one in enumerate(found)]
    taken = rng.choices(templates, weights(found, hitting), k=sizes[-1])
    values, means = Values(rng), dict[int, float]()
    written = 0
    with ExitStack() as stack:
        trees, flats = (
            stack.enter_context((folder / name).open("w", encoding="utf-8")) for name in _names(sizes[-1])
        )
        for number, one in enumerate(taken, 1):
            filled = values.event(one.slots)
            line = _joined(one.tree, filled)
            trees.write(line)
            flats.write(_joined(one.flat, filled))
            written += len(line.encode())
            if number in sizes:
                means[number] = written / number
    for size in sizes[:-1]:
        for whole, part in zip(_names(sizes[-1]), _names(size), strict=True):
            _head(folder / whole, folder / part, size)
    return means


def _joined(pieces: Sequence[str], filled: Sequence[str]) -> str:
    out = list(pieces)
    out[1::2] = [filled[int(number)] for number in pieces[1::2]]
    return "".join(out) + "\n"


def _names(size: int) -> tuple[str, str]:
    return f"{size}.jsonl", f"{size}.flat.jsonl"


def _head(whole: Path, part: Path, lines: int) -> None:
    with whole.open("rb") as source, part.open("wb") as target:
        for _, line in zip(range(lines), source, strict=False):
            target.write(line)
