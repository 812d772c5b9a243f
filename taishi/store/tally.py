"""The ledger of a store that is elsewhere: a file on this machine, durable with every count."""

import sqlite3
import threading
from pathlib import Path

from taishi.core.ledger import Fates
from taishi.core.problems import Problem

_TABLE = """
CREATE TABLE IF NOT EXISTS fates (sensor TEXT PRIMARY KEY, stored INTEGER NOT NULL,
    duplicate INTEGER NOT NULL, quarantined INTEGER NOT NULL)
"""
_ADD = """
INSERT INTO fates VALUES (?, ?, ?, ?) ON CONFLICT (sensor) DO UPDATE SET stored = stored + excluded.stored,
    duplicate = duplicate + excluded.duplicate, quarantined = quarantined + excluded.quarantined
"""


class Tally:
    """Safe for threads."""

    def __init__(self, path: Path) -> None:
        """Raises Problem where the file cannot be used."""
        self._path, self._lock = path, threading.Lock()
        try:
            self._database = sqlite3.connect(path, timeout=30, check_same_thread=False)
            self._database.execute("PRAGMA synchronous=EXTRA")
            with self._database:
                self._database.execute(_TABLE)
        except sqlite3.Error as error:
            raise Problem(f"{path}: cannot count there ({error}); check the disk and its rights") from error

    def add(self, sensor: str, fates: Fates) -> None:
        """Durable on return. Raises Problem where the disk refuses."""
        if not fates.acknowledged:
            return
        try:
            with self._lock, self._database:
                row = (sensor, fates.stored, fates.duplicate, fates.quarantined)
                self._database.execute(_ADD, row)
        except sqlite3.Error as error:
            raise Problem(
                f"{self._path}: cannot be written ({error}); make room or check the disk"
            ) from error

    def ledger(self) -> dict[str, Fates]:
        with self._lock:
            rows = self._database.execute(
                "SELECT sensor, stored, duplicate, quarantined FROM fates"
            ).fetchall()
        return {sensor: Fates(*counts) for sensor, *counts in rows}

    def close(self) -> None:
        self._database.close()
