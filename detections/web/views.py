"""A value as the programs behind a server would come to read it: each reading is a view to look at."""

import base64
import binascii
import html
import re
import unicodedata
from collections.abc import Callable, Iterator
from urllib.parse import unquote_to_bytes

from detections.decoding import resolve_lookups, without_comments
from taishi.core.encoded import chinese, readable

#: How often percent and entity layers are taken off; deeper nesting is not seen in practice and costs time.
_LAYERS = 4
#: Longest value that is looked at; what is longer is looked at by its beginning.
LONGEST = 8_192
_ENCODED = re.compile(r"%[0-9a-fA-F]{2}|%u[0-9a-fA-F]{4}|\\[ux][0-9a-fA-F]{2}|&#?\w+;|\\u\{")
_UNICODE = re.compile(r"(?:%u|\\u)([0-9a-fA-F]{4})|\\u\{([0-9a-fA-F]{2,5})\}|\\x([0-9a-fA-F]{2})")
#: Bytes that say an ASCII letter in two or three where one is right (RFC 3629, 3: to be refused).
_OVERLONG = re.compile(rb"\xe0[\x80\x81]([\x80-\xbf])|([\xc0\xc1])([\x80-\xbf])")
#: The same where Chinese in GBK has such bytes too (来, 力, 联): there they stand among others of its own.
_OVERLONG_ALONE = re.compile(rb"(?<![\x80-\xff])(?:[\xc0\xc1][\x80-\xbf])+(?![\x80-\xff])")
#: Letters that some programs take for ASCII ones: full width, circled.
_WIDE = re.compile("[\uff1c\uff1e\uff21-\uff3a\uff41-\uff5a\u2460-\u2473\u24b6-\u24ea]")
_QUOTES = str.maketrans({"\u2018": "'", "\u2019": "'", "\u02bc": "'", "\u2032": "'", "\uff07": "'"})
#: What a shell drops or makes nothing of: empty quotes, quotes, backslashes and unset variables in words.
_SHELL_NOTHING = re.compile(r"''|\"\"|``|\$\(\)|\$[@*!_]|\$\{\w{0,12}\}|[\\^'\"]|\$u\b|>\(\)")
_HIDDEN = re.compile(r"[\\^'\"$`]")
#: Nothing in it stands for something else.
_PLAIN = re.compile(r"[\w.,:;=@ /~!-]*")
#: A byte above ASCII and after it one that is a sign in ASCII and the second half of a letter in GBK.
_SWALLOWED = re.compile(r"(?i)%[89a-f][0-9a-f](?:%(?:40|5[b-e]|60|7[b-e])|[]@\[\\^`{|}~])")
_SQL_VERSION = re.compile(r"/\*!\d{0,6}|\*/")
_BASE64 = re.compile(r"[A-Za-z0-9+/_-]{16,8000}={0,2}")
_MOSTLY_TEXT = 0.95


def decoded(value: str, *, form: bool = True, read: Callable[[bytes], str] = readable) -> str:
    """Percent (also doubled), %u, \\x, overlong UTF-8 and entities taken off.

    `form`: + is a space. `read`: bytes as text; servers in China take GBK where it is no UTF-8.
    """
    value = value[:LONGEST]
    if form and "+" in value:
        value = value.replace("+", " ")
    for layer in range(_LAYERS):
        if not _ENCODED.search(value):
            break
        if layer and form and "+" in value:
            value = value.replace("+", " ")
        plain = html.unescape(_UNICODE.sub(_letter, _percent(value, read)))
        if plain == value:
            break
        value = plain
    return unicodedata.normalize("NFKC", value) if _WIDE.search(value) else value


def views(value: str, *, form: bool = True) -> Iterator[str]:
    """The value decoded; without SQL comments; as a shell would join it; unpacked where it is base64.

    Where GBK would make a backslash or the like the half of a letter, also with that byte by itself.
    """
    if len(value) < 16 and _PLAIN.fullmatch(value):
        yield value
        return
    plain = resolve_lookups(decoded(value, form=form))
    yield plain
    seen = {plain}
    apart = decoded(value, form=form, read=_as_utf8) if _SWALLOWED.search(value) else None
    for other in (_sql_view(plain), _shell_view(plain), _unpacked(plain), apart):
        if other and other not in seen:
            seen.add(other)
            yield other


def _as_utf8(raw: bytes) -> str:
    return raw.decode("utf-8", "replace")


def _percent(value: str, read: Callable[[bytes], str]) -> str:
    if "%" not in value:
        return value
    raw = unquote_to_bytes(value)
    if b"\xc0" in raw or b"\xc1" in raw or b"\xe0\x80" in raw or b"\xe0\x81" in raw:
        among = _OVERLONG_ALONE if chinese(raw) else _OVERLONG
        raw = among.sub(lambda run: _OVERLONG.sub(_narrow, run[0]), raw)
    return read(raw)


def _narrow(found: re.Match[bytes]) -> bytes:
    if found[1]:
        return bytes([found[1][0] & 0x3F | (0x40 if found[0][1] == 0x81 else 0)])
    return bytes([(found[2][0] & 1) << 6 | found[3][0] & 0x3F])


def _letter(found: re.Match[str]) -> str:
    number = int(found[1] or found[2] or found[3], 16)
    return "" if 0xD800 <= number < 0xE000 or number > 0x10FFFF else chr(number)


def _sql_view(plain: str) -> str:
    text = plain.translate(_QUOTES)
    if "/*" not in text:
        return text
    if "/*!" in text:
        return _SQL_VERSION.sub(" ", text)
    return without_comments(text.replace("/*", " /*"))


def _shell_view(plain: str) -> str:
    return _SHELL_NOTHING.sub("", plain) if _HIDDEN.search(plain) else plain


def _unpacked(plain: str) -> str | None:
    """What a value that is base64 throughout holds, None where that is no text."""
    if not _BASE64.fullmatch(plain):
        return None
    try:
        raw = base64.b64decode(plain.translate(str.maketrans("-_", "+/")) + "==")
        text = raw.decode("utf-8")
    except (binascii.Error, ValueError):
        return None
    readable = sum(letter.isprintable() or letter.isspace() for letter in text)
    return text if readable >= _MOSTLY_TEXT * len(text) else None
