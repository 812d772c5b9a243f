"""The time window of a page: in the URL as `days=7`, `days=year` or `from=…&to=…`, for all pages alike."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from dashboards.words import say
from taishi.app.window import Window, day_of
from taishi.core.problems import Problem
from taishi.core.text import Language

PRESETS = ("1", "7", "30", "90", "year")
DEFAULT = "30"
#: Ten years; more is a typing error.
MAX_DAYS = 3660


@dataclass(frozen=True)
class Span:
    """A window and how the URL says it. `preset` is None where the person named the days."""

    window: Window
    params: Mapping[str, str]
    preset: str | None

    @property
    def first(self) -> str:
        return day_of(self.window.since).isoformat()

    @property
    def last(self) -> str:
        return day_of(self.window.until - timedelta(microseconds=1)).isoformat()

    def label(self, language: Language) -> str:
        return self.dates if self.preset is None else preset_label(self.preset, language)

    @property
    def dates(self) -> str:
        return self.first if self.first == self.last else f"{self.first} — {self.last}"


def preset_label(preset: str, language: Language) -> str:
    if preset in ("1", "year"):
        return say("today" if preset == "1" else "this_year", language)
    return say("last_days", language, n=preset)


def span_of(query: Mapping[str, str], now: datetime) -> Span:
    """Raises Problem where the query names a window that cannot be."""
    begin, end = query.get("from", ""), query.get("to", "")
    if begin or end:
        today = day_of(now).isoformat()
        params = {"from": begin or today, "to": end or today}
        return Span(Window.parse(params["from"], params["to"]), params, None)
    preset = query.get("days") or DEFAULT
    params = {"days": preset} if "days" in query else {}
    return Span(_preset_window(preset, now), params, preset)


def _preset_window(preset: str, now: datetime) -> Window:
    if preset == "year":
        today = day_of(now)
        return Window.of_days(today.replace(month=1, day=1), today)
    digits = len(preset) <= len(str(MAX_DAYS)) and preset.isascii() and preset.isdigit()
    if not digits or not 1 <= int(preset) <= MAX_DAYS:
        raise Problem(f"days={preset[:12]}: give a number from 1 to {MAX_DAYS}, or `year`")
    return Window.last_days(now, int(preset))
