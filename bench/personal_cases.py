"""Personal data in many carriers, and what only looks like it: made up, repeatable, no real person's.

`cases(seed, size)` gives (text, types that stand in it); truth comes from how each text was made.
"""

import base64
import hashlib
import json
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random
from urllib.parse import quote

from detections.personal.kinds import id_card, uscc
from detections.personal.kinds.bank_card import is_luhn

PLACES = ("340521", "110101", "320684", "440305", "510107", "650102", "150100", "451402", "620105", "360824")
NAMES = ("刘楠", "潘晶", "欧阳晓明", "王秀芳", "麦红", "诸葛玉兰", "蔡成", "李凤兰")
PLAIN_WORDS = "张家王李赵关于开展安全检查的通知请各单位认真落实"


@dataclass(frozen=True)
class Case:
    """`types` in the order of the text; empty where nothing is there."""

    family: str
    text: str
    types: tuple[str, ...]


def identity(dice: Random) -> str:
    born = date(1945, 1, 1) + timedelta(days=dice.randrange(25_000))
    body = f"{dice.choice(PLACES)}{born:%Y%m%d}{dice.randrange(1000):03}"
    return body + id_card.check_sign(body)


def old_identity(dice: Random) -> str:
    born = date(1930, 1, 1) + timedelta(days=dice.randrange(25_000))
    return f"{dice.choice(PLACES)}{born:%y%m%d}{dice.randrange(1000):03}"


def organisation(dice: Random) -> str:
    body = dice.choice(("91", "92", "11", "12", "51", "93")) + dice.choice(PLACES)
    own = "".join(dice.choice("0123456789ABCDEFGHJKLMNPQRTUWXY") for _ in range(8))
    total = sum(
        "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ".index(s) * w
        for s, w in zip(own, (3, 7, 9, 10, 5, 8, 4, 2), strict=True)
    )
    body += own + "0X987654321"[total % 11]
    return body + uscc.check_sign(body)


def card(dice: Random, head: str = "", size: int = 19) -> str:
    body = head or dice.choice(("622848", "621700", "622202", "621661", "623058"))
    body += "".join(str(dice.randrange(10)) for _ in range(size - 1 - len(body)))
    return next(body + str(last) for last in range(10) if is_luhn(body + str(last)))


def phone(dice: Random) -> str:
    return (
        dice.choice(("139", "138", "151", "166", "177", "189", "198", "147", "133"))
        + f"{dice.randrange(10**8):08}"
    )


def plate(dice: Random) -> str:
    tail = (
        "".join(dice.choice("ABCDEFGHJKLMNPQRSTUVWXYZ0123456789") for _ in range(2))
        + f"{dice.randrange(1000):03}"
    )
    return dice.choice("皖京苏沪粤浙鲁") + dice.choice("ABCDE") + dice.choice(("", "·")) + tail


def new_energy_plate(dice: Random) -> str:
    return (
        dice.choice("皖京苏沪粤")
        + dice.choice("ABCDE")
        + dice.choice("DF")
        + dice.choice("ABCDE1")
        + f"{dice.randrange(10**4):04}"
    )


def special_plate(dice: Random) -> str:
    return dice.choice("皖京苏") + "A" + f"{dice.randrange(10**4):04}" + dice.choice("警学挂")


def passport(dice: Random) -> str:
    head = dice.choice(("E", "G", "EA", "EB", "EK"))
    return head + "".join(str(dice.randrange(10)) for _ in range(9 - len(head)))


def mail(dice: Random) -> str:
    return (
        dice.choice(("zhang.san", "li_si88", "wangwu", "zhao-liu"))
        + "@"
        + dice.choice(("example.com", "mail.county.example.cn"))
    )


def officer(dice: Random) -> str:
    return dice.choice(("军字第", "士字第", "兵字第")) + f"{dice.randrange(10**6, 10**7)}号"


#: A kind: how it is made, and what it is called.
KINDS: dict[str, tuple[Callable[[Random], str], tuple[str, ...]]] = {
    "id_card": (identity, ("身份证号", "公民身份号码", "证件号码", "idCard", "sfzh", "id_no")),
    "uscc": (organisation, ("统一社会信用代码", "纳税人识别号", "uscc", "creditCode")),
    "bank_card": (card, ("银行卡号", "开户行账号", "bankCard", "card_no")),
    "mobile": (phone, ("手机号", "联系电话", "phone", "mobile", "tel")),
    "passport": (passport, ("护照号", "passport_no", "护照号码")),
    "plate": (plate, ("车牌号", "号牌号码", "plateNo")),
    "email": (mail, ("邮箱", "电子邮箱", "email")),
    "officer_card": (officer, ("军官证号", "士兵证", "军官证")),
}
#: What is certain without a word beside it.
PLAIN = ("id_card", "uscc", "email", "officer_card", "mobile")


