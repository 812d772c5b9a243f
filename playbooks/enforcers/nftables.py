"""Blocks carried out by nftables on this machine's forward and input paths (nft(8), version 1.0 and up)."""

import subprocess
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from ipaddress import IPv4Address, IPv6Address, ip_address
from math import ceil

import msgspec

from taishi.core.clock import Clock, SystemClock
from taishi.core.ports import Enforced
from taishi.core.problems import Problem
from taishi.core.records import Block

_NAME = frozenset("abcdefghijklmnopqrstuvwxyz0123456789_-")
_PATIENCE_S = 15.0
_MISSING = "No such file or directory"


@dataclass(frozen=True)
class Ran:
    """What a command left behind."""

    status: int
    output: str
    error: str


#: Runs a command with a text on its standard input.
Run = Callable[[Sequence[str], str], Ran]


def run_command(command: Sequence[str], text: str) -> Ran:
    """Runs it on this machine. A missing program or a hang is a failed command, not an exception."""
    try:
        done = subprocess.run(  # noqa: S603 - fixed program, addresses validated, no shell
            command, input=text, capture_output=True, text=True, timeout=_PATIENCE_S, check=False,
            env={"LC_ALL": "C", "PATH": "/usr/sbin:/usr/bin:/sbin:/bin"},
        )  # fmt: skip
    except FileNotFoundError:
        return Ran(127, "", f"{command[0]} is not installed (apt-get install nftables)")
    except subprocess.TimeoutExpired:
        return Ran(124, "", f"{command[0]} did not answer within {_PATIENCE_S:.0f} s")
    return Ran(done.returncode, done.stdout, done.stderr)


class Nftables:
    """Fits `taishi.core.ports.Enforcer`: a table of ours with the blocked addresses in two sets.

    Each act is one nft transaction that also makes the table where it is missing, so acts can be
    repeated and nothing else on the machine is touched. An element times out by itself at its end,
    even when we are not running. `dry_run` does and asks nothing; it returns the commands.
    `netns` names a network namespace to work in.
    """

    name = "nftables"

    def __init__(
        self,
        run: Run = run_command,
        *,
        dry_run: bool = True,
        table: str = "taishi",
        netns: str | None = None,
        clock: Clock | None = None,
    ) -> None:
        """Raises Problem where `table` or `netns` is no plain name."""
        for name in (table, netns or "_"):
            if not name or not set(name) <= _NAME or name.startswith("-"):
                raise Problem(f"nftables: '{name}' 不是合法名称 / is no plain name; use a-z, 0-9, _ and -")
        self._run, self._dry_run, self._table = run, dry_run, f"inet {table}"
        self._nft = ("ip", "netns", "exec", netns, "nft") if netns else ("nft",)
        self._clock = clock or SystemClock()

    def apply(self, block: Block, expires: datetime) -> Enforced:
        """Drops the address from and to until `expires`. Raises Problem where it may not be blocked."""
        ip = blockable(block.address)
        left = ceil((expires - self._clock.now()).total_seconds())
        if left <= 0:
            return Enforced(False, self._dry_run, (), f"{ip}: the block had ended already ({expires})")
        # Put in and taken out first: an element that is there already would keep its old timeout.
        return self._carry_out((*self._clear(ip), f"add element {self._set(ip)} {{ {ip} timeout {left}s }}"))

    def lift(self, block: Block) -> Enforced:
        """Lets the address through again; done already is done."""
        return self._carry_out(self._clear(blockable(block.address)))

    def active(self) -> frozenset[str]:
        """The addresses in the sets now, as nft lists them; none in a dry run, which asks nothing.

        Raises Problem where nft cannot be asked.
        """
        if self._dry_run:
            return frozenset()
        return self._listed("block4") | self._listed("block6")

    def _carry_out(self, commands: tuple[str, ...]) -> Enforced:
        whole = (*self._foundation(), *commands)
        if self._dry_run:
            return Enforced(True, True, whole)
        ran = self._run((*self._nft, "-f", "-"), "\n".join((*whole, "")))
        return Enforced(ran.status == 0, False, whole, _first_line(ran.error) if ran.status else "")

    def _foundation(self) -> tuple[str, ...]:
        """Table, sets, counters and chains. `add` leaves what is there; rules are laid anew."""
        table = self._table
        return (
            f"add table {table}",
            f"add set {table} block4 {{ type ipv4_addr; flags timeout; }}",
            f"add set {table} block6 {{ type ipv6_addr; flags timeout; }}",
            f"add counter {table} dropped_from",
            f"add counter {table} dropped_to",
            *(line for hook in ("forward", "input") for line in self._chain(hook)),
        )

    def _chain(self, hook: str) -> tuple[str, ...]:
        """A base chain before the usual filters (priority filter - 10), so that no accept precedes it."""
        table = self._table
        return (
            f"add chain {table} {hook} {{ type filter hook {hook} priority filter - 10; policy accept; }}",
            f"flush chain {table} {hook}",
            f"add rule {table} {hook} ip saddr @block4 counter name dropped_from drop",
            f"add rule {table} {hook} ip daddr @block4 counter name dropped_to drop",
            f"add rule {table} {hook} ip6 saddr @block6 counter name dropped_from drop",
            f"add rule {table} {hook} ip6 daddr @block6 counter name dropped_to drop",
        )

    def _clear(self, ip: IPv4Address | IPv6Address) -> tuple[str, str]:
        """Takes the address out whether it is in or not: nft refuses to delete what is not there."""
        element = f"{self._set(ip)} {{ {ip} }}"
        return f"add element {element}", f"delete element {element}"

    def _set(self, ip: IPv4Address | IPv6Address) -> str:
        return f"{self._table} block{ip.version}"

    def _listed(self, name: str) -> frozenset[str]:
        ran = self._run((*self._nft, "-j", "list", "set", *self._table.split(), name), "")
        if ran.status == 0:
            return elements(ran.output)
        if _MISSING in ran.error:
            return frozenset()
        raise Problem(
            f"nftables: 查询不到封禁名单 / the list of blocks cannot be read ({_first_line(ran.error)});"
            " run as root with nftables installed"
        )


