"""Text that crossed the wire and may hold personal data: handed on to the search that masks it, no further.

What is looked for is no sensor's business (`detections.personal`): here only texts without a long number are
passed over, because nothing would be found in them.
"""

import re

#: Bytes of one body or file that are handed on.
SEARCHED = 65536
#: Under this name among an event's own fields: counted by the search, and never stored.
CONTENT = "content"

#: Numbers of eleven digits and more, a dash or space between them or not.
_LONG = re.compile(rb"[0-9](?:[ -]?[0-9]){9}[0-9Xx]")
_CONTROL = bytes([*range(9), 11, 12, *range(14, 32)])


def worth_searching(data: bytes) -> bool:
    """Whether the data hold a long number and are text."""
    return _LONG.search(data, 0, SEARCHED) is not None and is_text(data)


def is_text(data: bytes) -> bool:
    """Whether hardly a control character is at the beginning."""
    head = data[:4096]
    return len(head.translate(None, _CONTROL)) * 50 >= len(head) * 49


def searched_text(data: bytes) -> str | None:
    """The text that is worth searching, in UTF-8 or GB18030."""
    if not worth_searching(data):
        return None
    head = data[:SEARCHED]
    for encoding in ("utf-8", "gb18030"):
        try:
            return head.decode(encoding)
        except UnicodeDecodeError as error:
            if error.start >= len(head) - 3:
                return head[: error.start].decode(encoding)
    return head.decode("utf-8", "replace")


def printable(data: bytes) -> bytes:
    """What can be read of a binary protocol's answer: everything else becomes a line's end."""
    return _RUNS.sub(b"\n", data)


#: Bytes that are neither ASCII text nor within a character of UTF-8 or GB18030.
_RUNS = re.compile(rb"[\x00-\x08\x0b-\x1f\x7f\xff]+")
