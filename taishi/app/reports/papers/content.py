"""What a report says, section by section, whatever it is printed on."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from taishi.app.reports.papers.buckets import Bucket, buckets, unit_of
from taishi.app.reports.papers.words import SAID, definitions
from taishi.app.reports.report import Report
from taishi.app.window import Window
from taishi.core.clock import ZONE
from taishi.core.incidents import INCIDENTS
from taishi.core.records import LEVEL_NAMES, LEVELS, THREAT_NAMES, THREATS, Bureau
from taishi.core.text import Language

Cell = str | int | float


@dataclass(frozen=True)
class Grid:
    """A table: the first column names, the others are figures. `total`: the last row is a sum."""

    head: Sequence[str]
    rows: Sequence[Sequence[Cell]]
    total: bool = False


@dataclass(frozen=True)
class Chart:
    """Bars of this span and last year's as a line; `unit` says what a bar is."""

    title: str
    bars: Sequence[Bucket]
    now: str
    before: str | None


@dataclass(frozen=True)
class Section:
    """A heading and what stands under it."""

    title: str
    paragraphs: Sequence[str] = ()
    grid: Grid | None = None
    chart: Chart | None = None


@dataclass(frozen=True)
class Content:
    """The whole report in one language."""

    title: str
    bureau: str
    span: str
    facts: Sequence[str]
    sections: Sequence[Section]
    language: Language


def content(report: Report, bureau: Bureau, language: Language) -> Content:
    """In the order in which a leader reads it: how many, of what kind, when, whose, what was done."""
    say = _Words(language)
    return Content(
        title=say("title"),
        bureau=bureau.name,
        span=span(report.window, language),
        facts=[say("as_of", at=_moment(report.as_of)), say("zone")],
        sections=list(_sections(report, say)),
        language=language,
    )


class _Words:
    """The sentences of a report in one language."""

    def __init__(self, language: Language) -> None:
        self.language: Language = language

    def __call__(self, name: str, **values: object) -> str:
        return SAID[name].to(self.language).format(**values)


def _sections(report: Report, say: _Words) -> Iterator[Section]:
    yield Section(say("overall"), [_overall(report, say), _compared(report, say)])
    yield Section(say("counters"), [say("counters_said")], _counters(report, say))
    yield Section(say("matrix"), [say("matrix_said")], _matrix(report, say))
    yield Section(say("trend"), chart=_chart(report, say))
    yield Section(say("units"), grid=_shares(say("unit"), report.figures.by_unit.items(), report, say))
    if report.kinds_told:
        named = [(INCIDENTS[key].name.to(say.language), n) for key, n in report.figures.by_kind.items()]
        yield Section(say("kinds"), [say("kinds_said")], _shares(say("kind"), named, report, say))
    if report.notices and report.blocks:
        yield Section(say("handled"), [_handled(report, say)])
    if report.corrections:
        yield Section(say("corrections"), [say("corrections_said")], _corrections(report, say))
    yield Section(say("definitions"), definitions(say.language))


def _overall(report: Report, say: _Words) -> str:
    figures, join = report.figures, say("join")
    levels = join.join(f"{LEVEL_NAMES[one].to(say.language)} {figures.by_level[one]:,}" for one in LEVELS)
    threats = join.join(f"{THREAT_NAMES[one].to(say.language)} {figures.by_threat[one]:,}" for one in THREATS)
    said = say("found", n=f"{figures.total:,}", levels=levels, threats=threats)
    hosts = "" if report.hosts is None else say("hosts_said", n=f"{report.hosts:,}")
    return said + hosts + say("units_said", n=f"{report.units:,}")


def _compared(report: Report, say: _Words) -> str:
    base = report.base.figures
    told = {"span": span(base.window, say.language), "n": f"{base.total:,}"}
    if report.why_not is not None:
        return say("not_comparable", why=report.why_not.to(say.language), **told)
    change = report.yoy_pct or 0.0
    way = say("up" if change > 0 else "down" if change < 0 else "same", pct=f"{abs(change):g}")
    return say("compared", way=way, **told)


def _counters(report: Report, say: _Words) -> Grid:
    counted = {
        "alerts": report.alerts,
        "risk_events": report.figures.total,
        "hosts": report.hosts,
        "units_n": report.units,
        "notices": report.notices.issued if report.notices else None,
    }
    rows = [(say(f"{name}_name"), "—" if n is None else n, say(f"{name}_is")) for name, n in counted.items()]
    return Grid((say("counter"), say("count"), say("meaning")), rows)


def _matrix(report: Report, say: _Words) -> Grid:
    figures, language = report.figures, say.language
    rows: list[Sequence[Cell]] = [
        (THREAT_NAMES[one].to(language), *figures.matrix[one].values(), figures.by_threat[one])
        for one in THREATS
    ]
    rows.append((say("sum"), *(figures.by_level[level] for level in LEVELS), figures.total))
    head = (say("class"), *(LEVEL_NAMES[level].to(language) for level in LEVELS), say("sum"))
    return Grid(head, rows, total=True)


def _chart(report: Report, say: _Words) -> Chart:
    days = report.figures.by_day
    before = report.base.figures.by_day if report.base.any_data else {}
    title = f"{unit_of(len(days)).to(say.language)}{say('risk_events_name')}"
    return Chart(title, buckets(days, before), say("this_span"), say("last_year") if before else None)


def _shares(name: str, counted: Iterable[tuple[str, int]], report: Report, say: _Words) -> Grid:
    total = report.figures.total
    rows: list[Sequence[Cell]] = [(key, n, f"{100 * n / total:.1f}%") for key, n in counted if n]
    rows.append((say("sum"), total, "100.0%" if total else "—"))
    return Grid((name, say("risk_events_name"), say("share")), rows, total=True)


def _handled(report: Report, say: _Words) -> str:
    notices, blocks, coverage = report.notices, report.blocks, report.coverage
    assert notices is not None and blocks is not None  # noqa: S101, PT018 - asked by the caller
    said = say("notices_said", **vars(notices)) + say("blocks_said", **vars(blocks))
    if coverage is None or coverage.pct is None:
        return said + say("no_coverage")
    return said + say("coverage_said", expected=coverage.expected, live=coverage.live, pct=coverage.pct)


def _corrections(report: Report, say: _Words) -> Grid:
    rows = [
        (f"{one.publication} {span(one.window, say.language)}", one.published, one.late, one.dropped, one.now)
        for one in report.corrections
    ]
    return Grid((say("report"), say("published"), say("late"), say("dropped"), say("now")), rows)


def span(window: Window, language: Language) -> str:
    """Whole days as days, both included; anything else with its times."""
    first, end = window.since.astimezone(ZONE), window.until.astimezone(ZONE)
    if (first.time(), end.time()) != (datetime.min.time(), datetime.min.time()):
        return f"{_moment(first)} — {_moment(end)}"
    last = end - timedelta(days=1)
    if language == "en":
        return f"{first:%Y-%m-%d} to {last:%Y-%m-%d}"
    begin, until = (f"{day.year}年{day.month}月{day.day}日" for day in (first, last))
    return begin if begin == until else f"{begin}至{until}"


def _moment(moment: datetime) -> str:
    return f"{moment.astimezone(ZONE):%Y-%m-%d %H:%M}"
