"""Numbers of the audit log as names: record types and system calls."""

from collections.abc import Mapping
from functools import cache
from importlib.resources import files

import yaml

#: audit.h and libaudit.h: the record types that a log may hold, by their number.
_TYPES = {
    1006: "LOGIN", 1305: "CONFIG_CHANGE",
    1300: "SYSCALL", 1302: "PATH", 1303: "IPC", 1306: "SOCKADDR", 1307: "CWD", 1309: "EXECVE",
    1317: "FD_PAIR", 1318: "OBJ_PID", 1319: "TTY", 1320: "EOE", 1321: "BPRM_FCAPS", 1322: "CAPSET",
    1323: "MMAP", 1325: "NETFILTER_CFG", 1326: "SECCOMP", 1327: "PROCTITLE", 1330: "KERN_MODULE",
    1331: "FANOTIFY", 1334: "BPF", 1335: "EVENT_LISTENER", 1400: "AVC", 1700: "ANOM_PROMISCUOUS",
    1701: "ANOM_ABEND", 1702: "ANOM_LINK", 1703: "ANOM_CREAT",
}  # fmt: skip
#: From 1100 on, the messages of programs, in their order.
_USER = (
    "USER_AUTH", "USER_ACCT", "USER_MGMT", "CRED_ACQ", "CRED_DISP", "USER_START", "USER_END", "USER_AVC",
    "USER_CHAUTHTOK", "USER_ERR", "CRED_REFR", "USYS_CONFIG", "USER_LOGIN", "USER_LOGOUT", "ADD_USER",
    "DEL_USER", "ADD_GROUP", "DEL_GROUP", "DAC_CHECK", "CHGRP_ID", "TEST", "TRUSTED_APP",
    "USER_SELINUX_ERR", "USER_CMD", "USER_TTY", "CHUSER_ID", "GRP_AUTH", "SYSTEM_BOOT", "SYSTEM_SHUTDOWN",
    "SYSTEM_RUNLEVEL", "SERVICE_START", "SERVICE_STOP", "GRP_MGMT", "GRP_CHAUTHTOK", "MAC_CHECK",
    "ACCT_LOCK", "ACCT_UNLOCK",
)  # fmt: skip
#: linux/audit.h, AUDIT_ARCH_…: ELF machine with the flags of 64 bits and little endian. What is not here
#: (arm64, RISC-V, LoongArch …) has the generic table.
_ARCHES = {0xC000003E: "x86_64", 0x40000003: "i386"}
_NO_TABLE = frozenset({0x40000028, 0x80000016, 0x16, 0x14, 0x80000015, 0xC0000015})


def type_name(text: str) -> str:
    """A record's type by its name, where it is given as `1300` or `UNKNOWN[1300]`."""
    digits = text.removeprefix("UNKNOWN[").removesuffix("]")
    if not digits.isascii() or not digits.isdigit() or len(digits) > 5:
        return text
    number = int(digits)
    if 0 <= number - 1100 < len(_USER):
        return _USER[number - 1100]
    return _TYPES.get(number, text)


def call_name(arch: str, number: str) -> str | None:
    """`c000003e`, `59` → execve. None for machines whose table is not here (32-bit ARM, s390, PowerPC)."""
    try:
        machine, call = int(arch, 16), int(number)
    except ValueError:
        return None
    if machine in _NO_TABLE:
        return None
    return _calls()[_ARCHES.get(machine, "generic")].get(call)


@cache
def _calls() -> Mapping[str, Mapping[int, str]]:
    found: dict[str, dict[int, str]] = yaml.load(
        files("sensors.auditd").joinpath("syscalls.yml").read_text("utf-8"), yaml.CSafeLoader
    )
    return found
