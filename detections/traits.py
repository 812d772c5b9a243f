"""Traits: things that each have innocent causes and together have few; their weights add up to a score.

Those of a peer that speak for a control server, whatever the protocol, are told here.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import ip_address

from detections.ledger.view import MIN_HOSTS, View, rows_where
from detections.services import USUAL_PORTS
from taishi.core.text import Text


@dataclass(frozen=True)
class Trait:
    """One thing that speaks for it, and how much."""

    weight: int
    words: Text


SELF_SIGNED = Trait(2, Text("证书自签名", "self-signed certificate"))
NO_NAME = Trait(2, Text("TLS 未给出域名或直接使用地址", "no server name, or a bare address"))
ODD_PORT = Trait(2, Text("非常用端口", "an unusual port"))
RARE = Trait(1, Text("全网仅此一台主机访问", "no other host of ours calls it"))
NEW = Trait(1, Text("此前从未出现的外部地址", "an outside address never met before"))


@lru_cache(maxsize=65536)
def is_address(name: str) -> bool:
    """Whether a name is an address, with or without a port."""
    try:
        ip_address(name.rpartition(":")[0] if name.count(":") == 1 else name.strip("[]"))
    except ValueError:
        return False
    return True


def peer_traits(
    view: View, source: str, destinations: Collection[str], ports: Iterable[int], name: str
) -> list[Trait]:
    """What is known of these addresses as one peer of `source`, heaviest first."""
    shaken = rows_where(rows_where(view.handshakes, "src", [source]), "dst", destinations)
    found = []
    if sum(shaken["self_signed"].to_pylist()):
        found.append(SELF_SIGNED)
    if is_address(name) or (not name and shaken.num_rows and not any(shaken["name"].to_pylist())):
        found.append(NO_NAME)
    if not set(ports) & USUAL_PORTS:
        found.append(ODD_PORT)
    if view.hosts >= MIN_HOSTS and max(view.callers(destinations).values(), default=0) == 1:
        found.append(RARE)
    if all(map(view.history.is_new, destinations)):
        found.append(NEW)
    return sorted(found, key=lambda one: -one.weight)


def score(traits: Iterable[Trait]) -> int:
    """How much they weigh together."""
    return sum(one.weight for one in traits)


def weighed(traits: Iterable[Trait]) -> Text:
    """The traits in words with their weights, heaviest first."""
    ordered = sorted(traits, key=lambda one: (-one.weight, one.words.en))
    return Text(
        "、".join(f"{one.words.zh}（+{one.weight}）" for one in ordered),
        ", ".join(f"{one.words.en} (+{one.weight})" for one in ordered),
    )


def said(traits: Iterable[Trait]) -> Text:
    """The traits in words."""
    listed = list(traits)
    return Text("、".join(one.words.zh for one in listed), ", ".join(one.words.en for one in listed))
