"""Blocks carried out by nftables on this machine's forward and input paths (nft(8), version 1.0 and up)."""

import subprocess
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import IPv4Address, IPv6Address, ip_address
from math import ceil

from playbooks.enforcers.nftables_listing import HOOKS, RULES, read_listing
from taishi.core.clock import Clock, SystemClock
from taishi.core.ports import Enforced, Standing
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
        left = self._left_s(expires)
        if left <= 0:
            return Enforced(False, self._dry_run, (), f"{ip}: the block had ended already ({expires})")
        # Put in and taken out first: an element that is there already would keep its old timeout.
        return self._carry_out((*self._clear(ip), self._element(ip, left)))

    def lift(self, block: Block) -> Enforced:
        """Lets the address through again; done already is done."""
        return self._carry_out(self._clear(blockable(block.address)))

    def standing(self) -> Standing:
        """The addresses in the sets, as nft lists them; a table that is not there drops nothing.

        Raises Problem where nft cannot be asked.
        """
        if self._dry_run:
            return Standing()
        ran = self._run((*self._nft, "-j", "list", "table", *self._table.split()), "")
        if ran.status and _MISSING in ran.error:
            return Standing()
        if ran.status:
            raise Problem(
                f"nftables: 查询不到封禁名单 / the list of blocks cannot be read ({_first_line(ran.error)});"
                " run as root with nftables installed"
            )
        found, now = read_listing(ran.output), self._clock.now()
        ends = {
            address: None if left is None else now + timedelta(seconds=left)
            for address, left in found.left_s.items()
        }
        return Standing(ends, found.faults)

    def restore(self, blocks: Iterable[tuple[Block, datetime]]) -> Enforced:
        """Makes the table anew with exactly these. Raises Problem where one may not be blocked."""
        left = {blockable(block.address): self._left_s(end) for block, end in blocks}
        elements = tuple(self._element(ip, left_s) for ip, left_s in left.items() if left_s > 0)
        # Added first: nft refuses to delete a table that is not there.
        return self._carry_out(elements, (f"add table {self._table}", f"delete table {self._table}"))

    def _carry_out(self, commands: tuple[str, ...], before: tuple[str, ...] = ()) -> Enforced:
        whole = (*before, *self._foundation(), *commands)
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
            *(line for hook in HOOKS for line in self._chain(hook)),
        )

    def _chain(self, hook: str) -> tuple[str, ...]:
        """A base chain before the usual filters (priority filter - 10), so that no accept precedes it."""
        table = self._table
        return (
            f"add chain {table} {hook} {{ type filter hook {hook} priority filter - 10; policy accept; }}",
            f"flush chain {table} {hook}",
            *(
                f"add rule {table} {hook} {family} {side} @{named} counter name {counter} drop"
                for family, side, named, counter in RULES
            ),
        )

    def _clear(self, ip: IPv4Address | IPv6Address) -> tuple[str, str]:
        """Takes the address out whether it is in or not: nft refuses to delete what is not there."""
        element = f"{self._set(ip)} {{ {ip} }}"
        return f"add element {element}", f"delete element {element}"

    def _set(self, ip: IPv4Address | IPv6Address) -> str:
        return f"{self._table} block{ip.version}"

    def _element(self, ip: IPv4Address | IPv6Address, left_s: int) -> str:
        return f"add element {self._set(ip)} {{ {ip} timeout {left_s}s }}"

    def _left_s(self, end: datetime) -> int:
        return ceil((end - self._clock.now()).total_seconds())


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


def _first_line(error: str) -> str:
    return error.strip().partition("\n")[0]
