"""The audit log: records of one serial know each other, and every way to carry them gives the same events."""

import json
from collections.abc import Callable

import pytest

STAMP = "1767225600.125"
EXEC = (
    f'type=SYSCALL msg=audit({STAMP}:71): arch=c000003e syscall=59 success=yes exit=0 a0=55 a1=56 items=1 '
    'ppid=40 pid=41 auid=1000 uid=0 tty=pts0 ses=3 comm="sh" exe="/usr/bin/dash" key="exec"'
    '\x1dARCH=x86_64 SYSCALL=execve AUID="li" UID="root"\n'
    f'type=EXECVE msg=audit({STAMP}:71): argc=3 a0="sh" a1="-c" a2=6563686F20E4BDA0\n'
    f'type=CWD msg=audit({STAMP}:71): cwd="/srv"\n'
    f'type=PATH msg=audit({STAMP}:71): item=0 name="out.txt" inode=7 nametype=CREATE\n'
    f"type=PROCTITLE msg=audit({STAMP}:71): proctitle=7368002D63\n"
    f"type=EOE msg=audit({STAMP}:71): \n"
)  # fmt: skip


def by_type(made: object) -> dict[str, object]:
    return {event.text("event.code"): event for event in made.events}  # type: ignore[attr-defined]


def in_order(made: object) -> list[object]:
    return sorted(made.events, key=lambda event: event.number("taishi.record"))  # type: ignore[attr-defined]


def test_records_of_one_event_know_each_other(read: Callable) -> None:
    made = read(EXEC, "audit.log")
    assert (made.sensor, made.rejected) == ("auditd", [])
    assert [event.text("event.code") for event in in_order(made)] == [
        "SYSCALL", "EXECVE", "CWD", "PATH", "PROCTITLE",
    ]  # fmt: skip
    found = by_type(made)
    call, execve, path = found["SYSCALL"], found["EXECVE"], found["PATH"]
    assert (call.kind, call.text("event.type"), call.text("event.outcome")) == ("process", "start", "success")
    assert call.text("process.command_line") == "sh -c echo 你"
    assert (call.text("process.executable"), call.number("process.pid")) == ("/usr/bin/dash", 41)
    assert call.text("user.name") == "root"
    assert (call.extra["SYSCALL"], call.extra["a0"], call.extra["key"]) == ("execve", "55", "exec")
    assert (execve.kind, execve.extra["a2"], execve.extra["type"]) == ("other", "echo 你", "EXECVE")
    assert execve.extra["process.executable"] == "/usr/bin/dash"
    assert (path.kind, path.text("file.path"), path.text("event.type")) == (
        "file", "/srv/out.txt", "creation",
    )  # fmt: skip
    assert found["PROCTITLE"].extra["proctitle"] == "sh -c"
    assert call.text("event.original") == EXEC.split("\n")[0]
    assert [event.number("taishi.record") for event in in_order(made)] == [0, 1, 2, 3, 4]


def test_the_parent_is_who_was_begun_before(read: Callable) -> None:
    child = EXEC.replace(":71)", ":72)").replace("ppid=40 pid=41", "ppid=41 pid=42")
    made = read(EXEC + child, "audit.log")
    second = [event for event in made.events if event.kind == "process"][1]
    assert second.text("process.parent.executable") == "/usr/bin/dash"
    assert second.text("process.parent.command_line") == "sh -c echo 你"


def test_interleaved_records_come_in_the_order_of_their_lines(read: Callable) -> None:
    one, two = EXEC.strip().split("\n"), EXEC.replace(":71)", ":72)").strip().split("\n")
    mixed = "\n".join(line for pair in zip(one, two, strict=True) for line in pair) + "\nno record\n"
    made = read(mixed, "audit.log")
    assert [event.extra["sequence"] for event in in_order(made)] == ["71", "72"] * 5
    assert {event.text("process.command_line") for event in made.events if event.kind == "process"} == {
        "sh -c echo 你"
    }
    assert made.reasons == ["no audit record (type=… msg=audit(time:serial): …)"]


def test_long_arguments_are_put_together(read: Callable) -> None:
    made = read(
        f'type=EXECVE msg=audit({STAMP}:9): argc=3 a0="sh" a1_len=6 a1[0]=6162 a1[1]=6364 a2="x"\n',
        "audit.log",
    )
    event = made.only
    assert (event.kind, event.text("process.command_line"), event.extra["a1"]) == (
        "process",
        "sh abcd x",
        "abcd",
    )


