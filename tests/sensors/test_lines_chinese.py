"""Lines that are not UTF-8."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sensors.lines import shown


@pytest.mark.parametrize("text", ["主机甲 sshd[1]: 用户张三 登录失败", "plain", "县教育局：ＯＫ。"])
def test_chinese_in_either_encoding_reads_the_same(text: str) -> None:
    assert shown(text.encode()) == shown(text.encode("gb18030")) == text


def test_other_bytes_stay_visible() -> None:
    assert shown(b"caf\xe9 \xff\xfe") == "caf\\xe9 \\xff\\xfe"


@given(st.binary())
def test_nothing_raises_and_nothing_is_lost(line: bytes) -> None:
    text = shown(line)
    same = text.encode() == line or text.encode("gb18030") == line
    assert same or text == line.decode("utf-8", "backslashreplace")
