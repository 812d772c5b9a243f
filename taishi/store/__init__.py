"""Keeps events and state: which store is chosen by its URI, and only that one is imported."""

from pathlib import Path
from typing import TYPE_CHECKING

from taishi.core.problems import Problem
from taishi.store.port import Store

if TYPE_CHECKING:
    from taishi.store.indicators import SqliteIndicatorStore
    from taishi.store.state import SqlStateStore

_KNOWN = "embedded:DIR, a plain path, elasticsearch+http://HOST:PORT[/PREFIX], elasticsearch+https://…"


def open_event_store(uri: str, *, read_only: bool = False, waiting: Path | None = None) -> Store:
    """The event store that `uri` names, made where it is missing.

    `read_only` needs no lock and makes nothing; it sees what another process writes. `waiting`: a folder
    where events wait while a server is away; without it, that is a Problem. Raises Problem where the
    scheme is unknown, another process writes there, or the store cannot be reached.
    """
    scheme, colon, rest = uri.partition(":")
    if scheme in ("elasticsearch+http", "elasticsearch+https"):
        from taishi.store.elasticsearch import open_elasticsearch

        return open_elasticsearch(uri, read_only=read_only, waiting=waiting)
    if colon and scheme != "embedded" and "/" not in scheme:
        raise Problem(f"{scheme}: no event store has this scheme; known are {_KNOWN}")
    directory = rest if scheme == "embedded" and colon else uri
    if not directory:
        raise Problem(f"{uri or 'store'}: names no folder; known are {_KNOWN}")
    if read_only:
        from taishi.store.embedded.follower import FollowingStore

        return FollowingStore(Path(directory))
    from taishi.store.embedded.store import EmbeddedStore

    return EmbeddedStore(Path(directory))


def open_state_store(uri_or_path: str) -> "SqlStateStore":
    """The state store: a path is a SQLite file, `postgresql://…` a database of that server, where several
    machines share one state; anything else with `://` goes to SQLAlchemy as it is and was never tried.
    One of an older release is brought up. Raises Problem where it is a newer one's or cannot be opened.
    """
    from taishi.store.state import SqlStateStore

    return SqlStateStore(uri_or_path)


def open_indicator_store(path: Path) -> "SqliteIndicatorStore":
    """Where intelligence is kept: a SQLite file, made where it is missing. Raises Problem."""
    from taishi.store.indicators import SqliteIndicatorStore

    return SqliteIndicatorStore(path)
