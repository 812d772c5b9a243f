"""The audit: a changed, missing or reordered line is found, and the database refuses to change one."""

from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from taishi.store import open_state_store
from taishi.store.state.engine import open_engine

AT = datetime(2026, 3, 1, 8, tzinfo=UTC)


@pytest.fixture
def path(place):
    path = place
    with closing(open_state_store(path)) as state:
        for number in range(1, 6):
            state.decide(
                AT + timedelta(seconds=number), "张三", "confirm", "alert", f"a{number}", "ok", "因为"
            )
    return path


def problems(path):
    with closing(open_state_store(path)) as state:
        return [one.en for one in state.verify()]


def test_lines_are_numbered_and_chained(path):
    with closing(open_state_store(path)) as state:
        lines = state.decisions()
        assert [line.serial for line in lines] == [1, 2, 3, 4, 5]
        assert [line.previous for line in lines[1:]] == [line.hash for line in lines[:-1]]
        assert lines[0].actor == "张三"
        assert lines[0].time == AT + timedelta(seconds=1)
        assert state.decisions(2) == lines[-2:]
        assert state.verify() == []


def test_many_lines_at_once_are_the_lines_one_by_one(path, another_place):
    results = {f"r{number}": f"v{number}" for number in range(3)}
    with closing(open_state_store(path)) as many, closing(open_state_store(another_place)) as each:
        many.decide_all(AT, "system", "restamp", "risk_event", results, "why")
        many.decide_all(AT, "system", "restamp", "risk_event", {})
        for line in many.decisions():
            each.decide(
                line.time, line.actor, line.action, line.object_type, line.object_id, line.result, line.why
            )
        assert many.decisions() == each.decisions()
        assert len(many.decisions()) == 8
        assert many.verify() == each.verify() == []


@pytest.mark.parametrize("statement", ["UPDATE decision SET why='x'", "DELETE FROM decision WHERE serial=2"])
def test_the_database_refuses_to_change_a_line(path, statement):
    engine = open_engine(path)
    with pytest.raises(sa.exc.DBAPIError, match="only be added to"), engine.begin() as connection:
        connection.execute(sa.text(statement))
    engine.dispose()
    assert problems(path) == []


@pytest.mark.parametrize(
    "column", ["actor", "action", "object_type", "object_id", "result", "why", "previous", "hash"]
)
def test_a_changed_line_is_found(path, behind, column):
    behind(f"UPDATE decision SET {column} = 'forged' WHERE serial = 3")
    assert any("3 was changed" in one for one in problems(path))


def test_a_changed_time_is_found(path, behind):
    behind("UPDATE decision SET time = '2026-03-01T09:00:00.000000Z' WHERE serial = 5")
    assert problems(path) == ["audit line 5 was changed"]


def test_a_time_that_is_none_is_found(path, behind):
    behind("UPDATE decision SET time = 'noon' WHERE serial = 2")
    (problem,) = problems(path)
    assert problem.startswith("audit line 2: was changed")


@pytest.mark.parametrize(("serial", "word"), [(1, "1 to 1"), (3, "3 to 3"), (5, "5 to 5")])
def test_a_missing_line_is_found(path, behind, serial, word):
    behind(f"DELETE FROM decision WHERE serial = {serial}")
    assert f"audit lines {word} are missing" in problems(path)


def test_swapped_lines_are_found(path, behind):
    behind(
        "UPDATE decision SET serial = 99 WHERE serial = 2",
        "UPDATE decision SET serial = 2 WHERE serial = 3",
        "UPDATE decision SET serial = 3 WHERE serial = 99",
    )
    found = problems(path)
    assert "audit line 2 was changed" in found
    assert "audit line 3 does not follow" in found


def test_a_last_line_replaced_with_a_sound_one_is_found(path, behind):
    from msgspec.structs import replace

    from taishi.store.state.audit import chained_hash

    with closing(open_state_store(path)) as state:
        last = state.decisions(1)[0]
    forged = replace(last, why="另一个原因")
    behind(f"UPDATE decision SET why='{forged.why}', hash='{chained_hash(forged)}' WHERE serial=5")
    assert problems(path) == ["the last audit line is not the one noted"]