@pytest.mark.parametrize(
    ("call", "name"),
    [("arch=c000003e syscall=59", "execve"), ("arch=c00000b7 syscall=221", "execve"),
     ("arch=c0000102 syscall=221", "execve"), ("arch=40000003 syscall=11", "execve"),
     ("arch=c000003e syscall=103", "syslog"), ("arch=16 syscall=11", "11")],
)  # fmt: skip
def test_system_calls_are_named_by_their_machine(call: str, name: str, read: Callable) -> None:
    event = read(f"type=SYSCALL msg=audit({STAMP}:9): {call} success=yes pid=4\n", "audit.log").only
    assert event.extra["SYSCALL"] == name


def test_what_programs_say_of_logons_and_accounts(read: Callable) -> None:
    made = read(
        f"node=web-1 type=USER_LOGIN msg=audit({STAMP}:1): pid=7 uid=0 ses=1 "
        'msg=\'op=login acct="root" exe="/usr/sbin/sshd" hostname=? addr=192.0.2.7 res=failed\'\n'
        f"type=USER_AUTH msg=audit({STAMP}:2): pid=7 uid=0 msg='op=PAM:authentication grantors=? "
        'acct=6C69 exe="/usr/sbin/sshd" hostname=192.0.2.7 addr=192.0.2.7 terminal=ssh res=success\'\n'
        f"type=ADD_USER msg=audit({STAMP}:3): pid=8 uid=0 auid=0 ses=1 msg='op=adding user id=1001 "
        'exe="/usr/sbin/useradd" hostname=? addr=? terminal=pts/0 res=success\'\x1dUID="root" ID="eve"\n'
        f"type=SERVICE_STOP msg=audit({STAMP}:4): pid=1 uid=0 msg='unit=ufw comm=\"systemd\" res=success'\n",
        "audit.log",
    )
    login, auth, added, stopped = made.events
    assert (login.kind, login.text("event.outcome"), login.text("user.name")) == ("logon", "failure", "root")
    assert (login.text("source.ip"), login.text("host.name")) == ("192.0.2.7", "web-1")
    assert (auth.text("user.name"), auth.text("event.outcome")) == ("li", "success")
    assert auth.text("process.name") == "sshd"
    assert (added.text("event.category"), added.text("event.action")) == ("iam", "user-added")
    assert (added.text("user.name"), added.extra["op"]) == ("eve", "adding user")
    assert (stopped.kind, stopped.extra["unit"]) == ("other", "ufw")


def test_a_connection_names_its_other_side(read: Callable) -> None:
    made = read(
        f"type=SYSCALL msg=audit({STAMP}:5): arch=c000003e syscall=42 success=yes pid=9 "
        'comm="nc" exe="/usr/bin/nc"\n'
        f"type=SOCKADDR msg=audit({STAMP}:5): saddr=02001F90C633640700000000\n"
        f"type=SYSCALL msg=audit({STAMP}:6): arch=c000003e syscall=49 success=yes pid=9\n"
        f"type=SOCKADDR msg=audit({STAMP}:6): saddr=02001F90C633640700000000\n",
        "audit.log",
    )
    connected, bound = (event for event in made.events if event.text("event.code") == "SOCKADDR")
    assert (connected.text("destination.ip"), connected.number("destination.port")) == ("198.51.100.7", 8080)
    assert connected.extra["process.executable"] == "/usr/bin/nc"
    assert bound.text("destination.ip") == ""


def test_records_in_syslog_lines(read: Callable) -> None:
    head = "Jan  1 08:00:00 web-1 audispd: "
    made = read("".join(f"{head}{line}\n" for line in EXEC.strip().split("\n")), "messages")
    assert made.sensor == "auditd"
    assert by_type(made)["SYSCALL"].text("process.command_line") == "sh -c echo 你"
    words = "".join(f"Jan  1 08:00:0{n} web-1 app: words\n" for n in range(3))
    kernel = f'Jan  1 08:00:04 web-1 kernel: audit: type=1701 audit({STAMP}:8): pid=3 comm="x" sig=11\n'
    mixed = read(words + kernel, "messages")
    assert mixed.sensor == "syslog"
    event = mixed.events[-1]
    assert (event.text("event.module"), event.text("event.code"), event.text("host.name")) == (
        "auditd", "ANOM_ABEND", "web-1",
    )  # fmt: skip


