"""Client, router and server in namespaces of their own; blocks stand on the router."""

import os
import secrets
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from playbooks.enforcers.nftables import Nftables

SERVER4, SERVER6 = "198.51.100.2", "2001:db8:2::2"
PORT = 4711
#: Echoes UDP and TCP on both families until its standard input closes; says when it listens.
ECHO = """
import asyncio, sys

class Echo(asyncio.DatagramProtocol):
    def connection_made(self, transport): self.transport = transport
    def datagram_received(self, data, address): self.transport.sendto(data, address)

async def tcp(reader, writer):
    writer.write(await reader.read(16)); await writer.drain(); writer.close()

async def main():
    loop = asyncio.get_running_loop()
    for host in sys.argv[1:]:
        await loop.create_datagram_endpoint(Echo, (host, %d))
        await asyncio.start_server(tcp, host, %d)
    print("listening", flush=True)
    await loop.run_in_executor(None, sys.stdin.read)

asyncio.run(main())
""" % (PORT, PORT)  # noqa: UP031 - braces are the program's own
#: Exit 0 where the echo came back.
ASK = """
import socket, sys

kind = {"udp": socket.SOCK_DGRAM, "tcp": socket.SOCK_STREAM}[sys.argv[1]]
family = socket.AF_INET6 if ":" in sys.argv[2] else socket.AF_INET
with socket.socket(family, kind) as s:
    s.settimeout(0.7)
    s.connect((sys.argv[2], int(sys.argv[3])))
    s.send(b"hello")
    sys.exit(s.recv(16) != b"hello")
"""


def run(*command: str) -> str:
    return subprocess.run(command, check=True, capture_output=True, text=True, timeout=20).stdout


@dataclass(frozen=True)
class Net:
    """Three namespaces in a row."""

    client: str
    router: str
    server: str

    def reaches(self, how: str, address: str = SERVER4) -> bool:
        ask = (sys.executable, "-c", ASK, how, address, str(PORT))
        if how == "icmp":
            ask = ("ping", "-c", "1", "-W", "1", address)
        done = subprocess.run(
            ("ip", "netns", "exec", self.client, *ask), capture_output=True, timeout=20, check=False
        )
        return done.returncode == 0

    def nft(self) -> str:
        return run("ip", "netns", "exec", self.router, "nft", "list", "ruleset")


def _link(here: str, there: str, tag: str, subnet4: str, subnet6: str) -> None:
    """A cable: .1 on the router's side, .2 on the other's."""
    ends = (f"{tag}a", f"{tag}b")
    run("ip", "link", "add", ends[0], "netns", here, "type", "veth", "peer", "name", ends[1], "netns", there)
    for name, end, host in ((here, ends[0], 1), (there, ends[1], 2)):
        for address in (f"{subnet4}.{host}/24", f"{subnet6}::{host}/64"):
            # nodad: an IPv6 address is usable at once, there is nobody to collide with.
            run("ip", "-n", name, "addr", "add", address, "dev", end, *(["nodad"] * (":" in address)))
        run("ip", "-n", name, "link", "set", end, "up")
    for gateway in (f"{subnet4}.1", f"{subnet6}::1"):
        run("ip", "-n", there, "route", "add", "default", "via", gateway)


def _await_links(names: Net) -> None:
    """A router answers for IPv6 only when its link-local addresses have proved to be its own (RFC 4862)."""
    deadline = time.monotonic() + 20
    while not (names.reaches("icmp", SERVER6) and names.reaches("icmp")):
        assert time.monotonic() < deadline, "the namespaces made for the test do not reach each other"


def _need(condition: bool, why: str) -> None:
    if condition:
        return
    if os.environ.get("CI") == "true":
        pytest.fail(f"{why}, and CI must test with real packets")
    pytest.skip(why)


@pytest.fixture(scope="module")
def net() -> Iterator[Net]:
    _need(os.geteuid() == 0, "not root: network namespaces cannot be made")
    for program in ("nft", "ip", "ping"):
        _need(shutil.which(program) is not None, f"{program} is missing")
    entered = subprocess.run(("unshare", "--mount", "true"), capture_output=True, text=True, check=False)
    _need(entered.returncode == 0, f"namespaces cannot be entered here: {entered.stderr.strip()}")
    tag = f"ts{secrets.token_hex(3)}"
    names = Net(f"{tag}-c", f"{tag}-r", f"{tag}-s")
    server: subprocess.Popen[str] | None = None
    try:
        for name in (names.client, names.router, names.server):
            run("ip", "netns", "add", name)
            run("ip", "-n", name, "link", "set", "lo", "up")
        _link(names.router, names.client, f"{tag}c", "192.0.2", "2001:db8:1")
        _link(names.router, names.server, f"{tag}s", "198.51.100", "2001:db8:2")
        for key in ("ipv4/ip_forward", "ipv6/conf/all/forwarding"):
            run("ip", "netns", "exec", names.router, "sh", "-c", f"echo 1 > /proc/sys/net/{key}")
        server = subprocess.Popen(
            ("ip", "netns", "exec", names.server, sys.executable, "-c", ECHO, SERVER4, SERVER6),
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        assert server.stdout is not None
        assert server.stdout.readline() == "listening\n"
        _await_links(names)
        yield names
    finally:
        if server is not None:
            server.kill()
            server.communicate()
        for name in (names.client, names.router, names.server):
            subprocess.run(("ip", "netns", "del", name), capture_output=True, check=False)


@pytest.fixture
def enforcer(net: Net) -> Iterator[Nftables]:
    yield Nftables(dry_run=False, netns=net.router)
    subprocess.run(
        ("ip", "netns", "exec", net.router, "nft", "flush", "ruleset"), capture_output=True, check=False
    )
