"""No other unit's address leaves the house."""

from ipaddress import IPv4Address, IPv6Address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notices.privacy import Mask

OWN, PEER = "192.0.2.25", "2001:db8::7"
MASK = Mask((OWN, PEER))


@pytest.mark.parametrize(
    ("observed", "shown"),
    [
        ("接口ip是10.10.101.4", "接口ip是10.10.*.*"),
        ("192.0.2.25→10.34.2.5.443", "192.0.2.25→10.34.*.*.443"),
        ("连接[2001:db8:5::9]:443", "连接[2001:db8:*]:443"),
        ("来源2001:DB8:0::7", "来源2001:DB8:0::7"),
        ("10.34.002.005", "10.34.*.*"),
        ("口令=abc123，其他", "口令=***，其他"),
        ("登录密码是Abc#123。", "登录密码是***。"),
        ('{"password": "hunter2", "u": 1}', '｛"password": "***", "u": 1｝'),
        ("访问http://admin:Abc123@10.10.101.4/", "访问http://admin:***@10.10.*.*/"),
        ("头为Authorization: Basic YWRtaW46YWRtaW4=，来源", "头为Authorization: Basic ***，来源"),
        ("带Cookie: JSESSIONID=1F; a=b，来源", "带Cookie: ***，来源"),
        ("弱口令，密码是否更换；basic authentication", "弱口令，密码是否更换；basic authentication"),
        ("时间12:34:56 std::string aa:bb:cc:dd:ee:ff", "时间12:34:56 std::string aa:bb:cc:dd:ee:ff"),
    ],
)
def test_masks_what_is_neither_own_nor_peer(observed: str, shown: str) -> None:
    assert MASK.quote(observed) == shown


def test_what_is_cut_off_is_masked_before() -> None:
    assert MASK.quote("的" * 190 + "203.0.113.88").startswith("的" * 190 + "203.0.*.*")


@given(st.ip_addresses(v=4), st.sampled_from(["的", " ", "，", "=", "/", "("]))
def test_any_ipv4_is_masked_wherever_it_stands(address: IPv4Address, around: str) -> None:
    assert str(address) not in MASK.quote(f"见{around}{address}{around}等") or str(address) == OWN


@given(st.ip_addresses(v=6), st.sampled_from(["的", " ", "，", "="]))
def test_any_full_ipv6_is_masked(address: IPv6Address, around: str) -> None:
    assert address.exploded not in MASK.quote(f"见{around}{address.exploded}{around}等")


def test_observed_text_cannot_pose_as_a_placeholder_or_break_the_page() -> None:
    shown = MASK.quote("GET /?q={{7*7}}\x00\u202e None\r\n" + "A" * 500)
    assert "{{" not in shown
    assert "「None」" in shown
    assert "\x00" not in shown
    assert "\u202e" not in shown
    assert "原文共" in shown
    assert len(shown) < 260


@given(st.text(max_size=300))
def test_quoting_never_fails_and_leaves_printable_text(observed: str) -> None:
    shown = MASK.quote(observed)
    shown.encode("utf-8")
    assert all(each.isprintable() or each.isspace() for each in shown)
