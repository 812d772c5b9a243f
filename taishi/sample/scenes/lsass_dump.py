"""Passwords are taken from the memory of the service hall's Windows computer: lsass dumped, then read."""

from collections.abc import Mapping
from datetime import timedelta

from taishi.core.text import Text
from taishi.sample.county import HALL, TOWN
from taishi.sample.lines.windows import LSASS, NEW_PROCESS, Process, Value, WindowsLog
from taishi.sample.scene import Scene, Told, Truth, Week

HOST = "WIN-HFZ-01"
USER = f"{HOST}\\lutl"
SYSTEM32 = "C:\\Windows\\System32"
CMD, RUNDLL = f"{SYSTEM32}\\cmd.exe", f"{SYSTEM32}\\rundll32.exe"
TOOL = "C:\\Users\\Public\\hfz_svc.exe"
DUMP = "C:\\Users\\Public\\hfz.dmp"
MINIDUMP = f"rundll32.exe {SYSTEM32}\\comsvcs.dll, MiniDump 716 {DUMP} full"
NTDLL = f"{SYSTEM32}\\ntdll.dll+9d4c4|{SYSTEM32}\\KERNELBASE.dll+2bcbe"
DUMP_TRACE = f"{NTDLL}|{SYSTEM32}\\comsvcs.dll+2a1c1|{SYSTEM32}\\dbgcore.dll+6e3d"
READ_TRACE = f"{NTDLL}|UNKNOWN(00000000021A3F20)"
#: All rights; and query with read of memory, as credential readers ask for.
ALL_ACCESS, READ_MEMORY = "0x1fffff", "0x1010"


#: The Security log's own record of the dump (4688), beside Sysmon's.
AUDIT: Mapping[str, Value] = {
    "SubjectUserSid": "S-1-5-21-3400100200-1170020030-2200300400-1003",
    "SubjectUserName": "lutl",
    "SubjectDomainName": HOST,
    "SubjectLogonId": "0x4c1f2",
    "NewProcessId": "0x1b4c",
    "NewProcessName": RUNDLL,
    "TokenElevationType": "%%1937",
    "ProcessId": "0x1a10",
    "CommandLine": MINIDUMP,
    "ParentProcessName": CMD,
    "MandatoryLabel": "S-1-16-12288",
}


def tell(week: Week) -> Told:
    log = WindowsLog(HOST)
    first = week.moment(4, 16, 20)
    looked, dumped, read = (first + timedelta(seconds=after) for after in (31, 74, 212))
    shell = Process(CMD, "cmd.exe", "C:\\Windows\\explorer.exe", USER, 6672, "High")
    look = Process(
        f"{SYSTEM32}\\tasklist.exe", 'tasklist /fi "imagename eq lsass.exe"', CMD, USER, 6740, "High"
    )
    dump = Process(RUNDLL, MINIDUMP, CMD, USER, 6988, "High")
    tool = Process(TOOL, TOOL, CMD, USER, 7216, "High")
    lines = [
        log.started(first, shell),
        log.started(looked, look),
        log.started(dumped, dump),
        log.event(dumped, NEW_PROCESS, AUDIT),
        log.opened(dumped + timedelta(milliseconds=40), dump, LSASS, ALL_ACCESS, DUMP_TRACE),
        log.wrote(dumped + timedelta(milliseconds=210), dump, DUMP),
        log.started(read, tool),
        log.opened(read + timedelta(milliseconds=300), tool, LSASS, READ_MEMORY, READ_TRACE),
    ]
    what = Text(
        f"{HOST} 上以 rundll32 comsvcs.dll MiniDump 转储 lsass，并以 {READ_MEMORY} 读取其内存",
        f"On {HOST} rundll32 dumps lsass by comsvcs.dll MiniDump, and its memory is read with {READ_MEMORY}",
    )
    truth = Truth(
        scene="lsass_dump",
        threat="compromised",
        level="high",
        subject=HOST,
        subject_kind="host",
        unit=TOWN.name,
        first_seen=first,
        last_seen=read,
        seen_in=(log.file,),
        what=what,
        aliases=(HALL,),
    )
    return Told(lines=lines, truths=[truth])


SCENE = Scene("lsass_dump", tell)
