"""Basic encoding rules (X.690) as far as Kerberos and LDAP use them; never reads past the end."""

from collections.abc import Iterator
from typing import NamedTuple

_DEEP = 4096


class Node(NamedTuple):
    """One element: its tag byte and its contents."""

    tag: int
    body: bytes

    @property
    def number(self) -> int:
        return int.from_bytes(self.body[:8], "big", signed=True)

    @property
    def text(self) -> str:
        return self.body.decode("utf-8", "replace")

    def children(self) -> Iterator["Node"]:
        return nodes(self.body)

    def child(self, *tags: int) -> "Node | None":
        """The element found by going down the tags; None where there is none."""
        at: Node | None = self
        for tag in tags:
            at = next((one for one in at.children() if one.tag == tag), None) if at is not None else None
        return at


def nodes(data: bytes) -> Iterator[Node]:
    """The elements that follow each other; stops where one is cut off."""
    at = 0
    for _ in range(_DEEP):
        end = size(data, at)
        if end is None or end > len(data):
            return
        yield Node(data[at], data[_begin(data, at) : end])
        at = end


def size(data: bytes, at: int = 0) -> int | None:
    """Where the element at `at` ends; None where its length is cut off or of indefinite form."""
    if at + 2 > len(data):
        return None
    length = data[at + 1]
    if length < 0x80:
        return at + 2 + length
    many = length & 0x7F
    if not many or many > 4 or at + 2 + many > len(data):
        return None
    return at + 2 + many + int.from_bytes(data[at + 2 : at + 2 + many])


def _begin(data: bytes, at: int) -> int:
    return at + 2 + (data[at + 1] & 0x7F if data[at + 1] & 0x80 else 0)
