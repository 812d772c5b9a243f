"""A real Elasticsearch for tests: started from tests/.servers, or the one that ES_URL names."""

import json
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from elasticsearch import Elasticsearch

HOME = Path(__file__).parent.parent / ".servers" / "elasticsearch"
_START_S = 120
_STOP_S = 20

_SETTINGS = """
cluster.name: taishi-tests
discovery.type: single-node
network.host: 127.0.0.1
http.port: {http}
transport.port: {transport}
xpack.security.enabled: false
action.auto_create_index: false
cluster.routing.allocation.disk.threshold_enabled: false
cluster.max_shards_per_node: 20000
path.data: {folder}/data
path.logs: {folder}/logs
"""


def installed() -> bool:
    return (HOME / ".version").is_file()


@contextmanager
def running() -> Iterator[str]:
    """Starts a server of its own on loopback, gives its URL, ends only what it started."""
    with mortal() as server:
        yield server.url


@contextmanager
def mortal() -> Iterator["Mortal"]:
    """The same, for a test that kills it and starts it again on the data that it had."""
    folder = Path(tempfile.mkdtemp(prefix="taishi-elasticsearch-", dir=_mounted()))
    try:
        server = Mortal(folder, f"http://127.0.0.1:{_prepare(folder)}")
        try:
            server.start()
            yield server
        finally:
            server.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


class Mortal:
    """A server in a folder."""

    def __init__(self, folder: Path, url: str) -> None:
        self.url = url
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Returns once it answers."""
        self._process = _start(self._folder)
        _wait(self.url, self._process, self._folder)

    @property
    def group(self) -> int:
        """The process group of all that was started."""
        assert self._process is not None
        return self._process.pid

    def kill(self) -> None:
        """At once, by SIGKILL, whatever it is doing."""
        if self._process is not None:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
            self._process = None

    def stop(self) -> None:
        if self._process is not None:
            _stop(self._process)
            self._process = None


def _mounted() -> str | None:
    """Java must find the mount point of the server's data; a chroot hides that of its root."""
    mounts = {line.split()[1] for line in Path("/proc/self/mounts").read_text().splitlines()}
    return None if "/" in mounts else "/dev/shm"  # noqa: S108 - the one other place that is a mount


def _prepare(folder: Path) -> int:
    """A copy that the server's user may write, as it refuses to run as root. Gives the port."""
    shutil.copytree(HOME, folder / "server")
    (folder / "tmp").mkdir()
    http, transport = _free_ports(2)
    settings = _SETTINGS.format(http=http, transport=transport, folder=folder)
    (folder / "server" / "config" / "elasticsearch.yml").write_text(settings)
    if os.geteuid() == 0:
        user = pwd.getpwnam("nobody")
        for path in (folder, *folder.rglob("*")):
            os.chown(path, user.pw_uid, user.pw_gid, follow_symlinks=False)
    return http


def _start(folder: Path) -> subprocess.Popen[bytes]:
    server = folder / "server"
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(folder),
        "ES_JAVA_HOME": _java_home(),
        "ES_JAVA_OPTS": "-Xms512m -Xmx512m",
        # A folder of its own: the server refuses to start where this one holds its plugins.
        "ES_TMPDIR": str(folder / "tmp"),
    }
    rights = {"user": "nobody", "group": pwd.getpwnam("nobody").pw_gid, "extra_groups": []}
    with (folder / "output.log").open("wb") as output:
        return subprocess.Popen(
            [server / "bin" / "elasticsearch"],
            cwd=server,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            **(rights if os.geteuid() == 0 else {}),
        )


def _wait(url: str, server: "subprocess.Popen[bytes]", folder: Path) -> None:
    deadline = time.monotonic() + _START_S
    while time.monotonic() < deadline:
        if server.poll() is not None:
            break
        if _status(url) in ("green", "yellow"):
            return
        time.sleep(0.2)
    lines = (folder / "output.log").read_text(errors="replace").splitlines()[-20:]
    raise RuntimeError("Elasticsearch did not start:\n" + "\n".join(lines))


def _status(url: str) -> str | None:
    try:
        with urllib.request.urlopen(f"{url}/_cluster/health", timeout=5) as answer:  # noqa: S310
            return json.load(answer)["status"]
    except OSError:
        return None


def _stop(server: "subprocess.Popen[bytes]") -> None:
    """The launcher and the server it started are one process group of their own."""
    for sign in (signal.SIGTERM, signal.SIGKILL):
        try:
            os.killpg(server.pid, sign)
        except ProcessLookupError:
            break
        try:
            server.wait(_STOP_S)
        except subprocess.TimeoutExpired:
            continue
    server.wait()


def _java_home() -> str:
    """What ES_JAVA_HOME names, else where the `java` on the path lives."""
    java = shutil.which("java")
    return os.environ.get("ES_JAVA_HOME") or str(Path(java or "/usr/bin/java").resolve().parent.parent)


def _free_ports(count: int) -> list[int]:
    sockets = [socket.socket() for _ in range(count)]
    for one in sockets:
        one.bind(("127.0.0.1", 0))
    ports = [one.getsockname()[1] for one in sockets]
    for one in sockets:
        one.close()
    return ports


def delete_streams(url: str, pattern: str) -> None:
    """Removes what a test made; `pattern` must begin with a test's own prefix. The minimal server cannot
    remove streams; it ends with the run.
    """
    client = Elasticsearch(url).options(ignore_status=[404, 405])
    with closing(client):
        if client.indices.delete_data_stream(name=pattern).meta.status == 405:
            return
        client.indices.delete_index_template(name=pattern)
        client.cluster.delete_component_template(name=pattern)
