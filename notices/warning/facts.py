"""The facts of a warning as somebody writes them down, and what is missing in them."""

from collections.abc import Iterator

from notices.struct_text import read_struct
from taishi.core.notice_records import WarningFacts

COLORS = {"red": "红色", "orange": "橙色", "yellow": "黄色", "blue": "蓝色"}
#: Longer is no fact but a report.
_LONGEST = 300


def read_facts(text: str, name: str) -> WarningFacts:
    """Out of YAML. Raises Problem, one line with `name` and the key, where one of the seven is missing."""
    return read_struct(text, WarningFacts, name, _wrong)


def _wrong(facts: WarningFacts) -> Iterator[str]:
    if not facts.measures:
        yield "measures: needs at least one"
    told = {key: getattr(facts, key) for key in ("subject", "nature", "manner", "scope", "objects", "degree")}
    told |= {f"measures.{n}": measure for n, measure in enumerate(facts.measures)}
    for key, value in told.items():
        if not value.strip():
            yield f"{key}: is empty"
        if len(value) > _LONGEST or not value.isprintable():
            yield f"{key}: must be one line of at most {_LONGEST} characters"
