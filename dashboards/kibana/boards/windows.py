"""Event logs of Windows, by the ids that an analyst looks for first."""

from dashboards.kibana.board import Board, Filter, Is, Search, over_time, table
from taishi.core.text import Text

#: Security 1102 and System 104: an event log was cleared.
_CLEARED = ("1102", "104")
#: Security 4720 created, 4722 enabled, 4724 password reset, 4738 changed; 4728, 4732, 4756 into a group.
_ACCOUNTS = ("4720", "4722", "4724", "4738", "4728", "4732", "4756")
#: System 7045 and Security 4697: a service was installed; Security 4698, 4702: a scheduled task.
_LASTING = ("7045", "4697", "4698", "4702")
_COLUMNS = ("host.name", "taishi.host.unit", "event.code", "winlog.channel", "user.name", "message")


def _search(name: str, title: Text, *where: Filter) -> Search:
    return Search(name, title, "windows", _COLUMNS, where)


BOARD = Board(
    "windows",
    Text("Windows 日志", "Windows"),
    Text("日志清除、账号与服务变更、脚本", "Cleared logs, changed accounts and services, scripts"),
    (
        over_time("channels", Text("日志通道", "Channels"), "windows", by="winlog.channel"),
        table("codes", Text("事件号", "Event ids"), "windows", ("event.code", "winlog.provider_name")),
        table("hosts", Text("主机", "Hosts"), "windows", ("host.name", "taishi.host.unit")),
        table(
            "accounts",
            Text("账号变更", "Changed accounts"),
            "windows",
            ("host.name", "event.code"),
            where=(Is("event.code", _ACCOUNTS),),
        ),
        table(
            "cleared",
            Text("日志被清除的主机", "Hosts of cleared logs"),
            "windows",
            ("host.name",),
            where=(Is("event.code", _CLEARED),),
        ),
    ),
    (
        _search("cleared-logs", Text("日志被清除", "Cleared logs"), Is("event.code", _CLEARED)),
        _search("changed-accounts", Text("账号变更", "Changed accounts"), Is("event.code", _ACCOUNTS)),
        _search(
            "services-and-tasks",
            Text("新增服务、计划任务", "New services and tasks"),
            Is("event.code", _LASTING),
        ),
        _search(
            "scripts",
            Text("PowerShell 脚本块", "PowerShell script blocks"),
            Is("event.code", ("4104",)),
            Is("winlog.channel", ("Microsoft-Windows-PowerShell/Operational",)),
        ),
    ),
)
