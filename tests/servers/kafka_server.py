"""A real Kafka broker for tests, alone in KRaft mode: started from tests/.servers (scripts/get-kafka)."""

import logging
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from confluent_kafka import KafkaException
from confluent_kafka.admin import AdminClient

_QUIET = logging.getLogger("kafka that starts")
_QUIET.addHandler(logging.NullHandler())
_QUIET.propagate = False
HOME = Path(__file__).parent.parent / ".servers" / "kafka"
_START_S, _STOP_S = 60, 20

_SETTINGS = """
process.roles=broker,controller
node.id=1
controller.quorum.bootstrap.servers=127.0.0.1:{controller}
listeners=PLAINTEXT://127.0.0.1:{broker},CONTROLLER://127.0.0.1:{controller}
controller.listener.names=CONTROLLER
log.dirs={folder}/logs
offsets.topic.replication.factor=1
offsets.topic.num.partitions=4
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
group.initial.rebalance.delay.ms=0
auto.create.topics.enable=false
"""


def installed() -> bool:
    return (HOME / ".version").is_file()


@contextmanager
def running() -> Iterator[str]:
    """Starts a broker of its own on loopback, gives its address, ends only what it started."""
    folder = Path(tempfile.mkdtemp(prefix="taishi-kafka-"))
    try:
        broker, controller = _free_ports(2)
        settings = folder / "server.properties"
        settings.write_text(_SETTINGS.format(broker=broker, controller=controller, folder=folder))
        identity = _java("kafka.tools.StorageTool", "random-uuid")
        format_ = ["kafka.tools.StorageTool", "format", "--standalone", "-c", str(settings), "-t"]
        subprocess.run([*_command(), *format_, _output(identity)], check=True, capture_output=True)
        with (folder / "output.log").open("wb") as output:
            server = subprocess.Popen(
                [*_command(), "kafka.Kafka", str(settings)],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        try:
            _wait(broker, server, folder)
            yield f"127.0.0.1:{broker}"
        finally:
            _stop(server)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _command() -> list[str]:
    return [shutil.which("java") or "java", "-Xms256m", "-Xmx256m", "-cp", f"{HOME}/libs/*"]


def _java(*words: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run([*_command(), *words], check=True, capture_output=True, text=True)


def _output(done: "subprocess.CompletedProcess[str]") -> str:
    return done.stdout.split()[-1]


def _wait(port: int, server: "subprocess.Popen[bytes]", folder: Path) -> None:
    deadline = time.monotonic() + _START_S
    while time.monotonic() < deadline and server.poll() is None:
        if _answers(port):
            return
        time.sleep(0.2)
    lines = (folder / "output.log").read_text(errors="replace").splitlines()[-20:]
    raise RuntimeError("Kafka did not start:\n" + "\n".join(lines))


def _answers(port: int) -> bool:
    """A listening port is not enough: the broker must know itself."""
    try:
        client = AdminClient({"bootstrap.servers": f"127.0.0.1:{port}", "logger": _QUIET})
        return bool(client.list_topics(timeout=1).brokers)
    except KafkaException:
        return False


def _stop(server: "subprocess.Popen[bytes]") -> None:
    for sign in (signal.SIGTERM, signal.SIGKILL):
        if server.poll() is not None:
            return
        os.killpg(server.pid, sign)
        try:
            server.wait(_STOP_S)
        except subprocess.TimeoutExpired:
            continue


def _free_ports(count: int) -> list[int]:
    sockets = [socket.socket() for _ in range(count)]
    for one in sockets:
        one.bind(("127.0.0.1", 0))
    ports = [one.getsockname()[1] for one in sockets]
    for one in sockets:
        one.close()
    return ports
