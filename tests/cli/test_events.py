"""`taishi events top`: groups as a person sees them."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from taishi.core.event import BatchBuilder
from taishi.store import open_event_store, open_state_store
from tests.cli.ran import Ran

START = datetime(2026, 3, 1, tzinfo=UTC)
Run = Callable[..., Ran]


@pytest.fixture
def data(taishi: Run, tmp_path: Path) -> str:
    taishi("sensor", "add", "siem", "--kind", "bulk", "--data", str(tmp_path))
    store = open_event_store(f"embedded:{tmp_path / 'events'}")
    builder = BatchBuilder("flow", "test", "test")
    for n in range(5):
        fields = {"@timestamp": START, "source.ip": f"192.0.2.{n % 2}", "destination.port": n}
        builder.add(n, fields, None, None)
    made = builder.take()
    assert made is not None
    store.write([made])
    store.close()
    return str(tmp_path)


def test_the_largest_groups_come_first_with_what_they_show(taishi: Run, data: str) -> None:
    by = ("--by", "source.ip", "--by", "hour", "--distinct", "destination.port")
    ran = taishi("events", "top", *by, "--data", data, "--json")
    assert ran.status == 0
    assert json.loads(ran.out) == {
        "groups": [
            {"values": {"source.ip": "192.0.2.0", "hour": "2026-03-01T08"}, "count": 3, "distinct": 3},
            {"values": {"source.ip": "192.0.2.1", "hour": "2026-03-01T08"}, "count": 2, "distinct": 2},
        ]
    }


def test_a_column_that_cannot_be_grouped_by_is_one_line(taishi: Run, data: str) -> None:
    ran = taishi("events", "top", "--by", "nowhere", "--data", data)
    assert ran.status == 2
    assert "nowhere: cannot be grouped by" in ran.err
    assert len(ran.err.splitlines()) == 1


def test_a_question_of_ones_own_stands_in_the_audit(taishi: Run, data: str) -> None:
    question = "SELECT count(*)\nFROM flow WHERE \"source.ip\" <> '11010519491231002X'"
    ran = taishi("events", "sql", question, "--data", data, "--json")
    assert (ran.status, json.loads(ran.out)["rows"]) == (0, [[5]])
    state = open_state_store(str(Path(data) / "state.sqlite"))
    line = state.decisions()[-1]
    state.close()
    assert (line.actor, line.action, line.object_id, line.result) == ("system", "ask", "sql", "1 rows")
    assert line.why.startswith("SELECT count(*) FROM flow WHERE")
    assert "11010519491231002X" not in line.why
