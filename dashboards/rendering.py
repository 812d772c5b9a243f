"""Templates become pages. Everything is escaped; an unknown name in a template is an error."""

from functools import cache, partial
from pathlib import Path

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from dashboards import telling
from dashboards.asking import term
from dashboards.assets import address_of
from dashboards.span import PRESETS, preset_label
from dashboards.words import named, say
from enrichment import attack
from taishi.app.roles import ROLE_NAMES
from taishi.core.records import LEVEL_NAMES, LEVELS, THREAT_NAMES, THREATS, TIER_NAMES
from taishi.core.text import Language

THEMES = ("auto", "light", "dark")


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals.update(
        static=address_of,
        icon=icon,
        THREATS=THREATS,
        LEVELS=LEVELS,
        THREAT_NAMES=THREAT_NAMES,
        LEVEL_NAMES=LEVEL_NAMES,
        TIER_NAMES=TIER_NAMES,
        role_names=ROLE_NAMES,
        owner=telling.owner,
        sentence=telling.title,
        lasting=telling.lasting,
        term=term,
        incident=telling.incident,
        vars=vars,
        presets=PRESETS,
        preset_label=preset_label,
    )
    environment.filters.update(
        number=telling.number,
        moment=telling.moment,
        day=telling.day,
        last_day=telling.last_day,
        iso=telling.iso,
        short=telling.short,
        endpoints=telling.endpoints,
        facts=telling.facts,
        places=telling.places,
        technique=attack.named,
    )
    return environment


def icon(name: str) -> Markup:
    """A drawing from the sprite; it says nothing by itself, words stand beside it."""
    address = address_of("icons.svg")
    return Markup('<svg class="icon" aria-hidden="true"><use href="{}#{}"></use></svg>').format(address, name)


def render(
    request: Request, template: str, language: Language, status: int, /, **values: object
) -> HTMLResponse:
    """One page in one language. `say` in a template speaks that language."""
    theme = request.cookies.get("theme", "")
    body = (
        _environment()
        .get_template(template)
        .render(
            say=partial(say, language=language),
            named=partial(named, language=language),
            language=language,
            theme=theme if theme in THEMES else "auto",
            narrow_rail=request.cookies.get("rail") == "narrow",
            request=request,
            **values,
        )
    )
    return HTMLResponse(body, status)


def chosen_language(request: Request) -> Language:
    """The language before anybody is logged in: the cookie's, Chinese unless it says otherwise."""
    return "en" if request.cookies.get("language") == "en" else "zh"
