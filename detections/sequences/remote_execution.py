"""Commands run on a host from another one by Windows' own means: service, scheduled task, WMI, PsExec.

What was made to run answers to somebody else, so the target is judged compromised. Administrators and
software distribution do the same: one bare sign is medium, what only intruders' tools combine is high;
except the addresses that administrate. Refused calls are attempts. Sources: MS-SCMR 3.1.4.12, MS-TSCH
3.2.5.2.2 and 3.2.5.4.2, MS-WMI 3.1.4.3.22; ATT&CK T1021.002, T1569.002, T1053.002, T1053.005, T1047.
"""

import re
from collections.abc import Iterator
from typing import Literal

import msgspec

from detections.hits import Evidences, Finding, attack_hit
from detections.networks import Networks
from detections.sequences.recent import Recent, rows_with
from detections.traits import Trait, score
from taishi.core.ecs import Kind
from taishi.core.event import Batch, Event
from taishi.core.records import Hit, Level
from taishi.core.text import Text

_GOOD = "0x00000000"
#: ERROR_SERVICE_REQUEST_TIMEOUT: what ran was a command, not a service; it ran all the same.
_RAN = frozenset({_GOOD, "0x0000041d"})
_CREATE_SERVICE = frozenset({12, 24, 44, 45, 60})
_START_SERVICE = frozenset({19, 31})
#: Shells, interpreters and places that services of products do not start from.
_COMMAND = re.compile(
    r"(?i)%comspec%|\bcmd(?:\.exe)?\s+/[qc]\b|powershell|pwsh|mshta|rundll32|regsvr32|certutil|bitsadmin"
    r"|\\\\(?:127\.0\.0\.1|localhost)\\|\\\\[^\\ ]+\\(?:admin|[a-z])\$\\|%systemroot%\\\w{6,12}\.exe|\\temp\\"
)
_ADMIN_SHARE = re.compile(r"(?i)^\\\\[^\\]+\\(?:admin|[a-z])\$\\")
#: Where the share was not seen: folders that lie at the root of a system drive, as C$ shows them.
_SYSTEM_FOLDER = re.compile(r"(?i)^(?:windows|winnt|users|programdata|program files(?: \(x86\))?)\\")
#: Tools of intruders by the names they are shipped under.
_TOOL_FILE = re.compile(
    r"(?i)^(?:mimikatz|mimilib|mimidrv|lazagne|rubeus|sharphound|bloodhound|sharpup|seatbelt|safetykatz|psexesvc"
    r"|pwdump\d?|fgdump|gsecdump|wce|procdump(?:64)?|nanodump|winpeas\w*|juicypotato|printspoofer|godpotato"
    r"|chisel|fscan\w*|ncat|beacon|meterpreter|secretsdump|wmiexec|crackmapexec|netcat)[\w.-]{0,24}$"
)
_RUNS = re.compile(r"(?i)\.(?:exe|dll|bat|cmd|ps1|vbs|js|hta|scr|sys|com|pif|msi)$")
#: Pipes of remote-execution tools, by their defaults: PsExec, its clones, RemCom (Impacket), Cobalt Strike.
_TOOL_PIPE = re.compile(
    r"(?i)^(?:psexe|paexec|csexec|remcom|xcmd|msse-\d+-server|postex_|msagent_|status_[0-9a-f]{2}$)"
)

#: What was seen done.
Sign = Literal[
    "service", "started", "command", "at-job", "task", "wmi", "dropped", "tool", "toolkit", "denied",
]  # fmt: skip
SIGNS: dict[Sign, Trait] = {
    "service": Trait(2, Text("创建服务", "creates a service")),
    "started": Trait(1, Text("启动服务", "starts a service")),
    "command": Trait(
        2, Text("服务命令为解释器或管理共享路径", "whose command is a shell or lies on an admin share")
    ),
    "at-job": Trait(4, Text("创建 AT 计划任务", "adds an AT job")),
    "task": Trait(2, Text("注册计划任务", "registers a scheduled task")),
    "wmi": Trait(2, Text("经 WMI 执行方法", "executes a method by WMI")),
    "dropped": Trait(2, Text("向管理共享写入可执行文件", "writes a program to an admin share")),
    "tool": Trait(3, Text("使用远程执行工具的管道", "uses the pipe of a remote-execution tool")),
    "toolkit": Trait(4, Text("复制攻击工具", "copies an intruder's tool there")),
    "denied": Trait(0, Text("创建服务或任务被拒", "is refused a service or task")),
}
#: Letters of a command, path or pipe that are kept.
_DETAIL = 120
#: Sum of weights from which it is medium, and high.
MIN_SCORE, HIGH_SCORE = 2, 4

