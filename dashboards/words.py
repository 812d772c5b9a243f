"""What the console says, in both languages. The words themselves stand in `dashboards.vocabulary`."""

from collections.abc import Mapping
from functools import cache
from typing import cast

from dashboards import vocabulary
from taishi.core.discover import discover
from taishi.core.text import Language, Text


@cache
def words() -> Mapping[str, Text]:
    """Every word of every page by its key."""
    found = (cast(dict[str, tuple[str, str]], part) for part in discover(vocabulary, "VOCABULARY"))
    return {key: Text(zh, en) for part in found for key, (zh, en) in part.items()}


def say(key: str, language: Language, **values: object) -> str:
    """The words of a key with the values filled in. KeyError where there are none: a test looks first.

    English plurals follow `n`: `{n} event{s}`.
    """
    plural = "" if str(values.get("n")) == "1" else "s"
    return words()[key].to(language).format(s=plural, **values)


def named(key: str, otherwise: str, language: Language) -> str:
    """The words of a key that the data chose; what the data says where there are none."""
    return say(key, language) if key in words() else otherwise
