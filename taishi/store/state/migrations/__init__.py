"""Revisions of the tables that are no record's: audit, counters, settings; and of what records mean.

A change is a file in `versions/` that names the one before it (Alembic's form), and `HEAD` named anew. A
revision may rest on `id` and `doc` of a record's table only: the other columns are made anew after it.
"""

import threading
from pathlib import Path

import sqlalchemy as sa

from taishi.core.problems import Problem

#: That of states of before revisions were noted, and the newest; a test holds this one to the files.
FIRST, HEAD = "0001", "0001"
FOLDER = Path(__file__).parent
#: Alembic keeps what it works on in its modules.
_ONE = threading.Lock()
_VERSIONS = sa.table("alembic_version", sa.column("version_num", sa.Text))


def revision(connection: sa.Connection) -> str | None:
    """That of the state; None where it is empty or of before revisions were noted."""
    if not sa.inspect(connection).has_table(_VERSIONS.name):
        return None
    return connection.scalar(sa.select(_VERSIONS.c.version_num))


def migrate(connection: sa.Connection) -> bool:
    """Up to `HEAD`, in the transaction of the connection; gives whether records may have changed.

    Their tables must be there. Raises Problem where the state is of a newer release.
    """
    found = revision(connection)
    if found == HEAD:
        return False
    from alembic import command  # takes its time, and is seldom needed
    from alembic.config import Config
    from alembic.script import ScriptDirectory

    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", str(FOLDER).replace("%", "%%"))
    known = {one.revision for one in ScriptDirectory.from_config(config).walk_revisions()}
    if found is not None and found not in known:
        name = connection.engine.url.render_as_string(hide_password=True)
        raise Problem(f"{name}: was written by a newer release (revision {found}); open it with that one")
    with _ONE:
        command.upgrade(config, HEAD)
    return (found or FIRST) != HEAD
