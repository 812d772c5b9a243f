"""Both languages everywhere: no key missing, none left over, no Chinese on an English page."""

import re
from pathlib import Path

import pytest

from dashboards.words import words
from taishi.app.desk import Desk
from taishi.core.records import Asset, Unit
from tests.dashboards.conftest import Login

HERE = Path(__file__).parents[2] / "dashboards"
SOURCES = [
    *HERE.glob("*.py"),
    *HERE.glob("pages/*.py"),
    *HERE.glob("portal/*.py"),
    *HERE.glob("templates/**/*.html"),
]
CHINESE = re.compile(r"[\u3400-\u9fff]")
#: `say("key"`, `say("prefix." ~ …`, and keys handed on as plain strings.
EXACT = re.compile(r"""say\(\s*["']([\w.]+)["']\s*[,)]""")
PREFIX = re.compile(r"""(?:say|named)\(\s*f?["']([\w.]+\.)(?:["']|\{)""")
QUOTED = re.compile(r"""["']([a-z][\w.]*)["']""")


def _all(pattern: re.Pattern[str]) -> set[str]:
    return {found for source in SOURCES for found in pattern.findall(source.read_text("utf-8"))}


def test_no_key_is_missing() -> None:
    assert _all(EXACT) - words().keys() == set()


def test_every_prefix_has_words() -> None:
    assert [prefix for prefix in _all(PREFIX) if not any(key.startswith(prefix) for key in words())] == []


def test_no_key_is_left_over() -> None:
    used, prefixes = _all(EXACT) | _all(QUOTED), tuple(_all(PREFIX) | {"trouble."})
    assert [key for key in words() if key not in used and not key.startswith(prefixes)] == []


def test_every_word_is_there_in_both_languages() -> None:
    for key, text in words().items():
        assert text.zh, key
        assert text.en, key
        assert sorted(re.findall(r"\{(\w+)\}", text.zh)) == sorted(
            set(re.findall(r"\{(\w+)\}", text.en)) - {"s"}
        ), key
        assert key == "other_language" or not CHINESE.search(text.en), key


def test_templates_hold_no_words_of_their_own() -> None:
    """But for the letter's own paper, which is Chinese whatever the reader speaks."""
    for template in (HERE / "templates").rglob("*.html"):
        if template.name != "paper.html":
            assert not CHINESE.search(template.read_text("utf-8")), template.name


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/alerts?state=all",
        "/letters",
        "/blocks",
        "/units",
        "/units/assets",
        "/units/discovered",
        "/units/import",
        "/search",
        "/system/people",
        "/system/data",
        "/nowhere",
    ],
)
def test_an_english_page_is_english_but_for_its_data(desk: Desk, login: Login, path: str) -> None:
    """Over a desk whose data is English, only the switch to Chinese is Chinese."""
    desk.state.put(Unit("u", "Board of Education"), Asset("a", "u", "cidr", "192.0.2.0/24", "office"))
    desk.people.set_language("admin", "en")
    page = login().get(path, 404 if path == "/nowhere" else 200)
    left = CHINESE.findall(page.replace("中文", ""))
    assert left == []
