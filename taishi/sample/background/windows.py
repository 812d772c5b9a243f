"""An ordinary week of the service hall's Windows computer: logons, programs, its virus scanner."""

from collections.abc import Mapping
from datetime import datetime
from random import Random

from taishi.sample.hours import office_moments
from taishi.sample.lines.windows import (
    DESK_LOGON,
    LOGOFF,
    LOGON,
    LSASS,
    SPECIAL_LOGON,
    SYSTEM_LOGON,
    Process,
    Value,
    WindowsLog,
)  # fmt: skip
from taishi.sample.scene import LogLine, Scene, Told, Week

HOST = "WIN-HFZ-01"
USER = "lutl"
SID = "S-1-5-21-3400100200-1170020030-2200300400-1003"
SYSTEM = "NT AUTHORITY\\SYSTEM"
EXPLORER = "C:\\Windows\\explorer.exe"
SERVICES = "C:\\Windows\\System32\\services.exe"
SVCHOST = "C:\\Windows\\System32\\svchost.exe"
PROGRAMS = (
    (
        "C:\\Program Files\\WPS Office\\wps.exe",
        '"C:\\Program Files\\WPS Office\\wps.exe" /w D:\\受理\\申请表.docx',
    ),
    (
        "C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe",
        '"C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe"',
    ),
    ("C:\\Windows\\System32\\notepad.exe", "notepad.exe D:\\受理\\备注.txt"),
    ("C:\\Program Files\\Hall\\queue.exe", '"C:\\Program Files\\Hall\\queue.exe" --window 3'),
    ("C:\\Windows\\System32\\mspaint.exe", "mspaint.exe"),
)
SERVICE_RUNS = (
    (SVCHOST, "C:\\Windows\\system32\\svchost.exe -k netsvcs -p -s wuauserv"),
    ("C:\\Windows\\System32\\taskhostw.exe", "taskhostw.exe"),
    ("C:\\Windows\\System32\\spoolsv.exe", "C:\\Windows\\System32\\spoolsv.exe"),
)
LONG_RUNNING = Process(SVCHOST, "svchost.exe -k LocalService", SERVICES, SYSTEM, 1204, "System")
DESK: Mapping[str, Value] = {
    "TargetUserSid": SID,
    "TargetUserName": USER,
    "TargetDomainName": HOST,
    "TargetLogonId": DESK_LOGON,
    "LogonType": 2,
}
PROGRAMS_A_DAY, SERVICES_A_DAY = 26, 14
#: PROCESS_QUERY_LIMITED_INFORMATION: what task lists and services ask of lsass all day.
QUERY_ONLY = "0x1000"
TRACE = "C:\\Windows\\SYSTEM32\\ntdll.dll+9d4c4|C:\\Windows\\System32\\KERNELBASE.dll+2bcbe"


def tell(week: Week) -> Told:
    dice, log = week.dice("windows"), WindowsLog(HOST)
    told = Told()
    for day in week.working_days:
        moments = list(office_moments(day, dice, PROGRAMS_A_DAY))
        told.lines += logon(log, moments[0])
        for at in moments[1:]:
            program = Process(*dice.choice(PROGRAMS), EXPLORER, f"{HOST}\\{USER}", number(dice))
            told.lines.append(log.started(at, program))
        told.lines.append(logoff(log, moments[-1]))
        for at in office_moments(day, dice, SERVICES_A_DAY):
            service = Process(*dice.choice(SERVICE_RUNS), SERVICES, SYSTEM, number(dice), "System")
            told.lines.append(log.started(at, service))
            if dice.random() < 0.4:
                told.lines.append(log.opened(at, LONG_RUNNING, LSASS, QUERY_ONLY, TRACE))
    return told


def number(dice: Random) -> int:
    """Process numbers on Windows are multiples of 4."""
    return dice.randrange(900, 12_000) * 4


def logon(log: WindowsLog, at: datetime) -> list[LogLine]:
    """An interactive logon at the desk (type 2) and the service logon that comes with it (type 5)."""
    rights: dict[str, Value] = {
        "SubjectUserSid": "S-1-5-18",
        "SubjectUserName": "SYSTEM",
        "SubjectDomainName": "NT AUTHORITY",
        "SubjectLogonId": SYSTEM_LOGON,
        "PrivilegeList": "SeAssignPrimaryTokenPrivilege\r\n\t\t\tSeTcbPrivilege",
    }
    service: dict[str, Value] = {
        "TargetUserSid": "S-1-5-18",
        "TargetUserName": "SYSTEM",
        "TargetDomainName": "NT AUTHORITY",
        "TargetLogonId": SYSTEM_LOGON,
        "LogonType": 5,
        "LogonProcessName": "Advapi  ",
        "ProcessName": SERVICES,
        "IpAddress": "-",
        "IpPort": "-",
    }
    by: dict[str, Value] = {
        "SubjectUserSid": "S-1-5-18",
        "SubjectUserName": f"{HOST}$",
        "SubjectDomainName": "WORKGROUP",
        "SubjectLogonId": SYSTEM_LOGON,
        "AuthenticationPackageName": "Negotiate",
        "WorkstationName": HOST,
        "KeyLength": 0,
    }
    desk: dict[str, Value] = {
        **DESK,
        "LogonProcessName": "User32 ",
        "ProcessName": SVCHOST,
        "IpAddress": "127.0.0.1",
        "IpPort": "0",
    }
    return [
        log.event(at, LOGON, {**by, **desk}),
        log.event(at, LOGON, {**by, **service}),
        log.event(at, SPECIAL_LOGON, rights),
    ]


def logoff(log: WindowsLog, at: datetime) -> LogLine:
    return log.event(at, LOGOFF, DESK)


SCENE = Scene("windows", tell)
