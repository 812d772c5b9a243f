"""Windows events as JSON lines in evtx_dump's shape: Security and Sysmon of one host."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from taishi.sample.scene import SERIAL, LogLine

SYSMON = "Microsoft-Windows-Sysmon"
SECURITY = "Microsoft-Windows-Security-Auditing"
SCHEMA = "http://schemas.microsoft.com/win/2004/08/events/event"
LOCAL_SYSTEM = "S-1-5-18"
Value = str | int | bool
SYSTEM_LOGON, DESK_LOGON = "0x3e7", "0x4c1f2"
LSASS, LSASS_NUMBER = "C:\\Windows\\System32\\lsass.exe", 716


@dataclass(frozen=True)
class Kind:
    """One kind of event: who writes it, its number, version, task and keywords, as Windows registers them."""

    provider: str
    guid: str
    channel: str
    number: int
    version: int
    task: int
    level: int
    keywords: str


@dataclass(frozen=True)
class Process:
    """A program that runs: its file, command line, the file that started it, whose it is, its number."""

    image: str
    command: str
    parent: str
    user: str
    number: int
    integrity: str = "Medium"


def _sysmon(number: int, version: int) -> Kind:
    guid = "5770385F-C22A-43E0-BF4C-06F5698FFBD9"
    return Kind(SYSMON, guid, f"{SYSMON}/Operational", number, version, number, 4, "0x8000000000000000")


def _security(number: int, version: int, task: int) -> Kind:
    guid = "54849625-5478-4994-A5BA-3E3B0328C30D"
    return Kind(SECURITY, guid, "Security", number, version, task, 0, "0x8020000000000000")


PROCESS_CREATE = _sysmon(1, 5)
PROCESS_ACCESS = _sysmon(10, 3)
FILE_CREATE = _sysmon(11, 2)
LOGON = _security(4624, 2, 12544)
LOGOFF = _security(4634, 0, 12545)
SPECIAL_LOGON = _security(4672, 0, 12548)
NEW_PROCESS = _security(4688, 2, 13312)


class WindowsLog:
    """The events of `host`, Security and Sysmon in one file; EventRecordID is the place in it."""

    def __init__(self, host: str) -> None:
        self.host, self.file = host, f"windows-{host}.jsonl"

    def event(self, at: datetime, kind: Kind, data: Mapping[str, Value]) -> LogLine:
        moment, is_sysmon = at.astimezone(UTC), kind.provider == SYSMON
        if is_sysmon:
            data = {"RuleName": "-", "UtcTime": moment.strftime("%Y-%m-%d %H:%M:%S.%f")[:-3], **data}
        system = {
            "Provider": {"#attributes": {"Name": kind.provider, "Guid": kind.guid}},
            "EventID": kind.number,
            "Version": kind.version,
            "Level": kind.level,
            "Task": kind.task,
            "Opcode": 0,
            "Keywords": kind.keywords,
            "TimeCreated": {"#attributes": {"SystemTime": moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ")}},
            "EventRecordID": SERIAL,
            "Correlation": None,
            "Execution": {"#attributes": {"ProcessID": 2916 if is_sysmon else 4, "ThreadID": 3384}},
            "Channel": kind.channel,
            "Computer": self.host,
            "Security": {"#attributes": {"UserID": LOCAL_SYSTEM}} if is_sysmon else None,
        }
        document = {"Event": {"#attributes": {"xmlns": SCHEMA}, "System": system, "EventData": data}}
        text = json.dumps(document, ensure_ascii=False, separators=(",", ":"))
        return LogLine(at, self.file, text.replace(f'"{SERIAL}"', SERIAL))

    def started(self, at: datetime, process: Process) -> LogLine:
        """Sysmon 1."""
        is_system = process.integrity == "System"
        data: dict[str, Value] = {
            "ProcessGuid": process_guid(at, process.number),
            "ProcessId": process.number,
            "Image": process.image,
            "OriginalFileName": process.image.rsplit("\\", 1)[-1],
            "CommandLine": process.command,
            "CurrentDirectory": "C:\\Windows\\System32\\",
            "User": process.user,
            "LogonId": SYSTEM_LOGON if is_system else DESK_LOGON,
            "TerminalSessionId": 0 if is_system else 1,
            "IntegrityLevel": process.integrity,
            "ParentProcessId": 1000 + len(process.parent) * 4,
            "ParentImage": process.parent,
            "ParentCommandLine": f'"{process.parent}"',
        }
        return self.event(at, PROCESS_CREATE, data)

    def opened(self, at: datetime, process: Process, target: str, access: str, trace: str) -> LogLine:
        """Sysmon 10: `process` opened `target` with the rights `access` (hexadecimal)."""
        data: dict[str, Value] = {
            "SourceProcessGUID": process_guid(at, process.number),
            "SourceProcessId": process.number,
            "SourceThreadId": process.number + 8,
            "SourceImage": process.image,
            "TargetProcessGUID": process_guid(at, LSASS_NUMBER),
            "TargetProcessId": LSASS_NUMBER,
            "TargetImage": target,
            "GrantedAccess": access,
            "CallTrace": trace,
        }
        return self.event(at, PROCESS_ACCESS, data)

    def wrote(self, at: datetime, process: Process, file: str) -> LogLine:
        """Sysmon 11."""
        data: dict[str, Value] = {
            "ProcessGuid": process_guid(at, process.number),
            "ProcessId": process.number,
            "Image": process.image,
            "TargetFilename": file,
            "User": process.user,
        }
        return self.event(at, FILE_CREATE, data)


def process_guid(at: datetime, number: int) -> str:
    """Sysmon's own id of a process: machine, time, process."""
    second = int(at.timestamp())
    return f"3A5C2E10-{second & 0xFFFF:04X}-{second >> 16:04X}-0000-0010{number:08X}"
