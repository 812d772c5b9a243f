"""A desk reads the list of the insured from a share: identity numbers cross in clear."""

from datetime import timedelta
from random import Random

from taishi.core.text import Text
from taishi.sample.conversation import ANY_PORT, Repeat, Tcp
from taishi.sample.county import INSURANCE, INSURANCE_BUREAU
from taishi.sample.lines.people import person
from taishi.sample.scene import Scene, Told, Week, weakness
from taishi.sample.wire.smb1 import PORT, Visit, smb1_session

CLIENT = INSURANCE_BUREAU.desk(2)
RTT_US = 700
PEOPLE = 120


def tell(week: Week) -> Told:
    dice = week.dice("share_in_clear")
    told = Told()
    moments = [week.moment(day, 10, 15) + timedelta(seconds=dice.uniform(0, 1800)) for day in (1, 3)]
    for number, at in enumerate(moments, start=1):
        content = insured(dice)
        path = f"\\参保登记\\参保人员名单{number}.csv"
        visit = Visit("yibao02", "YIBAO", INSURANCE, "gongxiang", path, Repeat(content, len(content)), at)
        says = smb1_session(dice, visit)
        told.conversations.append(Tcp(at, CLIENT, ANY_PORT, INSURANCE, PORT, says, rtt_us=RTT_US))
    what = Text(
        f"{CLIENT} 从医保经办系统 {INSURANCE} 的共享明文读取参保人员身份证号",
        f"{CLIENT} reads identity numbers of the insured in clear text from a share on {INSURANCE}",
    )
    truth = weakness("share_in_clear", INSURANCE_BUREAU.name, INSURANCE, CLIENT, moments, what)
    told.truths.append(truth)
    return told


def insured(dice: Random) -> bytes:
    """A list as an export of the system writes it."""
    rows = ["姓名,身份证号,参保状态"]
    rows += [f"{name},{number},正常" for name, number in (person(dice) for _ in range(PEOPLE))]
    return "\r\n".join(rows).encode("gb18030")


SCENE = Scene("share_in_clear", tell)
