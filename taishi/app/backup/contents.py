"""What a backup says about itself: its last member, `backup.json`."""

import sqlite3
from contextlib import closing
from datetime import datetime
from pathlib import Path

import msgspec

#: The member that says what all others are.
NAME = "backup.json"
FORMAT = 1
#: When the last backup was made, as a setting of the state.
LAST = "backup.last"


class FileCopy(msgspec.Struct, frozen=True):
    """One file. `sha256` in hexadecimal digits."""

    size: int
    sha256: str


class Contents(msgspec.Struct, frozen=True):
    """`events`: how many, None where they are not in the data directory (`store`: where else). `state`: rows
    of each table. `files` by their names below the data directory.
    """

    made_at: datetime
    version: str
    store: str
    events: int | None
    state: dict[str, int]
    files: dict[str, FileCopy]
    format: int = FORMAT


class LastBackup(msgspec.Struct, frozen=True):
    """`path` as it was named."""

    at: datetime
    path: str
    size: int


def table_rows(state: Path) -> dict[str, int]:
    """How many rows each table of a SQLite file has."""
    with closing(sqlite3.connect(f"{state.resolve().as_uri()}?mode=ro", uri=True)) as database:
        tables = database.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")
        names = [str(name) for (name,) in tables if not name.startswith("sqlite_")]
        counted = ((name, database.execute(f'SELECT count(*) FROM "{name}"')) for name in names)  # noqa: S608
        return {name: int(found.fetchone()[0]) for name, found in counted}
