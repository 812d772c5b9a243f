"""Values read as servers, shells and databases read them, in time that grows with their length only."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detections.web.views import decoded, views


@pytest.mark.parametrize(
    ("raw", "plain"),
    [
        ("a%20b+c", "a b c"),
        ("%253Cscript%253E", "<script>"),
        ("%25253Cb", "<b"),
        ("%u003cscript", "<script"),
        ("\\x22a\\x22", '"a"'),
        ("\\u{3c}a", "<a"),
        ("&lt;script&#62;", "<script>"),
        ("..%c0%af..%e0%80%af", "../../"),
        ("%c1%a1", "a"),
        ("\uff1cscript\uff1e", "<script>"),
        ("a%00b", "a\0b"),
        ("%E5%85%AC%E7%A7%AF%E9%87%91（提取）", "公积金（提取）"),
        ("%B9%AB%BB%FD%BD%F0+1", "公积金 1"),
        ("/%CD%A8%D6%AA%B9%AB%B8%E6.asp", "/通知公告.asp"),
        ("%c0%ae%c0%ae%c0%af", "../"),
        ("%C1%AA%CF%B5%C0%A7%C4%D1", "联系困难"),
        ("%ff%fe%fd", "\ufffd" * 3),
        ("100%", "100%"),
    ],
)
def test_decoded(raw: str, plain: str) -> None:
    assert decoded(raw) == plain


def test_a_path_keeps_its_plus() -> None:
    assert decoded("/c++/a%20b", form=False) == "/c++/a b"


@pytest.mark.parametrize(
    ("raw", "seen"),
    [
        ("UN/**/ION/*x*/SELECT 1", "UN ION SELECT 1"),
        ("/*!50000union*/ select", " union  select"),
        (";c''at /e\\tc/pa$@sswd", ";cat /etc/passwd"),
        ("n^e^t user", "net user"),
        ("\u2019 or 1=1", "' or 1=1"),
        ("%bf%27 or 1=1", "\ufffd' or 1=1"),
        ("%df%5c%27 or 1=1", "運' or 1=1"),
        ("%df%5c%27 or 1=1", "\ufffd\\' or 1=1"),
        ("%d5%7cwhoami", "\ufffd|whoami"),
        ("PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg==", "<script>alert(1)</script>"),
        ("${${lower:j}ndi:ldap://x}", "${jndi:ldap://x}"),
    ],
)
def test_a_view_shows_what_was_hidden(raw: str, seen: str) -> None:
    assert seen in list(views(raw))


@given(st.text(alphabet=st.sampled_from("%2375cuxU&#;\\/*+'\"${}():-jndilower\0\uff1c"), max_size=300))
def test_any_text_has_views(raw: str) -> None:
    assert len(list(views(raw))) >= 1


@pytest.mark.parametrize("piece", ["%25", "&#x3c;", "${lower:", "/*", "\\x3c", "%c0%af", "''", "\uff1c"])
def test_no_input_takes_long(piece: str) -> None:
    before = time.process_time()
    list(views(piece * 50_000))
    assert time.process_time() - before < 1
