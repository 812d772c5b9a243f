"""Values around and beyond what one term of Lucene holds, in columns, in own fields and in raw text."""

import pytest
from rows import batch

from taishi.core.ports import Condition, Query

HEAD, TAIL = "begin\\", "/END"


def long(size: int, filler: str) -> str:
    """That many characters between a beginning and an end, with a mark in its middle."""
    half = filler * (size // 2)
    return f"{HEAD}{half}-Middle-{half}{TAIL}"


SIZES = [100, 3_830, 7_650, 7_690, 8_191, 15_000, 32_766, 60_000]
VALUES = {f"{size}{filler}": long(size, filler) for size in SIZES for filler in "a县"} | {
    "30000😀": long(30_000, "😀")
}


def batches():
    rows = [
        {
            "event.id": name,
            "process.command_line": value,
            "message": value,
            "original": value,
            "extra": {"v": value},
        }
        for name, value in VALUES.items()
    ]
    return [
        batch("process", *rows),
        batch("process", {"event.id": "short", "process.command_line": HEAD + TAIL}),
    ]


@pytest.mark.parametrize("name", VALUES)
def test_it_comes_back_whole(store, name):
    event = store.get(name)
    assert (
        event.text("process.command_line") == event.text("event.original") == event.extra["v"] == VALUES[name]
    )


@pytest.mark.parametrize("name", VALUES)
@pytest.mark.parametrize("field", ["process.command_line", "v"])
def test_it_is_found_as_a_whole(asked, field, name):
    assert asked(Query(where=(Condition(field, VALUES[name]),))) == [name]


@pytest.mark.parametrize("field", ["process.command_line", "v"])
@pytest.mark.parametrize(
    ("value", "operator"), [(HEAD, "startswith"), ("-Middle-", "contains"), (TAIL, "contains")]
)  # fmt: skip
def test_its_parts_are_found(asked, field, value, operator):
    found = set(asked(Query(where=(Condition(field, value, operator),), limit=1000)))
    assert found - {"short"} == set(VALUES)


@pytest.mark.parametrize("field", ["process.command_line", "v"])
def test_the_middle_is_no_beginning_and_a_part_is_not_the_whole(asked, field):
    for value, operator in (
        ("-Middle-", "startswith"),
        ("a", "startswith"),
        ("-Middle-", "is"),
        (TAIL, "is"),
    ):
        assert asked(Query(where=(Condition(field, value, operator),))) == []


@pytest.mark.parametrize("text", ["-mIDDLE-", "/eND", "BEGIN\\"])
def test_raw_text_is_found_whatever_its_case(asked, text):
    assert set(asked(Query(text=text, limit=1000))) == set(VALUES)
