"""Indicator values, as events write them."""

import re
from ipaddress import ip_address, ip_network
from urllib.parse import urlsplit

from taishi.core.indicators import IndicatorType
from taishi.core.observables import spell_url

#: MISP attribute types (https://www.misp-project.org/datamodels/#types) and what we look for them as.
TYPES: dict[str, IndicatorType] = {
    "ip-src": "address",
    "ip-dst": "address",
    "ip": "address",
    "domain": "domain",
    "hostname": "domain",
    "url": "url",
    "uri": "url",
    "md5": "md5",
    "sha1": "sha1",
    "sha256": "sha256",
    "imphash": "imphash",
    "tlsh": "tlsh",
    "ja3-fingerprint-md5": "ja3",
    "ja3": "ja3",
    "ja4": "ja4",
    "ja4-fingerprint": "ja4",
    "x509-fingerprint-md5": "certificate",
    "x509-fingerprint-sha1": "certificate",
    "x509-fingerprint-sha256": "certificate",
    "email": "email",
    "email-src": "email",
    "email-dst": "email",
    "email-reply-to": "email",
    "user-agent": "user_agent",
    "malware-sample": "other",
}
_LENGTHS = {
    "md5": (32,),
    "sha1": (40,),
    "sha256": (64,),
    "imphash": (32,),
    "ja3": (32,),
    "certificate": (32, 40, 64),
}
_NAME = re.compile(r"(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?\.)+(?:[a-z]{2,63}|xn--[a-z0-9-]{2,59})")
_EMAIL = re.compile(r"[^@\s]{1,64}@[^@\s]{1,255}")
_TLSH = re.compile(r"(?:T1)?[0-9A-F]{70}")


class NotAnIndicator(ValueError):
    """The value is none of its type."""


def parts_of(given: str, value: str) -> list[tuple[str, str, int | None]]:
    """A MISP attribute as (type, value, port): composite types such as `filename|md5` hold two values."""
    kinds, values = given.split("|"), value.split("|")
    if len(kinds) != 2 or len(values) != 2:
        return (
            [("md5", values[1], None)]
            if given == "malware-sample" and len(values) == 2
            else [(given, value, None)]
        )
    if kinds[1] == "port":
        return [(kinds[0], values[0], int(values[1]) if values[1].isdigit() else None)]
    return [(kind, one, None) for kind, one in zip(kinds, values, strict=True) if kind != "filename"]


def normal(given: str, value: str) -> tuple[IndicatorType, str]:
    """What to look for. Raises NotAnIndicator where the value cannot be what it is said to be."""
    kind, text = TYPES.get(given, "other"), value.strip()
    if kind in ("address", "network"):
        return _address(text)
    if kind == "domain":
        return kind, _domain(text)
    if kind == "url":
        return kind, _url(text)
    if kind == "email":
        if not _EMAIL.fullmatch(text):
            raise NotAnIndicator(f"{value!r} is no e-mail address")
        return kind, text.lower()
    if kind == "tlsh":
        return kind, _tlsh(text)
    return kind, text if kind not in _LENGTHS else _digits(text, _LENGTHS[kind])


def _address(text: str) -> tuple[IndicatorType, str]:
    try:
        if "/" in text:
            net = ip_network(text, strict=False)
            if net.prefixlen < net.max_prefixlen:
                return "network", str(net)
            return "address", str(net.network_address)
        return "address", str(ip_address(text.strip("[]")))
    except ValueError:
        raise NotAnIndicator(f"{text!r} is no address and no network") from None


def _domain(text: str) -> str:
    name = text.lower().rstrip(".").removeprefix("*.")
    try:
        name = name if name.isascii() else name.encode("idna").decode()
    except UnicodeError:
        raise NotAnIndicator(f"{text!r} is no domain name") from None
    if len(name) > 253 or not _NAME.fullmatch(name):
        raise NotAnIndicator(f"{text!r} is no domain name")
    return name


def _url(text: str) -> str:
    try:
        parts = urlsplit(text if "://" in text else f"//{text}")
        spelled = spell_url(text)
    except ValueError:
        raise NotAnIndicator(f"{text!r} is no URL") from None
    if not parts.hostname or spelled is None or not ("." in parts.hostname or ":" in parts.hostname):
        raise NotAnIndicator(f"{text!r} is no URL with a host")
    return spelled


def _tlsh(text: str) -> str:
    if not _TLSH.fullmatch(text.upper()):
        raise NotAnIndicator(f"{text!r} is no TLSH digest")
    return text.upper().removeprefix("T1")


def _digits(text: str, lengths: tuple[int, ...]) -> str:
    plain = text.lower().replace(":", "")
    if len(plain) not in lengths or not re.fullmatch(r"[0-9a-f]+", plain):
        raise NotAnIndicator(f"{text!r} is no hash of {' or '.join(map(str, lengths))} hexadecimal digits")
    return plain
