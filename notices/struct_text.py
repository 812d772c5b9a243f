"""A record out of what somebody wrote in YAML, with every fault told in one line."""

from collections.abc import Callable, Iterator
from typing import TypeVar

import msgspec
import yaml

from taishi.core.problems import Problem

Read = TypeVar("Read")


def read_struct(text: str, kind: type[Read], name: str, wrong: Callable[[Read], Iterator[str]]) -> Read:
    """`wrong` gives what else is wrong with it. Raises Problem, one line with `name` and the key, where the
    text is no YAML, does not fit, or anything is wrong."""
    try:
        found = msgspec.convert(yaml.safe_load(text), kind)
    except (yaml.YAMLError, RecursionError) as error:
        raise Problem(f"{name}: is no YAML ({' '.join(str(error).split())})") from None
    except msgspec.ValidationError as error:
        raise Problem(f"{name}: {error}") from None
    fault = next(wrong(found), None)
    if fault:
        raise Problem(f"{name}: {fault}")
    return found
