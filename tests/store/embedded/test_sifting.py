"""An address is looked for where it may be, and found wherever it is."""

from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from rows import START, batch

from taishi.core.ports import Condition, Query
from taishi.store.embedded import reader
from taishi.store.embedded.sifting import sifted
from taishi.store.embedded.store import EmbeddedStore

#: In each segment one address of its own, in another column.
WHERE = ("source.ip", "destination.ip", "host.ip")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[EmbeddedStore]:
    with closing(EmbeddedStore(tmp_path)) as opened:
        for number in range(30):
            name, rare = WHERE[number % 3], f"192.0.2.{number}"
            at = START + timedelta(hours=number)
            rows = [
                {"event.id": f"{number}-{n}", "@timestamp": at, "source.ip": "10.0.0.1"} for n in range(3)
            ]
            rows[1][name] = [rare] if name == "host.ip" else rare
            opened.write([batch("flow", *rows)])
            opened.flush()
        yield opened


@pytest.mark.parametrize("number", [0, 1, 2, 14, 29])
@pytest.mark.parametrize("first_rows", [1, 1000])
def test_a_rare_address_is_found_in_its_segment_alone(
    store: EmbeddedStore, monkeypatch: pytest.MonkeyPatch, number: int, first_rows: int
) -> None:
    monkeypatch.setattr(reader, "_FIRST_ROWS_OF_ADDRESS", first_rows)
    query = Query(address=f"192.0.2.{number}")
    assert [event.id for event in store.search(query).events] == [f"{number}-1"]
    assert store.count(query) == 1
    snapshot = store._snapshot()
    assert len(sifted(snapshot.folder, snapshot.segments, query)) <= 10


@pytest.mark.parametrize(
    "query",
    [
        Query(address="192.0.2.0/24"),
        Query(where=(Condition("source.ip", "192.0.2.0", "contains"),)),
        Query(where=(Condition("source.ip", "192.0.2.0", negated=True),)),
        Query(where=(Condition("destination.port", "443"),)),
        Query(address="10.0.0.1"),
        Query(),
    ],
)
def test_what_sketches_do_not_know_is_looked_for_everywhere(store: EmbeddedStore, query: Query) -> None:
    snapshot = store._snapshot()
    assert sifted(snapshot.folder, snapshot.segments, query) == list(snapshot.segments)


def test_pages_of_an_address_go_on_where_they_ended(
    store: EmbeddedStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reader, "_FIRST_ROWS_OF_ADDRESS", 4)
    found, cursor = [], None
    while True:
        page = store.search(Query(address="10.0.0.1", limit=7, cursor=cursor))
        found += [event.id for event in page.events]
        cursor = page.cursor
        if cursor is None:
            break
    rare = {f"{number}-1" for number in range(0, 30, 3)}
    expected = {f"{number}-{n}" for number in range(30) for n in range(3)} - rare
    assert found == sorted(expected, key=lambda one: (int(one.split("-")[0]), one), reverse=True)
    assert store.count(Query(address="10.0.0.1")) == len(expected)