#: Makes the enforcer: `ENFORCER(dry_run=…, clock=…)`.
ENFORCER = Nftables


def blockable(address: str) -> IPv4Address | IPv6Address:
    """The one address a block names. Raises Problem for a network, a name, or an address that is
    nobody's: unspecified, loopback, multicast, broadcast, link-local, of a zone.
    """
    try:
        ip = ip_address(address)
    except ValueError:
        raise Problem(
            f"'{address}' 不是一个 IP 地址,不能封禁 / is not one IP address and cannot be blocked"
        ) from None
    if ip.version == 6 and (ip.ipv4_mapped or ip.scope_id):
        raise Problem(f"'{address}' 请写成普通地址再封禁 / write it as a plain address to block it")
    special = ip.is_unspecified or ip.is_loopback or ip.is_multicast or ip.is_link_local
    if special or ip == IPv4Address("255.255.255.255") or (ip.version == 4 and int(ip) >> 24 == 0):
        raise Problem(
            f"'{address}' 是特殊地址,不能封禁"
            " / is a loopback, multicast, link-local or all-zero address and cannot be blocked"
        )
    return ip


class _Element(msgspec.Struct):
    val: str


class _Timed(msgspec.Struct):
    elem: _Element


class _Set(msgspec.Struct):
    elem: list[str | _Timed] = []


class _Entry(msgspec.Struct):
    set: _Set | None = None


class _Listing(msgspec.Struct):
    nftables: list[_Entry]


def elements(listing: str) -> frozenset[str]:
    """The addresses in what `nft -j list set` prints (libnftables-json(5)). Raises Problem on all else."""
    try:
        entries = msgspec.json.decode(listing, type=_Listing).nftables
    except msgspec.MsgspecError as error:
        raise Problem(f"nftables: nft 的回答看不懂 / nft's answer is not understood ({error})") from None
    found = (one for entry in entries if entry.set for one in entry.set.elem)
    return frozenset(one if isinstance(one, str) else one.elem.val for one in found)


def _first_line(error: str) -> str:
    return error.strip().partition("\n")[0]
