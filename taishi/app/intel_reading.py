"""Intelligence without a data directory: one feed read whole, graded, as an index. For `taishi analyze`."""

from collections.abc import Sequence
from pathlib import Path

from msgspec.structs import replace

from detections.intel.index import Index, index
from enrichment.intel.source import kind_of
from enrichment.intel.warninglists import grade, warninglists
from taishi.core.clock import SystemClock
from taishi.core.indicators import Indicator, IntelSource, Report
from taishi.core.problems import Problem


def read_index(place: str) -> tuple[Index, list[str]]:
    """What a folder or URL says, as an index, and what of it could not be read.

    Raises Problem where nothing can be read.
    """
    reports: dict[tuple[str, str], Report] = {}
    indicators: list[Indicator] = []

    def keep(report: Report, found: Sequence[Indicator]) -> None:
        reports[report.source, report.id] = report
        indicators.extend(found)

    source = IntelSource(place, place, guess_kind(place), place, SystemClock().now())
    outcome = kind_of(source.kind).look(source, {}, keep)
    problems = [*outcome.problems, *outcome.unusable]
    if outcome.problems and not indicators:
        raise Problem(f"--intel {place}: {outcome.problems[0]}")
    marks, unread = grade(indicators, warninglists(None))
    graded = (replace(one, marks=marks.get(one.id, ())) for one in indicators)
    return index(graded, reports), problems + unread


def guess_kind(place: str) -> str:
    """A single file of JSON is a STIX bundle, all else a MISP feed."""
    return "stix" if Path(place).is_file() else "misp-feed"
