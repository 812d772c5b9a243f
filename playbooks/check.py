"""Takes a YAML document apart and keeps what is wrong with it, by key."""

from collections.abc import Iterable, Mapping
from typing import TypeVar, cast

W = TypeVar("W", bound=str)
Document = Mapping[str, object]


class Check:
    """Takes a YAML document apart; what is wrong is kept by its key, in order."""

    def __init__(self) -> None:
        self.errors: list[str] = []

    def mapping(
        self, value: object, key: str, *, required: Iterable[str] = (), optional: Iterable[str] = ()
    ) -> Document:
        """The value as a mapping with these keys and no others; empty where it is none."""
        needed = tuple(required)
        allowed = (*needed, *optional)
        if not isinstance(value, dict):
            self.errors.append(
                f"{key or 'the document'}: must be a mapping with the keys {', '.join(allowed)}"
            )
            return {}
        prefix = f"{key}." if key else ""
        for name in value:
            if name not in allowed:
                self.errors.append(f"{prefix}{name}: unknown key; there are {', '.join(allowed)}")
        for name in needed:
            if name not in value:
                self.errors.append(f"{prefix}{name}: is missing")
        return cast(Document, value)

    def word(self, value: object, key: str, allowed: tuple[W, ...], what: str) -> W:
        """The value as one of the words allowed; the first of them where it is none."""
        for one in allowed:
            if value == one:
                return one
        self.errors.append(f"{key}: '{value}' is no {what}; write one of {', '.join(allowed)}")
        return allowed[0]

    def text(self, value: object, key: str) -> str:
        """The value as text without blanks around it; empty where it is none."""
        if isinstance(value, str) and value.strip():
            return value.strip()
        self.errors.append(f"{key}: must be a text that is not empty")
        return ""