def carried(dice: Random, kind: str, value: str, name: str) -> Iterator[tuple[str, str]]:
    """One value in the carriers that it comes in."""
    who = dice.choice(NAMES)
    yield "behind Chinese", f"请核对{name if not name.isascii() else KINDS[kind][1][0]}{value}是否有误"
    yield "colon", f"{name}:{value}"
    yield "full-width colon", f"申请人{who}，{name}：{value}，其他从略"
    yield "json", json.dumps({"n": 7, name: value, "ok": True}, ensure_ascii=False)
    yield "json escaped", json.dumps({"name": who, name: value})
    yield "query", f"GET /api/v1/q?a=1&{quote(name)}={quote(value)}&b=2 HTTP/1.1"
    yield "xml", f"<row><{name}>{value}</{name}></row>"
    yield "brackets", f"{who}（{name}：{value}）"
    yield "quoted", f'"{name}","{value}"'
    yield "html", f"<td>{name}</td><td>{value}</td>"
    yield "assignment", f"SET {name}='{value}', n=7;"
    if kind != "email":
        yield (
            "full-width",
            f"{name}：" + "".join(chr(ord(s) + 0xFEE0) if s.isascii() and s.isalnum() else s for s in value),
        )
    if kind in PLAIN:
        yield (
            "log",
            f"2026-03-0{dice.randrange(1, 10)} 12:30:45,123 INFO [http-nio-8080-exec-5] 查询 {value} 成功",
        )
        yield "cell", f"{dice.randrange(999)},{who},{value},正常"
    if kind in ("id_card", "bank_card", "mobile"):
        for cut in " -":
            yield "grouped", f"{name} {grouped(kind, value, cut)} 已登记"
    if kind == "id_card" and value.endswith("X"):
        yield "lower x", f"{name}:{value.lower()}"
        yield "multiplication sign", f"{name}:{value[:-1]}×"


def grouped(kind: str, value: str, cut: str) -> str:
    sizes = {"id_card": (6, 8, 4), "bank_card": (4, 4, 4, 4, 3), "mobile": (3, 4, 4)}[kind]
    parts, at = [], 0
    for size in sizes:
        parts.append(value[at : at + size])
        at += size
    return cut.join(parts)


def broken(value: str) -> str:
    """Another last digit, so that the check fails."""
    return value[:-1] + ("1" if value[-1] != "1" else "2")


