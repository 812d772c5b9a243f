"""Secrets stay out of events: masking of passwords in URLs, headers and bodies, and finding who logs on."""

import base64
import binascii
import re

from taishi.core.encoded import percent_decoded

MASK = "***"

#: Names of parameters that carry a secret, as web forms write them.
_PARAMETER = r"[\w.\-\[\]%]*(?:pass(?:w(?:or)?d|code|phrase|wd)?|passwd|pwd|pswd|psw|mima)[\w.\-\[\]%]*"
_NAME = (
    r"(?:user(?:[-_]?(?:name|id))?|j_username|login(?:[-_]?name)?|log|account|uname|uid|usr|email|mail|yhm)"
)

_FORM = re.compile(rf"(?i)((?:^|[?&;\s])({_PARAMETER})=)([^&;\s]+)")
_JSON = re.compile(rf'(?i)("({_PARAMETER})"\s*:\s*)("(?:[^"\\]|\\.)*"?|[\d.]+)')
_MULTIPART = re.compile(rf'(?is)(name="({_PARAMETER})"[^\r\n]*\r?\n(?:[^\r\n]+\r?\n)*\r?\n)([^\r\n]+)')
_XML = re.compile(rf"(?is)(<(?:\w+:)?({_PARAMETER})(?:\s[^>]*)?>)([^<]+)")
_USERINFO = re.compile(r"(?i)(\w+://[^/@:\s]*:)([^/@\s]+)(?=@)")
_SHAPES = (_FORM, _JSON, _MULTIPART, _XML)

_LABELLED = re.compile(
    r"(?i)(\b(?:pass(?:w(?:or)?d|code|phrase)?|passwd|pwd|secret|token)\s*:\s*)([^<\r\n|]+)"
)

_FORM_USER = re.compile(rf"(?i)(?:^|[?&;\s])(?:\w+[.\[])?{_NAME}\]?=([^&;\s]*)")
_JSON_USER = re.compile(rf'(?i)"{_NAME}"\s*:\s*"((?:[^"\\]|\\.)*)')
_MULTIPART_USER = re.compile(rf'(?is)name="{_NAME}"[^\r\n]*\r?\n(?:[^\r\n]+\r?\n)*\r?\n([^\r\n]+)')

_MASKED_HEADERS = frozenset({"authorization", "proxy-authorization", "cookie", "x-api-key", "x-auth-token"})


def masked(text: str) -> str:
    """The text with the values of password-like parameters replaced."""
    for shape in _SHAPES:
        text = shape.sub(rf"\1{MASK}", text)
    return _USERINFO.sub(rf"\1{MASK}", text)


def without_labelled(text: str) -> str:
    """The text with what stands behind a label such as `Password:` replaced: reports list passwords so."""
    return masked(_LABELLED.sub(rf"\1{MASK}", text))


def masked_header(name: str, value: str) -> str:
    """A header's value; of credentials only the scheme stays."""
    if name.lower() not in _MASKED_HEADERS:
        return masked(value)
    scheme, space, _ = value.partition(" ")
    return f"{scheme} {MASK}" if space and name.lower().endswith("authorization") else MASK


def has_password(text: str) -> bool:
    """Whether the text has a password-like parameter with a value."""
    return any(shape.search(text) for shape in _SHAPES)


def user_in(text: str) -> str | None:
    """The user name beside a password in a form, JSON or multipart body."""
    for shape, encoded in ((_FORM_USER, True), (_JSON_USER, False), (_MULTIPART_USER, False)):
        found = shape.search(text)
        if found:
            return (percent_decoded(found[1].replace("+", " ")) if encoded else found[1]) or None
    return None


def basic_user(value: str) -> str | None:
    """The user name of `Basic …` (RFC 7617), None where the header is something else."""
    scheme, _, token = value.partition(" ")
    if scheme.lower() != "basic":
        return None
    return base64_text(token).partition(":")[0]


def base64_text(token: str) -> str:
    """What was encoded, as far as it can be read."""
    try:
        raw = base64.b64decode(token.strip() + "==")
    except (binascii.Error, ValueError):
        return ""
    return raw.decode("utf-8", "replace")


def plain_user(token: str) -> str | None:
    """The user name of SASL PLAIN (RFC 4616): authorisation, NUL, user, NUL, password."""
    parts = base64_text(token).split("\0")
    return (parts[1] or None) if len(parts) >= 3 else None