LAUREL = {
    "ID": f"{STAMP}:71",
    "NODE": "web-1",
    "SYSCALL": {"arch": "0xc000003e", "syscall": 59, "success": "yes", "a0": "0x55", "ppid": 40, "pid": 41,
                "comm": "sh", "exe": "/usr/bin/dash", "SYSCALL": "execve", "UID": "root"},
    "EXECVE": {"argc": 3, "ARGV": ["sh", "-c", "echo 你"]},
    "PATH": [{"item": 0, "name": "out.txt", "nametype": "CREATE"}],
    "CWD": {"cwd": "/srv"},
    "PARENT_INFO": {"ARGV": ["bash"]},
}  # fmt: skip
GO_AUDIT = {
    "sequence": 71,
    "timestamp": STAMP,
    "uid_map": {"0": "root"},
    "messages": [
        {"type": 1300, "data": "arch=c000003e syscall=59 success=yes a0=55 ppid=40 pid=41 "
                               'comm="sh" exe="/usr/bin/dash" UID="root"'},
        {"type": 1309, "data": 'argc=3 a0="sh" a1="-c" a2=6563686F20E4BDA0'},
        {"type": 1307, "data": 'cwd="/srv"'},
        {"type": 1302, "data": 'item=0 name="out.txt" nametype=CREATE'},
    ],
}  # fmt: skip
AUDITBEAT = {
    "@timestamp": "2026-01-01T00:00:00.125Z",
    "event": {"module": "auditd", "action": "executed"},
    "host": {"name": "web-1"},
    "user": {"name": "root", "id": "0"},
    "process": {"args": ["sh", "-c", "echo 你"], "executable": "/usr/bin/dash", "name": "sh", "pid": 41,
                "working_directory": "/srv", "parent": {"pid": 40}},
    "auditd": {"message_type": "syscall", "sequence": 71, "result": "success",
               "data": {"syscall": "execve", "arch": "x86_64", "a0": "55"},
               "paths": [{"item": "0", "name": "out.txt", "nametype": "CREATE"}]},
}  # fmt: skip


@pytest.mark.parametrize("form", [LAUREL, GO_AUDIT, AUDITBEAT], ids=["laurel", "go-audit", "auditbeat"])
def test_json_gives_what_lines_give(form: dict[str, object], read: Callable) -> None:
    made = read(json.dumps(form, ensure_ascii=False) + "\n", "audit.json")
    assert (made.sensor, made.rejected) == ("auditd_json", [])
    found = by_type(made)
    call, execve, path = found["SYSCALL"], found["EXECVE"], found["PATH"]
    assert (call.kind, call.text("process.command_line")) == ("process", "sh -c echo 你")
    assert (call.text("process.executable"), call.text("user.name")) == ("/usr/bin/dash", "root")
    assert (call.extra["a0"], call.extra["SYSCALL"]) == ("55", "execve")
    assert (execve.extra["a1"], execve.extra["type"]) == ("-c", "EXECVE")
    assert (path.text("file.path"), path.text("event.type")) == ("/srv/out.txt", "creation")
    assert call.time.isoformat() == "2026-01-01T00:00:00.125000+00:00"


def test_raw_records_inside_json(read: Callable) -> None:
    lines = EXEC.strip().split("\n")
    made = read("".join(json.dumps({"message": line}) + "\n" for line in lines[:2]), "audit.json")
    assert made.sensor == "auditd_json"
    assert made.events[1].extra["a2"] == "echo 你"
    flat = {"type": "PATH", "msg": f"audit({STAMP}:7):", "name": '"/etc/passwd"', "nametype": "NORMAL"}
    assert read(json.dumps(flat), "audit.json").only.extra["name"] == "/etc/passwd"


def test_a_serial_without_end_is_cut_and_none_of_it_lost(read: Callable) -> None:
    line = f'type=PATH msg=audit({STAMP}:71): item=0 name="/srv/x" nametype=NORMAL\n'
    made = read(line * 2000, "audit.log")
    assert (len(made.events), made.rejected) == (2000, [])
