"""Texts of rules as YAML documents: what cannot be one is told in bounded time, without pySigma."""

from collections.abc import Iterator

import yaml

from detections.engine.files import MOST_BYTES
from detections.engine.loader import DEEPEST, Loader, check_depth
from detections.engine.rule import Unsupported

#: Values of one document beyond which it is no rule: YAML's aliases multiply values.
MOST_VALUES = 100_000


def documents(text: str) -> Iterator[dict[str, object]]:
    """The mappings of a YAML text. Raises Unsupported, with the line where YAML knows it."""
    if len(text) > MOST_BYTES:
        raise Unsupported(f"larger than {MOST_BYTES >> 20} MiB; a rule is a few KiB")
    try:
        check_depth(text)
        for document in yaml.load_all(text, Loader=Loader):
            if isinstance(document, dict):
                _measure(document)
                yield document
    except yaml.MarkedYAMLError as error:
        line = f"line {error.problem_mark.line + 1}: " if error.problem_mark else ""
        raise Unsupported(f"not valid YAML: {line}{error.problem or error.context}") from None
    except Unsupported:
        raise
    except (yaml.YAMLError, ValueError, RecursionError, TypeError, OverflowError) as error:
        raise Unsupported(f"not valid YAML: {one_line(error)}") from None


def _measure(document: object) -> None:
    """Raises Unsupported where the document, with its aliases written out, is beyond all measure."""
    seen, left = 0, [(document, 0)]
    while left:
        value, depth = left.pop()
        seen += 1
        if seen > MOST_VALUES or depth > DEEPEST:
            raise Unsupported(f"more than {MOST_VALUES} values or nested more than {DEEPEST} deep")
        if isinstance(value, dict):
            left.extend((item, depth + 1) for item in value.values())
        elif isinstance(value, list):
            left.extend((item, depth + 1) for item in value)


def one_line(error: BaseException) -> str:
    """The words of an error on one line; never empty."""
    if isinstance(error, KeyError) and error.args:
        return f"{error.args[0]} is missing"
    return " ".join(str(error).split())[:300] or type(error).__name__