RAN = Finding(
    "taishi.sequence.remote-execution",
    Text("主机被远程执行命令", "Commands run on a host from another one"),
    "compromised",
    "high",
    ("T1021.002", "T1569.002", "T1053.005"),
    Text(
        "核实是否为管理员的操作；否则隔离两端主机，删除远程创建的服务与任务，修改所用账号的口令。",
        "Ask whether an administrator did it; if not, isolate both hosts, remove the services and tasks made "
        "from afar, change the account's password.",
    ),
)
TRIED = Finding(
    "taishi.sequence.remote-execution-refused",
    Text("尝试远程执行命令被拒", "Remote execution was tried and refused"),
    "attempted",
    "medium",
    ("T1021.002", "T1569.002"),
    Text(
        "核实来源主机与账号；限制远程管理的来源，收紧本地管理员权限。",
        "Check the source host and account; limit who may administrate from afar.",
    ),
)


class _Acts(msgspec.Struct, forbid_unknown_fields=True):
    signs: dict[Sign, str] = msgspec.field(default_factory=dict)
    evidence: Evidences = msgspec.field(default_factory=Evidences)

    def add(self, sign: Sign, event: Event, detail: str = "") -> None:
        self.signs[sign] = self.signs.get(sign) or detail[:_DETAIL]
        self.evidence.add(event, side="destination")


class RemoteExecution:
    """Watches RPC calls, files written and pipes opened."""

    id = RAN.rule
    kinds: frozenset[Kind] = frozenset({"rpc", "file", "smb"})

    def __init__(self, networks: Networks) -> None:
        self._networks = networks
        self._acts = Recent(tuple[str, str], _Acts)

    def observe(self, batch: Batch) -> None:
        if batch.kind == "rpc":
            for event in batch.events():
                self._call(event)
        elif batch.kind == "file":
            for event in rows_with(batch, "event.action", "SMB::FILE_WRITE").events():
                self._file(event)
        else:
            for event in rows_with(batch, "taishi.smb.pipes").events():
                self._connection(event)

    def _of(self, event: Event) -> _Acts:
        return self._acts[event.text("source.ip"), event.text("destination.ip")]

    def _call(self, event: Event) -> None:
        interface, number = event.text("taishi.rpc.interface"), event.number("taishi.rpc.opnum")
        result, argument = event.text("taishi.rpc.result"), event.text("taishi.rpc.argument")
        # Encrypted answers, and Zeek's log, do not tell the result.
        ran = bool(event.fields.get("taishi.rpc.answered")) and result in (_GOOD, "")
        sign = _sign(interface, number)
        if sign is None:
            return
        if sign == "started":
            if ran or result in _RAN:
                self._of(event).add(sign, event)
        elif ran:
            self._of(event).add(sign, event, argument)
            if sign == "service" and _COMMAND.search(argument):
                self._of(event).add("command", event)
        elif result:
            self._of(event).add("denied", event)

    def _file(self, event: Event) -> None:
        path, name = event.text("file.path"), event.text("file.name")
        if event.text("network.protocol") == "smb" and _TOOL_PIPE.match(name):
            # The connection to IPC$ was not seen: what was written to is a pipe.
            self._of(event).add("tool", event, name)
        if event.text("network.protocol") != "smb" or not _RUNS.search(path):
            return
        if _ADMIN_SHARE.match(path) or _SYSTEM_FOLDER.match(path):
            self._of(event).add("dropped", event, path)
        if _TOOL_FILE.match(name.rpartition(".")[0]):
            self._of(event).add("toolkit", event, path)

    def _connection(self, event: Event) -> None:
        pipes = event.fields.get("taishi.smb.pipes")
        for pipe in pipes if isinstance(pipes, list) else ():
            if _TOOL_PIPE.match(pipe):
                self._of(event).add("tool", event, pipe)

    def hits(self) -> Iterator[Hit]:
        for (source, target), acts in self._acts.items():
            total = score(SIGNS[sign] for sign in acts.signs)
            if total >= MIN_SCORE:
                yield _hit(RAN, source, target, acts, "high" if total >= HIGH_SCORE else "medium")
            elif "denied" in acts.signs:
                yield _hit(TRIED, source, target, acts, "medium")


def _sign(interface: str, number: int) -> Sign | None:
    if interface == "svcctl":
        return "service" if number in _CREATE_SERVICE else "started" if number in _START_SERVICE else None
    if interface == "atsvc":
        return "at-job" if number == 0 else None
    if interface == "ITaskSchedulerService":
        return "task" if number == 1 else None
    return "wmi" if interface == "IWbemServices" and number in (24, 25) else None


def _hit(finding: Finding, source: str, target: str, acts: _Acts, level: Level) -> Hit:
    def told(sign: Sign, words: str) -> str:
        return f"{words}（{acts.signs[sign]}）" if acts.signs[sign] else words

    zh = "、".join(told(sign, SIGNS[sign].words.zh) for sign in acts.signs)
    en = ", ".join(told(sign, SIGNS[sign].words.en) for sign in acts.signs)
    return attack_hit(
        finding,
        acts.evidence,
        source=source,
        target=target,
        level=level,
        summary=Text(f"{source} 在 {target} 上{zh}", f"{source} on {target}: {en}"),
    )


SEQUENCE = RemoteExecution
