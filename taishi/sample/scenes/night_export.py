"""Somebody pages through the pupils' register of a site at night: hundreds of identity numbers."""

from datetime import timedelta
from json import dumps
from random import Random

from taishi.core.text import Text
from taishi.sample.conversation import ANY_PORT, Say, Tcp, answer, ask
from taishi.sample.county import EDUCATION, EDUCATION_SITE, REGISTRY_DESK
from taishi.sample.lines.people import person
from taishi.sample.scene import PCAP, Scene, Told, Truth, Week, weakness
from taishi.sample.wire.http import request, response

CLIENT = REGISTRY_DESK
RTT_US = 900
PAGES, A_PAGE = 14, 50


def tell(week: Week) -> Told:
    dice = week.dice("night_export")
    told = Told()
    begin = week.moment(3, 23, 20) + timedelta(seconds=dice.uniform(0, 900))
    says: list[Say] = []
    for page in range(1, PAGES + 1):
        says.append(ask(asked(page), wait_us=dice.randrange(2_000_000, 4_000_000)))
        kind = {"Content-Type": "application/json; charset=utf-8"}
        says.append(answer(*response(200, kind, pupils(dice)), wait_us=RTT_US + 40_000))
    told.conversations.append(Tcp(begin, CLIENT, ANY_PORT, EDUCATION_SITE, 80, tuple(says), rtt_us=RTT_US))
    end = begin + timedelta(microseconds=sum(say.wait_us for say in says))
    told.truths.append(
        Truth(
            scene="night_export",
            threat="risk",
            level="high",
            subject=CLIENT,
            subject_kind="ip",
            unit=EDUCATION.name,
            first_seen=begin,
            last_seen=end,
            seen_in=(PCAP,),
            what=Text(
                f"{CLIENT} 夜间从教育信息网站批量导出学生身份证号 {PAGES * A_PAGE} 条",
                f"{CLIENT} exports {PAGES * A_PAGE} pupils' identity numbers from the site at night",
            ),
            peers=(EDUCATION_SITE,),
        )
    )
    what = Text(
        f"教育信息网站 {EDUCATION_SITE} 的学生查询接口明文返回身份证号",
        f"the pupils' interface of {EDUCATION_SITE} returns identity numbers in clear text",
    )
    told.truths.append(weakness("night_export", EDUCATION.name, EDUCATION_SITE, CLIENT, (begin, end), what))
    return told


def asked(page: int) -> bytes:
    return request(
        "GET",
        f"/api/xueji/list?page={page}&size={A_PAGE}",
        {"Host": EDUCATION_SITE, "User-Agent": "python-requests/2.31.0", "Accept": "*/*"},
    )


def pupils(dice: Random) -> bytes:
    """One page of the register."""
    rows = [
        {"xm": name, "sfzh": number, "nj": dice.randrange(1, 10)}
        for name, number in map(person, [dice] * A_PAGE)
    ]
    return dumps({"code": 0, "rows": rows}, ensure_ascii=False).encode()


SCENE = Scene("night_export", tell)
