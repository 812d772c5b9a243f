"""Expressions that would take all time or memory are refused at once; common ones are taken."""

import time

import pytest

from detections.engine.regexes import check_regex
from detections.engine.rule import Unsupported

#: Seconds for one expression; a machine that is busy gets more.
SECONDS = 2

EXPLODING = [
    "^(a|aa)+$",
    "(a|a)*$",
    f"(?:{'|'.join('a' * times for times in range(1, 150))})+$",
    f"{'(' * 12}a{')+' * 12}$",
    f"{'(' * 50}a{')+' * 50}$",
    f"{'(?:' * 30}a?{'){2,}' * 30}$",
    "a" * 16_385,
]
TAKEN = [
    r"(?i)powershell(\.exe)?\s+(-[a-z]+\s+)*-enc",
    r"^([0-9]{1,3}\.){3}[0-9]{1,3}$",
    r"([A-Za-z0-9+/]{4})*(==|=)?$",
    r"[(](a+)[)]+\)+",
    "(?:a?){200}a{200}!",
    ".*" * 60 + "b",
    "((((a)?)?)?)?",
]


@pytest.mark.parametrize("pattern", EXPLODING, ids=lambda pattern: pattern[:20])
def test_what_explodes_is_refused_in_time(pattern: str) -> None:
    begun = time.process_time()
    with pytest.raises(Unsupported, match="regular expression"):
        check_regex(pattern, "")
    assert time.process_time() - begun < SECONDS


@pytest.mark.parametrize("pattern", TAKEN)
def test_what_is_common_is_taken_in_time(pattern: str) -> None:
    begun = time.process_time()
    check_regex(pattern, "i")
    assert time.process_time() - begun < SECONDS
