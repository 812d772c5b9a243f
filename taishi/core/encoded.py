"""Text whose encoding nobody said: UTF-8, else Chinese as servers in China write it (GB 18030 and GBK)."""

import re
from urllib.parse import unquote_to_bytes

#: CJK ideographs, their punctuation and full-width forms (Unicode blocks 3000, 4E00–9FFF, FF00).
_PLAIN_CHINESE = re.compile("[\u3000-\u303f\u4e00-\u9fff\uff00-\uffef]")


def chinese(raw: bytes) -> str | None:
    """Bytes in GB 18030 where that gives Chinese only: random bytes would give rare characters."""
    try:
        text = raw.decode("gb18030")
    except UnicodeDecodeError:
        return None
    return text if all(letter < "\x80" or _PLAIN_CHINESE.match(letter) for letter in text) else None


def readable(raw: bytes, errors: str = "replace") -> str:
    """Bytes as text. `errors`: what becomes of bytes that are neither (`bytes.decode`)."""
    try:
        return raw.decode()
    except UnicodeDecodeError:
        found = chinese(raw)
        return raw.decode("utf-8", errors) if found is None else found


def percent_decoded(text: str) -> str:
    """Percent signs taken off once (RFC 3986, 2.1), as a server would read what they stand for."""
    return readable(unquote_to_bytes(text)) if "%" in text else text
