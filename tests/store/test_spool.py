"""Frames: what is damaged is passed over and told, what is torn is cut and told, the rest stays."""

from contextlib import closing

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rows import batch, numbered

from taishi.core.ports import Query
from taishi.core.problems import Problem
from taishi.store import open_event_store
from taishi.store.spool import Damage, Frame, Spool, pack, scan

MARKER = bytes(range(16))


def _frames(count: int) -> list[bytes]:
    return [pack(MARKER, "flow", 10 * n, numbered(3, first=10 * n).rows) for n in range(count)]


def test_frames_come_back():
    parts = list(scan(b"".join(_frames(3)), MARKER))
    assert [(part.kind, part.first) for part in parts] == [("flow", 0), ("flow", 10), ("flow", 20)]
    assert parts[1].rows == numbered(3, first=10).rows


def test_an_event_cannot_pose_as_a_frame():
    """The marker is each store's own secret, so bytes of another store's frame stay text."""
    forged = pack(b"\0" * 16, "flow", 0, numbered(1).rows)
    carrier = batch("other", {"original": forged.decode("latin-1")})
    data = pack(MARKER, "other", 0, carrier.rows)
    assert [part.kind for part in scan(data + b"x" + data, MARKER) if isinstance(part, Frame)] == [
        "other"
    ] * 2


@given(at=st.integers(0, 10**6), flip=st.integers(1, 255))
@settings(max_examples=60, deadline=None)
def test_one_wrong_byte_costs_one_frame_and_is_told(at, flip):
    frames = _frames(4)
    data = bytearray(b"".join(frames))
    at %= len(data)
    data[at] ^= flip
    hit = next(n for n in range(4) if at < sum(map(len, frames[: n + 1])))
    parts = list(scan(bytes(data), MARKER))
    assert [part.first for part in parts if isinstance(part, Frame)] == [10 * n for n in range(4) if n != hit]
    (damage,) = [part for part in parts if isinstance(part, Damage)]
    assert (damage.offset, damage.size) == (sum(map(len, frames[:hit])), len(frames[hit]))


@given(cut=st.integers(1, 10**6))
@settings(max_examples=40, deadline=None)
def test_a_torn_tail_costs_only_itself(cut):
    frames = _frames(2)
    data = b"".join(frames)
    rest = data[: len(frames[0]) + cut % len(frames[1])]
    parts = list(scan(rest, MARKER))
    assert isinstance(parts[0], Frame)
    assert [part.what for part in parts[1:]] == ([] if len(rest) == len(frames[0]) else ["torn"])


@given(junk=st.binary(max_size=300))
@settings(max_examples=60, deadline=None)
def test_junk_is_no_frame(junk):
    assert all(isinstance(part, Damage) for part in scan(junk, MARKER))


def _spool_file(root):
    (path,) = (root / "spool").glob("*.spool")
    return path


def test_a_store_with_a_torn_tail_opens_and_tells(tmp_path):
    with closing(open_event_store(str(tmp_path))) as store:
        store.write([numbered(5)])
    with _spool_file(tmp_path).open("ab") as spool:
        spool.write(b"half a frame")
    with closing(open_event_store(str(tmp_path))) as store:
        assert store.count(Query()) == 5
        assert store.damage() == 1
        store.write([numbered(5, first=5)])
    with closing(open_event_store(str(tmp_path))) as store:
        assert store.count(Query()) == 10
        assert store.damage() == 1
    assert [path.read_bytes() for path in (tmp_path / "spool").glob("*.torn")] == [b"half a frame"]


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(at=st.integers(0, 10**6))
def test_a_store_with_a_damaged_frame_keeps_the_others(tmp_path_factory, at):
    root = tmp_path_factory.mktemp("damaged")
    with closing(open_event_store(str(root))) as store:
        for first in range(0, 50, 10):
            store.write([numbered(10, first=first)])
    path = _spool_file(root)
    data = bytearray(path.read_bytes())
    at %= len(data)
    data[at] ^= 0x40
    path.write_bytes(data)
    with closing(open_event_store(str(root))) as store:
        assert store.count(Query()) == 40
        assert store.damage() == 1
        # The sender sends again what it was not sure of: only what was lost is added.
        assert store.write([numbered(50)]).stored == 10
        store.flush()
        assert store.count(Query()) == 50


def test_a_full_disk_is_told_and_adds_nothing(tmp_path, monkeypatch):
    spool = Spool(tmp_path / "s", 0)
    frame = _frames(1)[0]
    spool.append([frame])
    with monkeypatch.context() as patch:
        patch.setattr("os.fdatasync", _no_space)
        with pytest.raises(Problem, match="No space left"):
            spool.append([frame])
    spool.append([frame])
    spool.close()
    assert (tmp_path / "s").read_bytes() == frame * 2


def _no_space(_: int) -> None:
    raise OSError(28, "No space left on device")
