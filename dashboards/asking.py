"""What people type into the search: words, addresses, `field:value`, with a minus to leave out."""

import re
from dataclasses import dataclass
from ipaddress import ip_network

from taishi.core import ecs
from taishi.core.ports import Condition
from taishi.core.problems import Problem

_TOKEN = re.compile(r'(-?)(?:([A-Za-z@_][\w.@]*):)?("(?:[^"\\]|\\.)*"|\S+)')


@dataclass(frozen=True)
class Asking:
    """A search line taken apart."""

    address: str | None
    text: str | None
    where: tuple[Condition, ...]


def read(line: str) -> Asking:
    """`10.34.2.15 dns.question.name:*.example.com -network.protocol:tls "two words"`.

    A value may end in `*` (begins with) or stand between two (contains). One address and one text a
    line; raises Problem naming what cannot be asked.
    """
    addresses: list[str] = []
    words: list[str] = []
    where: list[Condition] = []
    for minus, field, value in _TOKEN.findall(line):
        plain = _unquoted(value)
        if field in _COLUMNS:
            where.append(_condition(field, plain, bool(minus)))
        elif not field and not minus and _is_address(plain):
            addresses.append(plain)
        else:
            words.append(_unquoted(f"{minus}{field}:{value}") if field else f"{minus}{plain}")
    if len(addresses) > 1:
        raise Problem(
            f"{' '.join(addresses)}: one address at a time; write source.ip:A destination.ip:B for a pair"
        )
    return Asking(addresses[0] if addresses else None, " ".join(words) or None, tuple(where))


def term(field: str, value: object, negated: bool = False) -> str:
    """One `field:value` as `read` understands it."""
    text = ", ".join(map(str, value)) if isinstance(value, list) else str(value)
    quoted = (
        '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"' if re.search(r'[\s"\\]', text) else text
    )
    return f"{'-' if negated else ''}{field}:{quoted}"


_COLUMNS = frozenset(ecs.column_types())


def _condition(field: str, value: str, negated: bool) -> Condition:
    if len(value) > 2 and value.startswith("*") and value.endswith("*"):
        return Condition(field, value[1:-1], "contains", negated)
    if len(value) > 1 and value.endswith("*"):
        return Condition(field, value[:-1], "startswith", negated)
    return Condition(field, value, "is", negated)


def _is_address(text: str) -> bool:
    try:
        ip_network(text, strict=False)
    except ValueError:
        return False
    return not text.isdigit()


def _unquoted(value: str) -> str:
    if len(value) > 1 and value.startswith('"') and value.endswith('"'):
        return re.sub(r"\\(.)", r"\1", value[1:-1])
    return value
