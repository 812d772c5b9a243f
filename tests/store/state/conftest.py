"""The databases that the state suite runs on; a place can be opened again."""

from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from taishi.store import open_state_store
from taishi.store.state import SqlStateStore
from tests.servers import postgresql_server


@pytest.fixture(params=["sqlite", "postgresql"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Where a state may be: opened twice it is the same."""
    if request.param == "sqlite":
        return str(tmp_path / "state.db")
    server: postgresql_server.Server = request.getfixturevalue("postgresql")
    return server.fresh()


@pytest.fixture
def another_place(request: pytest.FixtureRequest, place: str, tmp_path: Path) -> str:
    """A second one of the same sort."""
    if not place.startswith("postgresql"):
        return str(tmp_path / "other.db")
    server: postgresql_server.Server = request.getfixturevalue("postgresql")
    return server.fresh()


@pytest.fixture
def state(place: str) -> Iterator[SqlStateStore]:
    with closing(open_state_store(place)) as store:
        yield store


Statements = Callable[..., None]


@pytest.fixture
def behind(place: str) -> Statements:
    """Runs SQL on the database itself, past the store and past what the audit refuses."""
    import sqlalchemy as sa

    from taishi.store.state.engine import open_engine

    def run(*statements: str) -> None:
        engine = open_engine(place)
        sqlite = engine.dialect.name == "sqlite"
        with engine.connect() as connection, connection.begin():
            for act in ("update", "delete") if sqlite else ():
                connection.execute(sa.text(f"DROP TRIGGER IF EXISTS decision_no_{act}"))
            if not sqlite:
                connection.execute(sa.text("ALTER TABLE decision DISABLE TRIGGER ALL"))
            for statement in statements:
                connection.execute(sa.text(statement))
        engine.dispose()

    return run
