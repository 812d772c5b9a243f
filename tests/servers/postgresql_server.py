"""A real PostgreSQL for tests: Debian's, in a temporary folder, on a socket of its own, ended by its pid."""

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_START_S, _STOP_S = 60, 20
#: Nothing here outlives a power cut, so nothing is synced.
_OPTIONS = (
    "-h",
    "",
    "-F",
    "-c",
    "full_page_writes=off",
    "-c",
    "log_min_messages=fatal",
    "-c",
    "max_connections=60",
)


def _programs() -> Path | None:
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"), key=lambda path: int(path.parts[4]))
    return found[-1].parent if found else None


def installed() -> bool:
    return _programs() is not None


@contextmanager
def running() -> Iterator["Server"]:
    """Starts a server of its own, ends only what it started."""
    programs = _programs()
    assert programs is not None
    folder = Path(tempfile.mkdtemp(prefix="taishi-pg-"))
    try:
        if os.geteuid() == 0:
            _give_away(folder)
        _run(programs / "initdb", "-D", folder / "data", "-U", "taishi", "-A", "trust", "-E", "UTF8", "-N")
        command = [programs / "postgres", "-D", folder / "data", "-k", folder, *_OPTIONS]
        with (folder / "log").open("wb") as log:
            process = subprocess.Popen(command, stdout=log, stderr=log, **_rights())
        try:
            server = Server(programs, folder)
            server.wait(process)
            yield server
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(_STOP_S)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


class Server:
    """`fresh` makes an empty database and gives its URI."""

    def __init__(self, programs: Path, folder: Path) -> None:
        self._programs, self._folder, self._made = programs, folder, 0

    def wait(self, process: "subprocess.Popen[bytes]") -> None:
        deadline = time.monotonic() + _START_S
        while not (self._folder / ".s.PGSQL.5432").exists() or not self._answers():
            assert process.poll() is None, (self._folder / "log").read_text()
            assert time.monotonic() < deadline, "PostgreSQL did not start"
            time.sleep(0.05)

    def _answers(self) -> bool:
        return (
            subprocess.run([self._programs / "pg_isready", "-q", "-h", self._folder], check=False).returncode
            == 0
        )

    def fresh(self) -> str:
        self._made += 1
        name = f"t{self._made}"
        _run(self._programs / "createdb", "-h", self._folder, "-U", "taishi", "-T", "template0", name)
        return f"postgresql://taishi@/{name}?host={self._folder}"


def _run(*words: str | Path) -> None:
    subprocess.run(words, check=True, capture_output=True, **_rights())


def _rights() -> dict[str, object]:
    """Whoever it may run as: not root."""
    return (
        {"user": "nobody", "group": pwd.getpwnam("nobody").pw_gid, "extra_groups": []}
        if os.geteuid() == 0
        else {}
    )


def _give_away(folder: Path) -> None:
    nobody = pwd.getpwnam("nobody")
    os.chown(folder, nobody.pw_uid, nobody.pw_gid)
