"""Typed values out of a YAML mapping."""

from collections.abc import Mapping

#: Longer is no name, title or field (specification: title 256, field 256); a description may be long.
MOST_CHARACTERS = 65_535


def mapping(value: object, what: str) -> Mapping[str, object]:
    """The value as a mapping with text keys. Raises ValueError."""
    if not isinstance(value, dict):
        raise ValueError(f"{what} must be a mapping, not {_kind(value)}")
    for key in value:
        if not isinstance(key, str):
            raise ValueError(f"{what}: the key {str(key)[:40]!r} must be text; quote it")
        _storable(key, what)
    return value


def text(source: Mapping[str, object], key: str) -> str:
    """The text under the key, empty where there is none. Raises ValueError."""
    value = source.get(key)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise ValueError(f"{key[:40]!r} must be text, not {_kind(value)}; quote it")
    if len(value) > MOST_CHARACTERS:
        raise ValueError(f"{key[:40]!r} is longer than {MOST_CHARACTERS} characters")
    return _storable(value.strip(), key)


def texts(source: Mapping[str, object], key: str) -> tuple[str, ...]:
    """The text or list of texts under the key, empty where there is none. Raises ValueError."""
    value = source.get(key)
    if value is None:
        return ()
    found = [value] if isinstance(value, str) else value
    if not isinstance(found, list):
        raise ValueError(f"{key!r} must be text or a list of texts, not {_kind(value)}")
    for item in found:
        if not isinstance(item, str) or not item.strip():
            raise ValueError(f"{key!r} must hold texts only, not {_kind(item)}")
    return tuple(_storable(item.strip(), key) for item in found)


def flag(source: Mapping[str, object], key: str) -> bool | None:
    """The truth value under the key. Raises ValueError."""
    value = source.get(key)
    if value is not None and not isinstance(value, bool):
        raise ValueError(f"{key!r} must be true or false, not {_kind(value)}")
    return value


def _storable(value: str, what: str) -> str:
    try:
        value.encode()
    except UnicodeEncodeError:
        raise ValueError(f"{what[:40]!r} holds half a character (a lone surrogate); write it anew") from None
    return value


_KINDS = {"NoneType": "nothing", "dict": "a mapping", "list": "a list", "bool": "true or false"}


def _kind(value: object) -> str:
    if isinstance(value, str):
        return f"{value[:40]!r}" if value.strip() else "empty text"
    if isinstance(value, int | float) and not isinstance(value, bool):
        return "a number"
    name = type(value).__name__
    return _KINDS.get(name, f"a {name}")