def negatives(dice: Random) -> Iterator[tuple[str, str]]:
    """What only looks like personal data: some forty shapes."""
    n, digits = dice.randrange, lambda size: "".join(str(dice.randrange(10)) for _ in range(size))
    one = identity(dice)
    yield "order number", f"订单号{digits(20)}已支付"
    yield "order, 18 digits", f"订单编号：2{digits(17)}"
    yield "serial, 22", f"流水号{digits(22)}"
    yield "serial like a phone", f"序列号:13{digits(9)}"
    yield "device like a phone", f"设备号 15{digits(9)} 离线"
    yield "ticket like a phone", f"工单号#138{digits(8)}"
    yield "key like a phone", f'{{"id": 139{digits(8)}, "state": 1}}'
    yield "counter like a phone", f"bytes=186{digits(8)} packets=15{digits(9)}"
    yield "count like a phone", f"累计处理135{digits(8)}条记录"
    yield "milliseconds", f"timestamp={n(1_500_000_000_000, 1_900_000_000_000)}"
    yield "microseconds", f"ts {n(1_500_000_000_000_000, 1_900_000_000_000_000)}"
    yield "nanoseconds", f"时间戳{n(10**18, 19 * 10**17)}"
    yield "date and number", f"批次20{n(10, 27)}{n(1, 13):02}{n(1, 29):02}{digits(10)}"
    yield "md5", hashlib.md5(digits(9).encode(), usedforsecurity=False).hexdigest()
    yield "sha256", f"sha256:{hashlib.sha256(digits(9).encode()).hexdigest()}"
    yield "uuid", f"request {uuid.UUID(int=dice.getrandbits(128))} done"
    yield "hex", f"0x{dice.getrandbits(80):020x}"
    yield "base64", base64.b64encode(dice.randbytes(60)).decode()
    yield "addresses", f"10.34.{n(256)}.{n(256)} 192.0.2.{n(256)} 198.51.100.{n(256)} 203.0.113.{n(256)}"
    yield "address and port", f"172.16.{n(256)}.{n(256)}:{n(65536)} -> 10.1.{n(256)}.{n(256)}:{n(65536)}"
    yield "mac", ":".join(f"{n(256):02x}" for _ in range(6))
    yield "coordinates", f"东经117.13{digits(9)}，北纬31.18{digits(9)}"
    yield "coordinates json", f'{{"lng":118.{digits(11)},"lat":31.{digits(11)}}}'
    yield "isbn", f"ISBN 978-7-{n(100, 999)}-{n(10_000, 99_999)}-{n(10)}"
    yield "isbn 13", f"书号9787{digits(9)}"
    yield "version", f"版本 {n(20)}.{n(20)}.{n(1390, 1899)}{digits(7)} build 20260{n(1, 10)}01"
    yield "ean", f"条形码69{digits(11)}"
    yield "imei", f"IMEI {card(dice, '35' + digits(6), 15)}"
    yield "imsi", f"imsi=46000{digits(10)}"
    yield "iccid", f"ICCID:8986{digits(16)}"
    yield "land line", f"电话 0555-{n(2_000_000, 8_999_999)}"
    yield "service number", "客服 400-820-8820，监督 12345，报警 110"
    yield "id, bad check", f"身份证号{broken(one)}"
    yield "id, bad date", (lambda b: f"身份证号{b}{id_card.check_sign(b)}")(f"{one[:6]}19871332{one[14:17]}")
    yield "id, unborn", (lambda b: f"身份证号{b}{id_card.check_sign(b)}")(f"{one[:6]}20990101{one[14:17]}")
    yield "id, no such province", (lambda b: f"身份证号{b}{id_card.check_sign(b)}")(f"78{one[2:17]}")
    yield "id within more digits", f"编码{digits(3)}{one}{digits(2)}"
    yield "uscc, bad check", f"统一社会信用代码{broken(organisation(dice))}"
    yield "card, bad check", f"银行卡号 {broken(card(dice))}"
    yield "order that passes Luhn", f"订单号{card(dice, '62' + digits(8))}"
    yield "flow that passes Luhn", f"交易流水 {card(dice, '4' + digits(8), 16)}"
    yield "key that passes Luhn", f'"traceId":"{card(dice, "62" + digits(6), 18)}"'
    yield "amount", f"金额 {n(10**10, 2 * 10**10)}.{digits(2)} 元"
    yield "document number", f"皖政办〔202{n(7)}〕{n(1, 99)}号，皖发改投资字第{n(1, 999)}号"
    yield "words with plate signs", f"数字创新B{n(10_000, 99_999)}版、政务云A{n(10_000, 99_999)}节点"
    yield "package", f"npm i left-pad@{n(9)}.{n(9)}.{n(9)} logo@2x.png @types/node"
    yield "shell prompt", f"root@web-{n(99)}:~$ ls; scp a git@code.example.com:group/repo.git"
    yield "user in url", f"postgresql://app:secret@db{n(9)}.county.example:5432/oa"
    yield "unit", f"alice@pts-{n(9)}.service loaded"
    yield "file", f"/var/data/139{digits(8)}.dat 15{digits(9)}.log"
    yield "postal code", f"邮编 {n(100_000, 999_999)}，门牌 {n(1, 999)} 号"
    yield "percent text", f"/a%20{n(10**9, 10**10)}%E4%B8%AD?x={n(10**12, 10**13)}"
    yield "float", f"loss=0.{digits(18)} acc=0.13{digits(9)}"
    yield "words", "".join(dice.choice(PLAIN_WORDS) for _ in range(30))
    yield "model", f"型号 E{n(10**7, 10**8 - 1)}，货号 G{n(10**7, 10**8 - 1)}"


def cases(seed: int, size: int) -> Iterator[Case]:
    """`size` rounds of every kind in every carrier and of every negative."""
    dice = Random(f"personal/{seed}")  # noqa: S311 - repeatable make-believe
    for _ in range(size):
        for kind, (make, names) in KINDS.items():
            for family, text in carried(dice, kind, make(dice), dice.choice(names)):
                yield Case(f"{kind} · {family}", text, (kind,))
        yield Case("id_card · 15 digits", f"身份证号{old_identity(dice)}", ("id_card",))
        yield Case("plate · new energy", f"新能源车{new_energy_plate(dice)}已入库", ("plate",))
        yield Case("plate · special", f"车辆{special_plate(dice)}通过卡口", ("plate",))
        yield Case(
            "mobile · country code", f"致电 +86 {phone(dice)} 或 +86-{phone(dice)}", ("mobile", "mobile")
        )
        yield Case("mobile · list", f"手机：{phone(dice)}、{phone(dice)}", ("mobile", "mobile"))
        yield Case(
            "row of three",
            f"{dice.choice(NAMES)},{identity(dice)},{phone(dice)},{card(dice)}",
            ("id_card", "mobile", "bank_card"),
        )
        for family, text in negatives(dice):
            yield Case(family, text, ())
