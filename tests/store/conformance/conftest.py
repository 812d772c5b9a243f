"""One store a theme, filled once: cases that only ask share it."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from uuid import uuid4

import elasticsearch_server
import pytest

from taishi.core.event import Batch
from taishi.core.ports import Query
from taishi.store import open_event_store
from taishi.store.port import Store

BOTH = ["embedded", pytest.param("elasticsearch", marks=pytest.mark.elasticsearch)]


@pytest.fixture(scope="module", params=BOTH)
def store(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """Holds what `batches()` of the test's file gives: half of it in segments where there are such."""
    place, url = _place(request, tmp_path_factory)
    opened = open_event_store(place)
    fill: Callable[[], Sequence[Batch]] = request.module.batches
    batches = fill()
    for number, one in enumerate(batches):
        opened.write([one])
        if number == len(batches) // 2 and hasattr(opened, "flush"):
            opened.flush()
    yield opened
    opened.close()
    if url:
        elasticsearch_server.delete_streams(url, f"{place.rpartition('/')[2]}-*")


def _place(request: pytest.FixtureRequest, folders: pytest.TempPathFactory) -> tuple[str, str | None]:
    if request.param == "embedded":
        folder: Path = folders.mktemp("events")
        return f"embedded:{folder}", None
    url: str = request.getfixturevalue("elasticsearch_url")
    return f"elasticsearch+{url}/taishi-test-{uuid4().hex[:12]}", url


@pytest.fixture
def asked(store: Store) -> Callable[[Query], list[str]]:
    """The ids that a query finds over all its pages, in their order; as many as are counted."""

    def ids(query: Query) -> list[str]:
        found: list[str] = []
        page = store.search(query)
        while True:
            found += [event.id for event in page.events]
            if page.cursor is None:
                break
            page = store.search(_from(query, page.cursor))
        assert store.count(query) == len(found)
        return found

    return ids


def _from(query: Query, cursor: str) -> Query:
    fields = {name: getattr(query, name) for name in query.__dataclass_fields__}
    return Query(**{**fields, "cursor": cursor})
