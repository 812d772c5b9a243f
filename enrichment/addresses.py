"""Addresses as people write them into a register."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import (
    AddressValueError,
    IPv4Address,
    IPv6Address,
    ip_address,
    ip_network,
    summarize_address_range,
)
from unicodedata import normalize

from taishi.core.records import AssetKind
from taishi.core.text import Text

Address = IPv4Address | IPv6Address

_DASH = re.compile(r"\s*[-~\u2010-\u2015\u2212\u81f3]+\s*")  # hyphens, dashes, minus, 至
_BETWEEN = re.compile(r"[、,;\s]+")
_LABEL = r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?"
#: RFC 1035 2.3.4 lengths; the last label begins with a letter (RFC 1035 2.3.1): 10.1.1.300 is no domain.
_DOMAIN = re.compile(rf"(?=.{{1,253}}$)(?:{_LABEL}\.)+(?=[a-z]){_LABEL}")
_SCHEME = re.compile(r"^[a-z][a-z0-9+.-]*://")
_BLANKS = re.compile(r"[、;\s]+")
#: A scheme, a host that is more than its name: with a port, a path or both.
_URL = re.compile(r"(?:([A-Za-z][A-Za-z0-9+.-]*)://)?[^/:?#]+(?=[:/?#].)(:\d{1,5})?([/?#].*)?")
_PORT_OR_PATH = re.compile(r"[/:?#].*$")
#: What people write where there is nothing to write.
NOTHING = frozenset({"", "-", "--", "/", "无", "没有", "暂无", "none", "n/a", "na"})


@dataclass(frozen=True)
class Place:
    """What an asset stands at, in its one canonical spelling."""

    kind: AssetKind
    value: str


class NotAPlace(ValueError):
    """Why a text is no address, network, range or domain; `token` is the piece that is none."""

    def __init__(self, token: str, why: Text) -> None:
        super().__init__(why.en)
        self.token = token
        self.why = why


def places(text: str) -> Iterator[Place | NotAPlace]:
    """Everything one cell names: addresses, CIDR networks, ranges (`a-b`, `10.0.0.1-20`; as the
    networks that make them up) and domains, parted by 、 , ; blanks or line ends.
    """
    plain = normalize("NFKC", text).strip().lower()
    if plain in NOTHING:
        return
    for token in _BETWEEN.split(_DASH.sub("-", plain)):
        if token in NOTHING:
            continue
        try:
            yield from _places(token)
        except NotAPlace as error:
            yield error


def domains(text: str) -> Iterator[Place | NotAPlace]:
    """The domains one cell names; of a URL its host, which may be an address."""
    plain = normalize("NFKC", text).strip().lower()
    for token in _BETWEEN.split(plain) if plain not in NOTHING else ():
        if token in NOTHING:
            continue
        try:
            yield _host(token)
        except NotAPlace as error:
            yield error


def urls(text: str) -> Iterator[Place | NotAPlace]:
    """The web addresses one cell names: with a path or port a URL, otherwise as `domains` reads it."""
    plain = normalize("NFKC", text).strip()
    for token in _BLANKS.split(plain) if plain.lower() not in NOTHING else ():
        try:
            yield _url(token)
        except NotAPlace as error:
            yield error


def _url(token: str) -> Place:
    """RFC 3986: scheme and host do not care for case, the path does."""
    host = _host(token.lower())
    found = _URL.fullmatch(token)
    if found is None:
        return host
    scheme, port, path = (found[1] or "http").lower(), found[2] or "", found[3] or ""
    return Place("url", f"{scheme}://{host.value}{port}{path}")


def _host(token: str) -> Place:
    bare = _PORT_OR_PATH.sub("", _SCHEME.sub("", token)).removeprefix("*.").rstrip(".")
    try:
        return _single(token, IPv4Address(bare))
    except AddressValueError:
        pass
    domain = _ascii(bare)
    if domain is None or not _DOMAIN.fullmatch(domain):
        raise NotAPlace(token, Text("不是域名,例如 oa.example.gov.cn", "is no domain like oa.example.gov.cn"))
    return Place("domain", domain)


def _places(token: str) -> list[Place]:
    if "/" in token:
        return [_network(token)]
    try:
        return [_single(token, ip_address(token))]
    except NotAPlace:
        raise
    except ValueError:
        pass
    if _DOMAIN.fullmatch(token):
        return [Place("domain", token)]
    first, dash, last = token.partition("-")
    if dash:
        return _range(token, first, last)
    raise NotAPlace(
        token,
        Text(
            "不是地址,请写 192.0.2.1、192.0.2.0/24 或 192.0.2.1-192.0.2.9",
            "is no address; write 192.0.2.1, 192.0.2.0/24 or 192.0.2.1-192.0.2.9",
        ),
    )


def _network(token: str) -> Place:
    try:
        network = ip_network(token, strict=False)
        exact = ip_address(token.split("/")[0]) == network.network_address
    except ValueError:
        raise NotAPlace(
            token, Text("不是网段,请写成 192.0.2.0/24 的样子", "is no network like 192.0.2.0/24")
        ) from None
    if network.num_addresses == 1:
        return _single(token, network.network_address)
    if not exact:
        raise NotAPlace(
            token,
            Text(
                f"是网段里的一个地址:整段请写 {network},单个地址请去掉 /{network.prefixlen}",
                f"is an address in a network: write {network} for all of it, or drop /{network.prefixlen}",
            ),
        )
    if network.prefixlen == 0:
        raise NotAPlace(
            token, Text("是所有地址,不会都属于一个单位", "is every address there is, not one unit's")
        )
    _refuse_special(token, network.network_address)
    return Place("cidr", str(network))


def _single(token: str, ip: Address) -> Place:
    _refuse_special(token, ip)
    return Place("address", str(ip))


def _range(token: str, first: str, last: str) -> list[Place]:
    try:
        begin = ip_address(first)
        if begin.version == 4 and last.isdecimal():
            last = f"{first.rpartition('.')[0]}.{last}"
        networks = list(summarize_address_range(begin, ip_address(last)))
    except (ValueError, TypeError):
        raise NotAPlace(
            token,
            Text("不是地址范围,请写成 192.0.2.1-192.0.2.9", "is no range like 192.0.2.1-192.0.2.9"),
        ) from None
    return [_network(str(network)) for network in networks]


def _refuse_special(token: str, ip: Address) -> None:
    if ip.is_multicast or ip.is_loopback or ip.is_unspecified:
        raise NotAPlace(
            token,
            Text(
                "是组播、环回或全零地址,不能是资产", "is a multicast, loopback or all-zero address, no asset"
            ),
        )


def _ascii(host: str) -> str | None:
    """The host as it goes over the wire (RFC 3490), None where it cannot."""
    try:
        return host.encode("idna").decode() if not host.isascii() else host
    except UnicodeError:
        return None
