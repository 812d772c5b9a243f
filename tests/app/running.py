"""The whole service as a process on a free loopback port."""

import json
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

PATIENCE_S = 150


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def service(data: Path, *words: str, port: int = 0) -> Iterator[tuple[subprocess.Popen[bytes], str]]:
    """`taishi up`; ended at the end, if it still runs. It writes to `up.log` beside the data."""
    address = f"127.0.0.1:{port or free_port()}"
    command = [sys.executable, "-m", "taishi.cli.main", "up", *words, "--data", str(data)]
    log = (data.parent / "up.log").open("ab")
    process = subprocess.Popen([*command, "--listen", address], stdout=log, stderr=log)
    try:
        yield process, f"http://{address}"
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGINT)
            process.wait(60)
        log.close()


def wait_for(met: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        if met():
            return
        time.sleep(0.5)
    pytest.fail(f"not within {PATIENCE_S} s: {what}")


def health(address: str) -> dict[str, object]:
    """What /healthz says; nothing while nobody answers."""
    try:
        with urllib.request.urlopen(f"{address}/healthz", timeout=2) as answer:  # noqa: S310 - loopback
            return dict(json.load(answer))
    except urllib.error.HTTPError as told:
        return dict(json.load(told))
    except OSError:
        return {}


def healthy(address: str) -> bool:
    found = health(address)
    return (found.get("ok"), found.get("why")) == (True, [])
