"""Text whose encoding nobody said."""

from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from taishi.core.encoded import percent_decoded, readable


@pytest.mark.parametrize("encoding", ["utf-8", "gbk"])
def test_chinese_in_either_encoding_is_read(encoding: str) -> None:
    assert percent_decoded("/" + quote("公积金查询", encoding=encoding)) == "/公积金查询"


def test_bytes_of_neither_stay_what_they_are() -> None:
    assert readable(b"a\xff\xfe") == "a\ufffd\ufffd"
    assert readable(b"a\xff\xfe", "backslashreplace") == "a\\xff\\xfe"


@given(st.text())
def test_what_was_utf8_stays_so(text: str) -> None:
    sound = text.encode("utf-8", "ignore").decode()
    assert percent_decoded(quote(sound)) == sound
