"""The stores that the conformance suite runs on."""

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from taishi.store import open_event_store
from taishi.store.port import Store

# Parts that several test files here share; pytest's importlib mode puts no folder on the path.
sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parent.parent / "servers")]

import elasticsearch_server  # noqa: E402


@pytest.fixture(scope="session")
def elasticsearch_url() -> Iterator[str]:
    """The server that ES_URL names, or one started for this run."""
    named = os.environ.get("ES_URL")
    if named:
        yield named.rstrip("/")
    elif elasticsearch_server.installed():
        with elasticsearch_server.running() as url:
            yield url
    elif os.environ.get("CI") == "true":
        pytest.fail(
            "Elasticsearch is missing, and CI must test on the real one: run scripts/get-elasticsearch"
        )
    else:
        pytest.skip("the real Elasticsearch is missing: run scripts/get-elasticsearch, or set ES_URL")


class Stores:
    """Opens stores that are gone after the test; a name says which, so that one can be opened again."""

    def __init__(self, folder: Path, url: str | None) -> None:
        self._folder, self._url = folder, url
        self._prefix = f"taishi-test-{uuid4().hex[:12]}"
        self._opened: list[Store] = []

    def __call__(self, name: str = "one") -> Store:
        elastic = f"elasticsearch+{self._url}/{self._prefix}-{name}"
        self._opened.append(open_event_store(elastic if self._url else f"embedded:{self._folder / name}"))
        return self._opened[-1]

    def end(self) -> None:
        """Closes them all and, on a full server, removes what they made."""
        for store in self._opened:
            store.close()
        self._opened.clear()
        if self._url:
            elasticsearch_server.delete_streams(self._url, f"{self._prefix}-*")


@pytest.fixture(params=["embedded", pytest.param("elasticsearch", marks=pytest.mark.elasticsearch)])
def open_store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Stores]:
    elastic = request.param == "elasticsearch"
    stores = Stores(tmp_path, request.getfixturevalue("elasticsearch_url") if elastic else None)
    yield stores
    stores.end()
