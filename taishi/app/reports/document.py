"""A report as the JSON document of CONTRACT `report --json`."""

from collections.abc import Mapping
from dataclasses import asdict

from taishi.app.posture import Figures
from taishi.app.reports.publishing import Correction
from taishi.app.reports.report import Report
from taishi.app.window import Window
from taishi.core.clock import ZONE
from taishi.core.incidents import INCIDENTS
from taishi.core.text import Language

Document = dict[str, object]
_NOTICES = ("issued", "closed", "open", "withdrawn", "overdue")
_BLOCKS = ("applied", "active", "lifted")


def document(report: Report, language: Language = "zh") -> Document:
    """Times in Asia/Shanghai; null where the input does not tell."""
    window = {**_window(report.window), "zone": str(ZONE), "as_of": report.as_of.astimezone(ZONE).isoformat()}
    return {
        "window": window,
        **figures_document(report.figures, report.kinds_told),
        "base": {
            "window": _window(report.base.figures.window),
            **figures_document(report.base.figures, report.kinds_told),
        },
        "yoy_pct": report.yoy_pct,
        "comparable": report.why_not is None,
        "why_not": report.why_not.to(language) if report.why_not else None,
        "counters": _counters(report),
        "notices": asdict(report.notices) if report.notices else dict.fromkeys(_NOTICES),
        "blocks": asdict(report.blocks) if report.blocks else dict.fromkeys(_BLOCKS),
        "coverage": _coverage(report),
        "corrections": [_correction(one) for one in report.corrections],
    }


def figures_document(figures: Figures, kinds_told: bool = True) -> Document:
    """Total and parts. Kinds are named in Chinese as the standard does."""
    kinds: Mapping[str, int] = {INCIDENTS[key].name.zh: n for key, n in figures.by_kind.items()}
    return {
        "total": figures.total,
        "by_class": dict(figures.by_threat),
        "by_level": dict(figures.by_level),
        "matrix": {threat: dict(row) for threat, row in figures.matrix.items()},
        "by_unit": dict(figures.by_unit),
        "by_day": {day.isoformat(): n for day, n in figures.by_day.items()},
        **({"by_kind": kinds} if kinds_told else {}),
    }


def _window(window: Window) -> Document:
    return {
        "from": window.since.astimezone(ZONE).isoformat(),
        "to": window.until.astimezone(ZONE).isoformat(),
    }


def _counters(report: Report) -> Document:
    return {
        "alerts": report.alerts,
        "risk_events": report.figures.total,
        "hosts": report.hosts,
        "units": report.units,
        "notices": report.notices.issued if report.notices else None,
    }


def _coverage(report: Report) -> Document:
    found = report.coverage
    return {
        "sensors_expected": found.expected if found else None,
        "sensors_live": found.live if found else None,
        "pct": found.pct if found else None,
    }


def _correction(one: Correction) -> Document:
    return {
        "report": one.publication,
        "window": {**_window(one.window), "as_of": one.as_of.astimezone(ZONE).isoformat()},
        "published": one.published,
        "now": one.now,
        "late": one.late,
        "dropped": one.dropped,
        "moved": one.moved,
    }
