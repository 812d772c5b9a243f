"""Words: case, Unicode, signs that query languages know, lists, nulls, negation. Letter by letter, always."""

import pytest
from rows import batch

from taishi.core.ports import Condition, Query

#: By id: the host's name.
NAMES = {
    "lower": "straße",
    "upper": "STRASSE",
    "title": "Straße",
    "chinese": "县教育局-01",
    "fullwidth": "ＣＭＤ．ＥＸＥ",
    "plain": "CMD.EXE",
    "composed": "caf\u00e9",
    "decomposed": "cafe\u0301",
    "turkish": "İstanbul",
    "dotless": "ıstanbul",
    "emoji": "host😀x",
    "star": "a*b",
    "question": "a?b",
    "axb": "axb",
    "percent": "a%b",
    "underscore": "a_b",
    "backslash": "a\\b",
    "two backslashes": "a\\\\b",
    "quote": 'a"b',
    "apostrophe": "a'b",
    "newline": "a\nb",
    "tab": "a\tb",
    "space": " a b ",
    "blank": " ",
    "empty": "",
    "colon": "a:b AND c:d",
    "slash": "/a/b/",
    "bracket": "[a TO b]",
    "null word": "null",
    "true word": "true",
    "number word": "10.0",
}
EVERYONE = {*NAMES, "nothing"}


def batches():
    rows = [{"event.id": name, "host.name": value} for name, value in NAMES.items()]
    return [batch("flow", *rows[::2]), batch("dns", *rows[1::2], {"event.id": "nothing"})]


@pytest.mark.parametrize("name", NAMES)
def test_is_finds_that_word_only(asked, name):
    assert asked(Query(where=(Condition("host.name", NAMES[name]),))) == [name]


@pytest.mark.parametrize("name", NAMES)
def test_negated_finds_all_others_also_those_without(asked, name):
    found = asked(Query(where=(Condition("host.name", NAMES[name], negated=True),), limit=1000))
    assert set(found) == EVERYONE - {name}


@pytest.mark.parametrize(
    ("value", "operator", "found"),
    [
        ("a*", "startswith", {"star"}),
        ("a?", "startswith", {"question"}),
        ("a%", "startswith", {"percent"}),
        ("a_", "startswith", {"underscore"}),
        ("a\\", "startswith", {"backslash", "two backslashes"}),
        ("a\\\\", "startswith", {"two backslashes"}),
        ("A", "startswith", set()),
        ("Stra", "startswith", {"title"}),
        ("STRA", "startswith", {"upper"}),
        ("县", "startswith", {"chinese"}),
        (" ", "startswith", {"space", "blank"}),
        ("", "startswith", set(NAMES)),
        ("*", "contains", {"star"}),
        ("?", "contains", {"question"}),
        ("%", "contains", {"percent"}),
        ("_", "contains", {"underscore"}),
        ("\\", "contains", {"backslash", "two backslashes"}),
        ('"', "contains", {"quote"}),
        ("'", "contains", {"apostrophe"}),
        ("\n", "contains", {"newline"}),
        ("教育", "contains", {"chinese"}),
        ("😀", "contains", {"emoji"}),
        ("\u0301", "contains", {"decomposed"}),
        ("é", "contains", {"composed"}),
        (" AND ", "contains", {"colon"}),
        ("[a TO", "contains", {"bracket"}),
        ("ß", "contains", {"lower", "title"}),
        ("CMD", "contains", {"plain"}),
        ("", "contains", set(NAMES)),
    ],
)
def test_parts_are_taken_letter_by_letter(asked, value, operator, found):
    assert set(asked(Query(where=(Condition("host.name", value, operator),), limit=1000))) == found
