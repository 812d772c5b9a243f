"""total = Σclass = Σlevel = Σunit = Σday = Σkind, whatever happens to the risk events, and when."""

from datetime import UTC, date, datetime, timedelta, timezone

from hypothesis import given, settings
from hypothesis import strategies as st

from taishi.app.reports.document import document
from taishi.app.reports.report import Report, from_store
from taishi.app.risk_versions import keep, known
from taishi.app.window import Window
from taishi.core.incidents import INCIDENTS
from taishi.core.records import LEVELS, THREATS, RiskEvent
from tests.app.conftest import MemoryState

#: Around a leap day, and across midnight in Asia/Shanghai.
START = datetime(2028, 2, 26, 12, tzinfo=UTC)
DAYS = st.dates(date(2028, 2, 26), date(2028, 3, 3))

zones = st.integers(-14, 14).map(lambda hours: timezone(timedelta(hours=hours)))
moments = st.builds(
    lambda minutes, zone: (START + timedelta(minutes=minutes)).astimezone(zone),
    st.integers(0, 7 * 24 * 60),
    zones,
)
#: What comes to be known, in this order: an id again is a re-classification, a duplicate, or a withdrawal.
changes = st.tuples(
    st.integers(0, 8),
    moments,
    st.sampled_from(THREATS),
    st.sampled_from(LEVELS),
    st.sampled_from([None, "县教育局", "县水利局", "未登记"]),
    st.sampled_from(["", *INCIDENTS]),
    st.sampled_from(["open", "open", "closed", "withdrawn"]),
    st.integers(0, 3 * 24),
)
Change = tuple[int, datetime, str, str, str | None, str, str, int]


def put(state: MemoryState, change: Change, at: datetime) -> None:
    """The next version of a risk event, as `Alerts` keeps it; nothing where nothing changed."""
    n, first, threat, level, unit, kind, event_state, _ = change
    old = state.get(RiskEvent, f"r{n}")
    risk = RiskEvent(
        f"r{n}", f"A-{n}", threat, level, unit, f"192.0.2.{n}", first, first, 1,  # type: ignore[arg-type]
        old.version if old else 1, event_state, kind,  # type: ignore[arg-type]
    )  # fmt: skip
    if old is not None and risk != old:
        risk = RiskEvent(
            **{**{f: getattr(risk, f) for f in risk.__struct_fields__}, "version": old.version + 1}
        )
    keep(state, risk, at)


def sums(report: Report) -> set[int]:
    told = document(report)
    parts = ("by_class", "by_level", "by_unit", "by_day", "by_kind")
    found = {sum(told[part].values()) for part in parts}  # type: ignore[attr-defined]
    found.add(sum(sum(row.values()) for row in told["matrix"].values()))  # type: ignore[attr-defined]
    return found | {told["total"]}  # type: ignore[arg-type]


@given(st.lists(changes, max_size=30), DAYS, st.integers(0, 4))
@settings(max_examples=60, deadline=None)
def test_every_sum_is_the_total_now_and_then(told: list[Change], first: date, days: int) -> None:
    """Late arrivals, re-classifications, duplicates, time zones and a leap day; and what was published
    once is given again, word for word, however much became known afterwards."""
    state, window = MemoryState(), Window.of_days(first, first + timedelta(days=days))
    at, published = START, list[tuple[datetime, object]]()
    for change in told:
        at += timedelta(hours=change[7], microseconds=1)
        put(state, change, at)
        then = from_store(state, window, at, at)
        assert len(sums(then)) == 1
        published.append((at, _frozen(then)))
    for moment, figures in published:
        assert _frozen(from_store(state, window, at, moment)) == figures
    now = from_store(state, window, at)
    assert now.adds_up
    standing = {
        one.id for one in state.find(RiskEvent) if one.state != "withdrawn" and one.first_seen in window
    }
    assert now.figures.total == len(standing)
    assert sorted(known(state, window, at), key=lambda one: one.id) == sorted(
        known(state, window), key=lambda one: one.id
    )


def _frozen(report: Report) -> object:
    told = document(report)
    return [
        told[part] for part in ("total", "by_class", "by_level", "matrix", "by_unit", "by_day", "by_kind")
    ]
