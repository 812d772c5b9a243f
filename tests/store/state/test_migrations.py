"""Revisions by Alembic: an older state is brought up and loses nothing, a newer one is refused untouched."""

import shutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, datetime

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from taishi.core.ports import Find
from taishi.core.problems import Problem
from taishi.core.records import Unit
from taishi.store import open_state_store
from taishi.store.state import migrations
from taishi.store.state.audit import audit_table
from taishi.store.state.engine import open_engine
from taishi.store.state.tables import pair_table, record_tables

AT = datetime(2026, 3, 1, 8, tzinfo=UTC)
UNITS = [Unit("u1", "县医院"), Unit("u2", "水务局", parent="u1")]
#: One that comes after today's: a table that is no record's, and a record that says something else.
LATER = """
import sqlalchemy as sa
from alembic import op

revision, down_revision = "0002", "0001"


def upgrade():
    op.create_table("later", sa.Column("id", sa.Text, primary_key=True))
    op.execute("INSERT INTO later SELECT id FROM unit")
    op.execute("UPDATE unit SET doc = replace(doc, '水务局', '水利局')")
"""


@pytest.fixture
def kept(place):
    """A state with something of everything in it."""
    with closing(open_state_store(place)) as state:
        state.put(*UNITS)
        state.set_setting("bureau", "县网信办")
        for number in (1, 2):
            assert state.next_number("letter 2026") == number
            state.decide(AT, "张三", "confirm", "alert", f"a{number}", "ok")
    return place


@pytest.fixture
def database(place) -> Iterator[sa.Connection]:
    engine = open_engine(place)
    with engine.connect() as connection:
        yield connection
    engine.dispose()


@pytest.fixture
def next_release(monkeypatch, tmp_path):
    """From then on this is a release with one revision more."""

    def become(revision=LATER):
        folder = tmp_path / "migrations"
        shutil.copytree(migrations.FOLDER, folder)
        (folder / "versions" / "r0002_later.py").write_text(revision, "utf-8")
        monkeypatch.setattr(migrations, "FOLDER", folder)
        monkeypatch.setattr(migrations, "HEAD", "0002")
        monkeypatch.setattr("taishi.store.state.store.HEAD", "0002")

    return become


def everything(state):
    numbers = state.setting("bureau"), state.next_number("letter 2026")
    return state.find(Unit, Find(order="id")), numbers, [line.object_id for line in state.decisions()]


def test_the_newest_revision_is_named():
    config = Config()
    config.set_main_option("script_location", str(migrations.FOLDER))
    assert ScriptDirectory.from_config(config).get_current_head() == migrations.HEAD


def test_the_revisions_make_what_the_store_works_on(state, database):
    """Whoever changes such a table must write a revision."""
    metadata = sa.MetaData()
    record_tables(metadata)
    audit_table(metadata)
    pair_table("counter", sa.BigInteger(), metadata)
    pair_table("setting", sa.Text(), metadata)
    assert compare_metadata(MigrationContext.configure(database), metadata) == []
    assert migrations.revision(database) == migrations.HEAD


def test_a_state_of_before_revisions_is_the_first(kept, behind, database):
    behind("DROP TABLE alembic_version", "INSERT INTO setting VALUES ('state.form', '2026-12')")
    with closing(open_state_store(kept)) as state:
        assert everything(state) == (UNITS, ("县网信办", 3), ["a1", "a2"])
        assert state.verify() == []
    assert migrations.revision(database) == "0001"


def test_a_state_of_the_last_release_is_brought_up_once(kept, next_release, database):
    next_release()
    with ThreadPoolExecutor(4) as pool:
        for state in pool.map(open_state_store, [kept] * 4):
            state.close()
    with closing(open_state_store(kept)) as state:
        renamed = [UNITS[0], Unit("u2", "水利局", parent="u1")]
        assert everything(state) == (renamed, ("县网信办", 3), ["a1", "a2"])
        assert state.find(Unit, Find(where={"name": "水利局"})) == renamed[1:]
        assert state.verify() == []
    assert database.execute(sa.text("SELECT id FROM later ORDER BY id")).scalars().all() == ["u1", "u2"]


def test_a_new_state_goes_through_all_revisions(place, next_release, database):
    next_release()
    with closing(open_state_store(place)) as state:
        assert state.find(Unit) == []
    assert migrations.revision(database) == "0002"


def test_a_revision_that_fails_changes_nothing(kept, next_release, database):
    next_release(LATER + '    op.execute("INSERT INTO nowhere VALUES (1)")\n')
    with pytest.raises(Problem, match="nowhere"):
        open_state_store(kept)
    assert migrations.revision(database) == "0001"
    assert not sa.inspect(database).has_table("later")
    assert "水务局" in database.scalar(sa.text("SELECT doc FROM unit WHERE id = 'u2'"))


def test_a_record_that_nobody_can_read_is_told_and_nothing_changes(kept, next_release, behind, database):
    behind("UPDATE unit SET doc = '{' WHERE id = 'u1'")
    next_release()
    with pytest.raises(Problem, match=r"unit: a record cannot be read .* backup"):
        open_state_store(kept)
    assert migrations.revision(database) == "0001"
    assert database.scalar(sa.text("SELECT count(*) FROM unit")) == 2


def test_a_state_of_a_newer_release_is_refused_untouched(kept, next_release, monkeypatch, database, behind):
    next_release()
    open_state_store(kept).close()
    monkeypatch.undo()
    behind("ALTER TABLE unit ADD newer TEXT")
    with pytest.raises(Problem, match=r"newer release \(revision 0002\); open it with that one"):
        open_state_store(kept)
    assert "newer" in {column["name"] for column in sa.inspect(database).get_columns("unit")}
    assert migrations.revision(database) == "0002"
