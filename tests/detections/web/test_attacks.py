"""Attacks of every family, made for these tests, are told; what only looks like one passes."""

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest

from detections.web import parts
from detections.web.elsewhere import of_request
from detections.web.judging import charges
from detections.web.matcher import all_seen

HERE = Path(__file__).parent
_ESCAPES = {"n": "\n", "r": "\r", "t": "\t", "0": "\0"}


def lines(name: str) -> list[str]:
    """Lines of a file, those that begin with two words of explanation apart."""
    return [line for line in (HERE / name).read_text("utf-8").split("\n")[1:] if line]


def value(text: str) -> str:
    """What a line of the files stands for."""

    def letters() -> Iterator[str]:
        given = iter(text)
        for letter in given:
            after = next(given, "") if letter == "\\" else ""
            yield _ESCAPES.get(after, after) if letter == "\\" else letter

    return "".join(letters())


def charged(text: str) -> list[str]:
    found = list(parts.of_url("/a?x=" + quote(value(text), safe="")))
    seen = all_seen(found)
    seen |= {one.sign.name: one for one in of_request(found, "www.example.gov.cn", "")}
    return [charge.family.id for charge in charges(seen.values())]


@pytest.mark.parametrize("family", sorted({line.partition("\t")[0] for line in lines("attacks.txt")}))
def test_attacks_are_told(family: str) -> None:
    sent = [
        text for kind, _, text in (line.partition("\t") for line in lines("attacks.txt")) if kind == family
    ]
    assert [text for text in sent if not charged(text)] == []


def test_what_looks_a_little_like_one_passes() -> None:
    assert {text: found for text in lines("near_misses.txt") if (found := charged(text))} == {}
