"""What was observed, made fit to leave the house: other units' addresses and secrets are masked.

Observed text is also somebody else's text (an attacker chose that URL), so it is quoted: no control or
direction characters, nothing that looks like an unfilled placeholder, no endless lines.
"""

import re
import unicodedata
from collections.abc import Iterable
from ipaddress import ip_address

# No \b: Python sees none between a Chinese character and a digit (接口ip是10.10.101.4). Digits after a
# further dot may be a port as tcpdump writes it, so they do not save the address before them.
_IPV4 = re.compile(r"(?<!\d)\d{1,3}(?:\.\d{1,3}){3}(?!\d)")
_IPV6 = re.compile(r"(?<![0-9A-Za-z:.])(?=[0-9A-Fa-f]*:)[0-9A-Fa-f:]{3,39}(?![0-9A-Za-z:])")
_SECRETS: tuple[re.Pattern[str], ...] = (
    re.compile(
        r"((?:password|passwd|passphrase|pwd|token|secret|api_?key|session_?id|口令|密码|密钥|验证码)"
        r"[\"'”]?\s*(?:[=:：]|为|是(?!否))\s*[\"'“]?)[^\s&;,，；。\"'”]+",
        re.IGNORECASE,
    ),
    re.compile(
        r"((?<![A-Za-z])(?:basic|bearer|digest|ntlm|negotiate)\s+)(?=\S*[0-9=])[\w+/=.~-]{8,}", re.IGNORECASE
    ),
    re.compile(r"((?<![A-Za-z])(?:set-)?cookie\s*[:：]\s*)[^，。]+", re.IGNORECASE),
    re.compile(r"(://[^\s/@:：]{1,100}:)[^\s/@]+(?=@)"),
)
_BARE_NONE = re.compile(r"(?<![A-Za-z0-9_「])None(?![A-Za-z0-9_」])")
_UNPRINTABLE = frozenset({"Cc", "Cf", "Cs", "Co", "Cn"})
#: So much more than is shown is looked at, for what begins within it.
_SPARE = 100
_BRACES = str.maketrans({"{": "｛", "}": "｝"})


class Mask:
    """Lets through the addresses that a letter may name, and masks every other."""

    def __init__(self, allowed: Iterable[str]) -> None:
        self._allowed = frozenset(_canonical(each) for each in allowed)

    def quote(self, observed: str, most: int = 200) -> str:
        """Observed text as the letter may show it, at most `most` characters of it."""
        text = _printable(observed)
        # Masked before it is cut: half an address tells nearly as much as the whole.
        shown = self._masked(_BARE_NONE.sub("「None」", text[: most + _SPARE]).translate(_BRACES))
        return f"{shown[:most]}……（原文共{len(text)}字）" if len(text) > most else shown

    def _masked(self, text: str) -> str:
        for secret in _SECRETS:
            text = secret.sub(r"\1***", text)
        return self.addresses(text)

    def addresses(self, text: str) -> str:
        text = _IPV4.sub(lambda found: self._shown(found[0], "."), text)
        return _IPV6.sub(lambda found: self._shown(found[0], ":"), text)

    def _shown(self, candidate: str, separator: str) -> str:
        if _canonical(candidate) in self._allowed or not _is_address(candidate, separator):
            return candidate
        first, second, *_ = candidate.split(separator)
        return f"{first}.{second}.*.*" if separator == "." else f"{first}:{second}:*"


def _printable(text: str) -> str:
    spaced = re.sub(r"\s+", " ", text).strip()
    return "".join("?" if unicodedata.category(each) in _UNPRINTABLE else each for each in spaced)


def _is_address(candidate: str, separator: str) -> bool:
    """Dotted quads always count, also ones with leading zeros that `ipaddress` refuses."""
    if separator == ".":
        return True
    try:
        ip_address(candidate)
    except ValueError:
        return False
    return True


def _canonical(address: str) -> str:
    try:
        return ip_address(address).compressed
    except ValueError:
        return address.lower()
