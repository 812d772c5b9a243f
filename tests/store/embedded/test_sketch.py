"""Sketches of segments: what a batch shows is always found again, and nearly nothing else is looked at."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from taishi.core.event import Batch, BatchBuilder
from taishi.core.indicators import IndicatorType
from taishi.core.observables import COLUMNS, key, keys_of, sightings
from taishi.store.embedded.follower import FollowingStore
from taishi.store.embedded.store import EmbeddedStore

AT = datetime(2026, 11, 17, tzinfo=UTC)


def names(count: int, prefix: str = "h") -> Batch:
    builder = BatchBuilder("dns", "test", prefix)
    for n in range(count):
        row = {"@timestamp": AT + timedelta(seconds=n), "source.ip": f"10.{n % 4}.{n % 200}.{n % 250}"}
        builder.add(n, {**row, "dns.question.name": f"{prefix}{n}.Site{n % 50}.example"})
    made = builder.take()
    assert made is not None
    return made


def held(
    store: EmbeddedStore | FollowingStore, kind: IndicatorType, value: str, upto: str | None = None
) -> int:
    return sum(len(batch) for batch in store.holding([key(kind, value)], upto))


def test_only_the_row_groups_that_may_show_a_value_are_read(tmp_path: Path) -> None:
    store = EmbeddedStore(tmp_path)
    store.write([names(45_000), names(10, "rare")])
    store.flush()
    assert held(store, "domain", "rare3.site3.example") <= 20_000
    assert held(store, "domain", "nobody.site3.example") == 0
    assert held(store, "domain", "site3.example") == 45_010
    assert sum(map(len, store.holding(None, None))) == 45_010
    following = FollowingStore(tmp_path)
    assert held(following, "domain", "rare3.site3.example") > 0
    for path in (tmp_path / "sketches").iterdir():
        path.write_bytes(b"damaged")
    assert held(store, "domain", "nobody.site3.example") == 45_010, "without a sketch it may be anywhere"
    following.close()
    store.close()


def test_a_cursor_bounds_what_is_looked_at_and_the_spool_counts(tmp_path: Path) -> None:
    store = EmbeddedStore(tmp_path)
    store.write([names(3)])
    _, upto = store.stream(None)
    store.write([names(4, "later")])
    assert held(store, "domain", "site1.example", upto) == 3
    assert held(store, "domain", "site1.example") == 7
    store.close()


def test_sketches_go_with_their_segments_and_stay_over_a_restart(tmp_path: Path) -> None:
    store = EmbeddedStore(tmp_path)
    store.write([names(5)])
    store.flush()
    store.close()
    (tmp_path / "sketches" / "stray.sketch").write_bytes(b"")
    store = EmbeddedStore(tmp_path)
    segments = {path.stem for path in (tmp_path / "segments").iterdir()}
    assert {path.stem for path in (tmp_path / "sketches").iterdir()} == segments
    assert held(store, "domain", "site1.example") == 5
    store.close()


_HOSTS = st.sampled_from(["a.b.example", "B.example", "192.0.2.1", "x", "", "::1", "h:80"])
_TEXTS = st.one_of(
    st.none(), _HOSTS, st.builds("http://{}/{}".format, _HOSTS, st.text(max_size=5)), st.text(max_size=20)
)


@settings(max_examples=60)
@given(st.lists(st.tuples(_TEXTS, _TEXTS, _TEXTS), min_size=1, max_size=5))
def test_whatever_can_be_sighted_has_a_key(rows: list[tuple[str | None, str | None, str | None]]) -> None:
    builder = BatchBuilder("http", "test", "x")
    for n, (original, domain, address) in enumerate(rows):
        row = {"@timestamp": AT, "url.original": original, "url.domain": domain, "destination.ip": address}
        builder.add(n, row, {"email.from.address": original, "Hashes": f"MD5={'a' * 32}"})
    batch = builder.take()
    assert batch is not None
    keys = keys_of(batch)
    types = frozenset(kind for _, kinds in COLUMNS for kind in kinds) | {"email", "md5"}
    for one in sightings(batch, lambda *_: True, types):
        assert key(one.type, one.value) in keys, one
