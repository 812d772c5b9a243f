"""What the pages bring along: small, local, fingerprinted, nothing inline."""

import re
from pathlib import Path

from dashboards.assets import STATIC
from taishi.app.desk import Desk
from tests.dashboards.conftest import Login

#: Pages before anybody is in: their forms are told by where they come from.
OPEN = ("login.html", "door.html", "link.html")
TEMPLATES = Path(__file__).parents[2] / "dashboards/templates"


def test_the_style_is_one_small_file() -> None:
    assert [path.name for path in STATIC.glob("*.css")] == ["console.css"]
    assert (STATIC / "console.css").stat().st_size < 40_000


def test_what_pages_ask_of_npm_is_what_the_script_fetches() -> None:
    script = (STATIC.parents[1] / "scripts/get-assets").read_text("utf-8")
    asked = {
        name
        for each in TEMPLATES.rglob("*.html")
        for name in re.findall(r"vendor/[\w.-]+", each.read_text("utf-8"))
    }
    assert asked
    assert all(f"dashboards/static/{name}" in script for name in asked)


def test_nothing_is_inline_and_nothing_comes_from_elsewhere() -> None:
    for template in TEMPLATES.rglob("*.html"):
        text = template.read_text("utf-8")
        assert not re.search(r"\sstyle=|<style|\son[a-z]+=|javascript:", text), template.name
        assert not re.search(r"<script(?![^>]*src=)", text), template.name
        assert not re.search(r"(src|href|action)=\"https?:", text), template.name
        assert "| safe" not in text, template.name


def test_every_form_that_posts_has_its_token() -> None:
    for template in TEMPLATES.rglob("*.html"):
        text = template.read_text("utf-8")
        for form in re.findall(r"<form[^>]*method=\"post\".*?</form>", text, re.DOTALL):
            open_one = template.name in OPEN or (
                template.parent.name == "portal" and 'action="/language"' in form
            )
            assert open_one or "csrf(frame)" in form, (template.name, form[:80])


def test_assets_are_kept_for_good_by_their_fingerprint(desk: Desk, login: Login) -> None:
    visitor = login()
    for address in re.findall(r'(?:src|href)="(/static/[^"]+)"', visitor.get("/")):
        answer = visitor.ask("GET", address)
        assert answer.status_code == 200, address
        assert "immutable" in answer.headers["cache-control"]
    assert visitor.ask("GET", "/static/console.css").headers["cache-control"] == "no-cache"
