"""An old office computer reads plans from another unit's storage, which knows nothing newer than SMB 1."""

from datetime import timedelta

from taishi.core.text import Text
from taishi.sample.conversation import ANY_PORT, Repeat, Tcp
from taishi.sample.county import EDUCATION, SCHOOL_PLANS, TOWN
from taishi.sample.scene import Scene, Told, Week, weakness
from taishi.sample.wire.smb1 import DIALECT, PORT, Visit, smb1_session

CLIENT = TOWN.desk(2)
RTT_US = 900
PLAN = Repeat("墙体 0.24 0.00 3.60\r\n".encode("gb18030"), 46_080)


def tell(week: Week) -> Told:
    dice = week.dice("smb1_spoken")
    told = Told()
    moments = [week.moment(day, 14, 25) + timedelta(seconds=dice.uniform(0, 1500)) for day in (0, 1, 3)]
    for number, at in enumerate(moments, start=1):
        path = f"\\环峰镇\\中心小学{number}号楼平面图.dxf"
        visit = Visit("hfz_jiaoyu", "XIAOSHE", SCHOOL_PLANS, "plans", path, PLAN, at)
        says = smb1_session(dice, visit)
        told.conversations.append(Tcp(at, CLIENT, ANY_PORT, SCHOOL_PLANS, PORT, says, rtt_us=RTT_US))
    what = Text(
        f"{CLIENT} 以 SMBv1（{DIALECT}）访问校舍图纸存储 {SCHOOL_PLANS}",
        f"{CLIENT} reads from the storage {SCHOOL_PLANS} in SMB 1 ({DIALECT})",
    )
    told.truths.append(weakness("smb1_spoken", EDUCATION.name, SCHOOL_PLANS, CLIENT, moments, what))
    return told


SCENE = Scene("smb1_spoken", tell)
