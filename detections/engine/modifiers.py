"""Value modifiers that pySigma does not do as the modifiers appendix of the Sigma specification 2.1 says.

Encodings work on bytes; `cased` and `windash` leave values as they are: atoms say how to compare.
"""

import re
from base64 import b64encode
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, ClassVar

from sigma.modifiers import SigmaModifier, SigmaValueModifier, modifier_mapping
from sigma.types import Placeholder, SigmaExpansion, SigmaFieldReference, SigmaString

from detections.engine.rule import Unsupported
from detections.engine.texts import DASHES

#: `|windash` before an encoding has to be written out, five dashes for each: 5 ** 5 forms are the most.
_MOST_DASHES = 5
_DASH = re.compile(f"[{re.escape(DASHES)}]")


class Bytes(SigmaString):
    """A string of bytes: each letter stands for the byte of its number."""


def _bytes(value: SigmaString, encoding: str = "utf-8") -> bytes:
    """Raises Unsupported for what has no bytes: wildcards and placeholders."""
    plain = "".join(part for part in value.s if isinstance(part, str))
    if not all(isinstance(part, str) for part in value.s):
        raise Unsupported(f"{str(value)[:60]!r}: wildcards and placeholders cannot be encoded")
    return plain.encode("latin-1" if isinstance(value, Bytes) else encoding)


def _plain(text: str, sort: type[SigmaString] = SigmaString) -> SigmaString:
    made = sort()
    made.s = [text]
    return made


class Cased(SigmaValueModifier[SigmaString | SigmaFieldReference, SigmaString | SigmaFieldReference]):
    """Letters count with their case."""

    def modify(self, val: SigmaString | SigmaFieldReference) -> SigmaString | SigmaFieldReference:
        return val


class Windash(SigmaValueModifier[SigmaString, SigmaString | SigmaExpansion]):
    """Dashes of all sorts are the same."""

    def modify(self, val: SigmaString) -> SigmaString | SigmaExpansion:
        if not is_encoded(self.detection_item.modifiers):
            return val
        marked = val.replace_with_placeholder(_DASH, "_dash")
        if sum(isinstance(part, Placeholder) for part in marked.s) > _MOST_DASHES:
            raise Unsupported(f"windash: more than {_MOST_DASHES} dashes to be encoded in {str(val)[:60]!r}")
        return SigmaExpansion(list(marked.replace_placeholders(_each_dash)))


def _each_dash(place: Placeholder) -> Iterator[str | Placeholder]:
    yield from DASHES if place.name == "_dash" else [place]


class Wide(SigmaValueModifier[SigmaString, SigmaString]):
    """UTF-16, little end first."""

    encoding: ClassVar[str] = "utf-16-le"
    mark: ClassVar[str] = ""

    def modify(self, val: SigmaString) -> SigmaString:
        made = Bytes()
        made.s = [
            _bytes(_plain(part), self.encoding).decode("latin-1") if isinstance(part, str) else part
            for part in ([self.mark, *val.s] if self.mark else val.s)
        ]
        return made


class WideBig(Wide):
    """UTF-16, big end first."""

    encoding = "utf-16-be"


class WideMarked(Wide):
    """UTF-16, little end first, after a byte order mark: FF FE."""

    mark = "\ufeff"


class Base64(SigmaValueModifier[SigmaString, SigmaString]):
    """The whole value in Base64 (RFC 4648, clause 4)."""

    def modify(self, val: SigmaString) -> SigmaString:
        return _plain(b64encode(_bytes(val)).decode())


class Base64Offset(SigmaValueModifier[SigmaString, SigmaExpansion]):
    """What is the same in Base64 whatever stands before and after, at each of the three shifts."""

    def modify(self, val: SigmaString) -> SigmaExpansion:
        data = _bytes(val)
        return SigmaExpansion([_plain(_shifted(data, shift)) for shift in range(3)])


def _shifted(data: bytes, shift: int) -> str:
    """Six bits a letter: those that bits of the bytes around have a part in are left out."""
    encoded = b64encode(bytes(shift) + data + bytes(3)).decode()
    return encoded[-(-shift * 8 // 6) : (shift + len(data)) * 8 // 6]


_ENCODINGS = (Wide, Base64, Base64Offset)


def is_encoded(modifiers: Iterable[type[object]]) -> bool:
    """Whether any of these modifiers makes bytes of text."""
    return any(issubclass(modifier, _ENCODINGS) for modifier in modifiers)


MODIFIERS: Mapping[str, type[SigmaModifier[Any, Any]]] = {
    **modifier_mapping,
    "base64": Base64,
    "base64offset": Base64Offset,
    "cased": Cased,
    "utf16": WideMarked,
    "utf16be": WideBig,
    "utf16le": Wide,
    "wide": Wide,
    "windash": Windash,
}
