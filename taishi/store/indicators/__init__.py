"""Intelligence in a SQLite file of its own: it is many rows that come and go by the report."""

from taishi.store.indicators.store import SqliteIndicatorStore

__all__ = ["SqliteIndicatorStore"]
