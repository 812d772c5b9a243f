"""DNS tunnels: one host asks ever new, long, random-looking names below one domain."""

import math
import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field

from detections.hits import Evidences, Finding, hit
from detections.networks import Networks
from taishi.core.ecs import Kind
from taishi.core.event import Batch, Event
from taishi.core.records import Hit
from taishi.core.text import Text

#: Names below this many are too few to carry a session.
MIN_NAMES = 40
#: Of all questions below the domain, the share that never came before: a cache is of no use to a tunnel.
MIN_NEW = 0.7
#: Mean length of the part below the registered domain: DNS names of people and services are shorter.
MIN_LENGTH = 24
#: Bits a character: hexadecimal text has at most 4, base32 5, words about 2.5 to 3.5.
MIN_ENTROPY = 3.2
#: Bytes carried upward by the names alone.
MIN_BYTES = 1500
#: Reverse lookups and names that never leave the link.
_LOCAL = (".in-addr.arpa", ".ip6.arpa", ".local", ".home.arpa")
#: Zones that are asked about files and addresses by design: reputation services (RFC 5782 and vendors').
_REPUTATION = (
    ".hash.cymru.com", ".avqs.mcafee.com", ".avts.mcafee.com", ".sophosxl.net", ".spamhaus.org", ".surbl.org",
    ".uribl.com", ".barracudacentral.org", ".spamcop.net", ".senderbase.org", ".dnswl.org", ".mailspike.net",
    ".gti.mcafee.com", ".e5.sk", ".ctmail.com", ".cloudfilter.net",
)  # fmt: skip
#: What a top-level domain looks like (RFC 3696 section 2: alphabetic, or an A-label).
_TOP_LEVEL = re.compile(r"[a-z]{2,24}|xn--[a-z0-9-]+")
_LINK = frozenset({"mdns", "llmnr", "netbios"})

FINDING = Finding(
    "taishi.behaviour.dns-tunnel",
    Text("DNS 隧道", "DNS tunnel"),
    "compromised",
    "high",
    ("T1071.004", "T1572", "T1048.003"),
    Text(
        "立即断网隔离该主机，在 DNS 服务器上停止解析该域名，查明发起查询的进程并清除，评估外传数据。",
        "Isolate the host, stop resolving the domain, find and remove the asking process, assess what left.",
    ),
)


@dataclass
class _Stream:
    """Questions of one host below one domain."""

    names: set[str] = field(default_factory=set)
    asked: int = 0
    letters: Counter[str] = field(default_factory=Counter)
    length: int = 0
    servers: set[str] = field(default_factory=set)
    evidence: Evidences = field(default_factory=Evidences)


class DnsTunnel:
    """Watches DNS questions."""

    id = FINDING.rule
    kinds: frozenset[Kind] = frozenset({"dns"})

    def __init__(self, networks: Networks) -> None:
        self._networks = networks
        self._streams: dict[tuple[str, str], _Stream] = defaultdict(_Stream)

    def observe(self, batch: Batch) -> None:
        for event in batch.events():
            name = event.text("dns.question.name").lower().rstrip(".")
            if (
                name
                and not name.endswith((*_LOCAL, *_REPUTATION))
                and event.text("network.protocol") not in _LINK
            ):
                self._note(event, name)

    def _note(self, event: Event, name: str) -> None:
        below, domain = split_domain(name, event.text("dns.question.registered_domain"))
        if not _TOP_LEVEL.fullmatch(
            domain.rpartition(".")[2]
        ):  # straight to a server that needs no delegation
            below, domain = name, event.text("destination.ip")
        stream = self._streams[event.text("source.ip") or event.text("host.name"), domain]
        stream.asked += 1
        stream.evidence.add(event, side="source")
        stream.servers.add(event.text("destination.ip"))
        if below and below not in stream.names:
            stream.names.add(below)
            stream.letters.update(below.replace(".", ""))
            stream.length += len(below)

    def hits(self) -> Iterator[Hit]:
        for (source, domain), stream in self._streams.items():
            if source and is_tunnel(stream.names, stream.asked, stream.letters, stream.length):
                yield self._hit(source, domain, stream)

    def _hit(self, source: str, domain: str, stream: _Stream) -> Hit:
        outside = [server for server in stream.servers if server and not self._networks.inside(server)]
        number, sent = len(stream.names), stream.length
        return hit(
            FINDING,
            stream.evidence,
            key=domain,
            subject=source,
            subject_kind="ip",
            peers=[domain, *outside],
            summary=Text(
                f"{source} 向域名 {domain} 发出 {stream.asked} 次查询，{number} 个不重复的长随机子域名，"
                f"携带约 {sent / 1024:.1f} KB",
                f"{source} asked {stream.asked} times below {domain}: {number} different long random names "
                f"carrying about {sent / 1024:.1f} KB",
            ),
        )


def is_tunnel(names: set[str], asked: int, letters: Counter[str], length: int) -> bool:
    """Many new, long and random names: all of it, since each alone has innocent causes."""
    number = len(names)
    return (
        number >= MIN_NAMES
        and number / asked >= MIN_NEW
        and length >= MIN_BYTES
        and length / number >= MIN_LENGTH
        and entropy(letters) >= MIN_ENTROPY
    )


def entropy(letters: Counter[str]) -> float:
    """Shannon entropy in bits a character."""
    total = letters.total()
    return -sum(n / total * math.log2(n / total) for n in letters.values()) if total else 0.0


def split_domain(name: str, registered: str) -> tuple[str, str]:
    """The part below the registered domain, and that domain (the last two labels where unknown)."""
    domain = registered.lower() or ".".join(name.split(".")[-2:])
    return (name[: -len(domain)].rstrip("."), domain) if name.endswith(domain) else (name, domain)


BEHAVIOUR = DnsTunnel
