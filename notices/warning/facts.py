"""The facts of a warning as somebody writes them down, and what is missing in them."""

from collections.abc import Iterator

import msgspec
import yaml

from taishi.core.notice_records import WarningFacts
from taishi.core.problems import Problem

COLORS = {"red": "红色", "orange": "橙色", "yellow": "黄色", "blue": "蓝色"}
#: Longer is no fact but a report.
_LONGEST = 300


def read_facts(text: str, name: str) -> WarningFacts:
    """Out of YAML. Raises Problem, one line with `name` and the key, where one of the seven is missing."""
    try:
        facts = msgspec.convert(yaml.safe_load(text), WarningFacts)
    except (yaml.YAMLError, RecursionError) as error:
        raise Problem(f"{name}: is no YAML ({' '.join(str(error).split())})") from None
    except msgspec.ValidationError as error:
        raise Problem(f"{name}: {error}") from None
    wrong = next(_wrong(facts), None)
    if wrong:
        raise Problem(f"{name}: {wrong}")
    return facts


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
