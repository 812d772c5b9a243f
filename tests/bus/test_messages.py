"""Every event travels once, those of a host together and in order, whatever size they have."""

from collections import defaultdict
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from taishi.bus.messages import MOST, SIZE, batch_of, messages
from taishi.core.event import Batch, BatchBuilder

START = datetime(2026, 3, 1, tzinfo=UTC)
HOSTS = st.sampled_from([None, "pc-1", "pc-2", "主机", "pc-3"])


def events(hosts: list[str | None], original: str = "raw") -> Batch:
    builder = BatchBuilder("logon", "test", "bus")
    for n, host in enumerate(hosts):
        row = {"@timestamp": START + timedelta(seconds=n), "host.name": host, "source.ip": f"192.0.2.{n % 3}"}
        builder.add(n, row, {"n": n}, original)
    batch = builder.take()
    assert batch is not None
    return batch


@given(st.lists(HOSTS, min_size=1, max_size=60), st.integers(1, 5))
def test_each_event_once_and_a_host_in_one_place_in_order(hosts: list[str | None], partitions: int) -> None:
    batch = events(hosts)
    places = defaultdict(set)
    times: dict[str, list[datetime]] = defaultdict(list)
    ids = []
    for message in messages(batch, partitions):
        assert 0 <= message.partition < partitions
        for event in batch_of(message.key, message.value).events():
            host = event.text("host.name") or event.text("source.ip")
            ids.append(event.id)
            places[host].add(message.partition)
            times[host].append(event.time)
    assert sorted(ids) == sorted(event.id for event in batch.events())
    assert all(len(found) == 1 for found in places.values())
    assert all(found == sorted(found) for found in times.values())


def test_what_comes_out_is_what_went_in() -> None:
    batch = events(["pc-1"] * 9)
    (message,) = messages(batch, 1)
    assert batch_of(message.key, message.value) == batch


def test_large_batches_travel_in_pieces_and_a_heavy_event_alone() -> None:
    sent = list(messages(events(["pc-1"] * 50, "x" * 100_000), 4))
    assert len(sent) > 4
    assert all(len(message.value) <= SIZE for message in sent)
    (heavy,) = messages(events(["pc-1"], "x" * (8 << 20)), 4)
    assert SIZE < len(heavy.value) < MOST


@given(st.binary(max_size=200), st.sampled_from([None, b"", b"logon", b"\xff", b"flow"]))
def test_what_is_no_message_is_told(value: bytes, key: bytes | None) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        batch_of(key, value)
