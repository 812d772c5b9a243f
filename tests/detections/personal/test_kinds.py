"""What is personal data where it stands, and what only looks like it."""

import pytest

from detections.personal.catalogue import find
from detections.personal.kinds import id_card, uscc
from detections.personal.kinds.bank_card import is_luhn


def with_check(body: str) -> str:
    return body + id_card.check_sign(body)


ID = with_check("34052119800101001")
GIVEN_UP = with_check("11010319700307003")  # a district that was merged in 2010
ABROAD = with_check("91010119800101001")
BODY = "91340521MA2UJW690"
USCC = BODY + uscc.check_sign(BODY)
CARD = next(card for last in range(10) if is_luhn(card := f"622848040256489001{last}"))

THERE = [
    (f"请核对身份证号{ID}是否有误", ["id_card"]),
    (f"身份证：{''.join(chr(ord(sign) + 0xFEE0) for sign in ID)}", ["id_card"]),
    (f"{ID[:6]} {ID[6:14]} {ID[14:]}", ["id_card"]),
    (f"公民身份号码{GIVEN_UP}", ["id_card"]),
    (f"证件号码 {ABROAD}", ["id_card"]),
    (f'{{"idCard": {ID if ID.isdigit() else ID[:17]}}}', ["id_card"] if ID.isdigit() else []),
    ("身份证 340521800101001", ["id_card"]),
    (f"学籍号G{ID}", ["id_card"]),
    (f"\\u8eab\\u4efd\\u8bc1{ID}\\n", ["id_card"]),
    (f"%E8%BA%AB%E4%BB%BD%E8%AF%81%3D{ID}%20", ["id_card"]),
    (f"统一社会信用代码{USCC}", ["uscc"]),
    (f"单位 {USCC} 已登记", ["uscc"]),
    (f"开户行账号 {CARD} 户名田淑英", ["bank_card"]),
    (f"卡号 {' '.join(CARD[n : n + 4] for n in range(0, 19, 4))}", ["bank_card"]),
    ("信用卡号 4111111111111111", ["bank_card"]),
    ("手机13912345678、13800138000", ["mobile", "mobile"]),
    ("王秀芳，13912345678", ["mobile"]),
    ("请回电 +86 139-1234-5678", ["mobile"]),
    ("登录账号：13912345678", ["mobile"]),
    ("护照E12345678、EA1234567", ["passport", "passport"]),
    ("车辆皖A12345、京AD12345、沪A1234学", ["plate", "plate", "plate"]),
    ("号牌皖B·12345", ["plate"]),
    ("邮箱：张三<zhang.san@mail.county.example.cn>，抄送li@example.com", ["email", "email"]),
    ("军字第2001988号", ["officer_card"]),
    ("军官证：南字第20011988号", ["officer_card"]),
]
NOT_THERE = [
    f"身份证号{ID[:-1]}{int(ID[-1] == '1') + 1}",
    f"身份证号{with_check('34052119801301001')}",
    f"身份证号{with_check('34052120990101001')}",
    f"编码12{ID}34",
    "340521800101001",
    f"订单号{CARD}",
    "4111111111111111",
    "IMEI 352099001761481",
    "序列号13912345678",
    '{"id": 13912345678}',
    "累计处理13912345678条",
    "东经117.13912345678",
    "/data/13912345678.dat",
    "ts=1391234567890",
    "E12345678",
    "型号 G12345678",
    "数字创新B12345版",
    "皖政字第2023001号",
    "logo@2x.png git@code.example.com:a/b root@web-1:~$ postgres://app:pw@db.example.com/x",
    "0x139123456789abcdef 550e8400-e29b-41d4-a716-446655440000",
    "10.34.0.53 192.0.2.139 2026-12-01 00:23:17,123",
    "ISBN 978-7-111-54742-6",
]  # fmt: skip


@pytest.mark.parametrize(("text", "kinds"), THERE)
def test_personal_data_is_found_where_it_stands(text: str, kinds: list[str]) -> None:
    assert [one.type for one in find(text)] == kinds


@pytest.mark.parametrize("text", NOT_THERE)
def test_what_looks_like_it_is_left_alone(text: str) -> None:
    assert find(text) == []


def test_values_are_masked_and_reasons_given() -> None:
    (one,) = find(f"身份证号{ID}")
    assert one.masked == ID[:4] + "*" * 10 + ID[-4:]
    assert one.confidence >= 0.95
    assert "校验码相符" in one.reasons
    assert ID not in repr(one)


def test_a_word_makes_it_surer() -> None:
    (alone,), (called,) = find(f"{CARD}"), find(f"银行卡号{CARD}")
    assert alone.confidence < called.confidence


def test_county_is_a_hint_and_never_an_error() -> None:
    assert id_card.county(ID)
    assert id_card.county("999999198001010010") == ""
    assert all(isinstance(id_card.county(f"{place:06}"), str) for place in range(100_000, 1_000_000, 997))


def sureness(text: str) -> set[float]:
    return {one.confidence for one in find(text) if one.type == "mobile"}


def test_a_bare_number_is_no_telephone_until_something_says_so() -> None:
    """Eleven digits alone may be anything; a column of them is told by its beginnings."""
    starts = ("139", "186", "150", "177", "188", "135", "199", "131", "152")
    phones = [f"{start}{7_301_9245 - 613 * n:08}" for n, start in enumerate(starts)]
    orders = [f"139{2_026_0001 + n:08}" for n in range(20)]
    mixed = [*phones, "10120260001"]
    assert max(sureness(phones[0])) < 0.6
    assert sureness("\n".join(phones)) == {0.6}
    assert max(sureness("\n".join(orders))) < 0.6
    assert max(sureness("\n".join(mixed))) < 0.6
    assert min(sureness(f"联系电话\n{phones[0]}")) >= 0.6
    assert min(sureness(f"张三 {phones[0]}")) >= 0.6
