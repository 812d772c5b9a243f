"""Zip files of one form: any program reads them, and each byte of one is known."""

import io
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from taishi.kit.plain_zip import MAX_MEMBERS, read_plain_zip, write_plain_zip

NAMES = st.text("abc/.-_0", min_size=1, max_size=12)
MEMBERS = st.lists(st.tuples(NAMES, st.binary(max_size=50)), max_size=5, unique_by=lambda one: one[0])


@given(MEMBERS)
def test_what_is_written_is_read_by_us_and_by_others(members: list[tuple[str, bytes]]) -> None:
    body = write_plain_zip(members)
    read = read_plain_zip(body)
    assert (list(read.members), read.damage) == (members, None)
    with zipfile.ZipFile(io.BytesIO(body)) as file:
        assert file.testzip() is None
        assert [(name, file.read(name)) for name in file.namelist()] == members


@given(MEMBERS, st.integers(0, 10_000), st.integers(1, 255))
def test_every_changed_byte_is_damage(members: list[tuple[str, bytes]], place: int, by: int) -> None:
    body = bytearray(write_plain_zip(members))
    body[place % len(body)] ^= by
    assert read_plain_zip(bytes(body)).damage is not None


@given(st.binary(max_size=200))
def test_any_bytes_are_read(body: bytes) -> None:
    read = read_plain_zip(b"PK\x03\x04" + body)
    assert sum(len(name) + len(content) for name, content in read.members) <= len(body)


def test_where_the_damage_is_is_told() -> None:
    body = write_plain_zip([("a", b"0123456789"), ("b", b"x")])
    assert read_plain_zip(body + b"!").damage == len(body)
    assert read_plain_zip(body.replace(b"0123456789", b"0123x56789")).damage == 14, "its checksum"


def test_too_many_members_are_refused() -> None:
    with pytest.raises(ValueError, match=str(MAX_MEMBERS)):
        write_plain_zip([("a", b"")] * (MAX_MEMBERS + 1))
