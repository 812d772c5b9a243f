"""Writes what the scenes told: the spec for `craft.py`, logs, the register of units and the truth."""

import csv
import json
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import ip_address
from operator import attrgetter
from pathlib import Path

import msgspec

from taishi.core.records import TIER_NAMES
from taishi.sample.conversation import ANY_PORT, Conversation, Spec
from taishi.sample.county import UNITS, wire_of
from taishi.sample.scene import SERIAL, LogLine, Truth, Week

REGISTER_COLUMNS = (
    "单位名称",
    "上级单位",
    "联系人",
    "联系电话",
    "资产名称",
    "IP地址",
    "层级",
    "等保级别",
    "主机名",
    "备案号",
    "测评日期",
)
#: Days.
ASSESSED_BEFORE = 120
GRADES = {2: "二级", 3: "三级", None: ""}
#: IANA's dynamic ports (RFC 6335).
FIRST_DYNAMIC, DYNAMIC = 49152, 16384


@dataclass(frozen=True)
class Answers:
    """truth.json: what a fair detector finds in the week, and nothing else."""

    start: str
    end: str
    seed: int
    scenes: list[Truth]


def write_spec(path: Path, conversations: Iterable[Conversation]) -> None:
    """The spec in time order; where a client's port is open, its next dynamic one is taken, as systems do."""
    ordered: list[Conversation] = []
    taken: dict[str, int] = defaultdict(int)
    for talk in sorted(conversations, key=attrgetter("at")):
        if talk.client_port == ANY_PORT:
            start = int(ip_address(talk.client)) * 4099
            taken[talk.client] += 1
            port = FIRST_DYNAMIC + (start + taken[talk.client]) % DYNAMIC
            talk = msgspec.structs.replace(talk, client_port=port)
        ordered.append(talk)
    addresses = sorted({address for talk in ordered for address in (talk.client, talk.server)})
    spec = Spec({address: wire_of(address) for address in addresses}, ordered)
    path.write_bytes(msgspec.json.encode(spec))


def write_logs(folder: Path, lines: Iterable[LogLine]) -> None:
    """One file a log, in time order; lines of one moment keep the order they were told in."""
    files: dict[str, list[str]] = defaultdict(list)
    for line in sorted(lines, key=attrgetter("at")):
        serial = str(len(files[line.file]) + 1)
        files[line.file].append(line.text.replace(SERIAL, serial) + "\n")
    for name, texts in files.items():
        (folder / name).write_text("".join(texts), encoding="utf-8", newline="")


def write_register(path: Path, start: datetime) -> None:
    """Units and assets as a bureau keeps them in a sheet: UTF-8 with a mark, so that spreadsheets know it.

    Whatever has a grade is on file and was assessed some months before the week.
    """
    assessed = (start - timedelta(days=ASSESSED_BEFORE)).date()
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        sheet = csv.writer(file)
        sheet.writerow(REGISTER_COLUMNS)
        for unit in UNITS:
            about = (unit.name, unit.parent, unit.contact, unit.phone)
            for number, asset in enumerate(unit.assets, start=1):
                named = (asset.name, asset.address, TIER_NAMES[asset.tier].zh, GRADES[asset.grade])
                filed = (
                    f"{int(ip_address(unit.network.partition('/')[0])) & 0xFFFF:05}-{number:03}",
                    assessed,
                )
                sheet.writerow((*about, *named, asset.host or "", *(filed if asset.grade else ("", ""))))


def write_truth(path: Path, week: Week, truths: list[Truth]) -> None:
    answers = Answers(week.start.isoformat(), week.end.isoformat(), week.seed, truths)
    document = msgspec.to_builtins(answers)
    path.write_text(json.dumps(document, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
