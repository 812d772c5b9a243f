"""The land bureau's GIS server, broken into that night, looks for open doors among the shared services."""

from datetime import timedelta

from taishi.core.text import Text
from taishi.sample.conversation import ANY_PORT, End, Tcp
from taishi.sample.county import (
    BACKUP,
    BASTION,
    BUREAU,
    GATEWAY,
    LAND,
    MAIL,
    MONITOR,
    OFFICE,
    RESOLVER,
    TIME_SERVER,
)
from taishi.sample.scene import PCAP, Scene, Told, Truth, Week

TARGETS = (GATEWAY, MONITOR, BASTION, MAIL, OFFICE, BACKUP, RESOLVER, TIME_SERVER)
#: File sharing and remote desktop of Windows.
PORTS = (445, 3389)
FILTERED = 0.4
RTT_US = 700


def tell(week: Week) -> Told:
    dice = week.dice("inside_scan")
    told = Told()
    first = at = week.moment(4, 1, 34)
    for port in PORTS:
        for target in TARGETS:
            end: End = "silent" if dice.random() < FILTERED else "refused"
            told.conversations.append(Tcp(at, LAND, ANY_PORT, target, port, end=end, rtt_us=RTT_US))
            last, at = at, at + timedelta(seconds=dice.uniform(0.4, 1.6))
    for target in TARGETS:
        what = Text(
            f"{LAND} 逐台探测政务外网公共服务的 445、3389 端口，含 {target}，均无果",
            f"{LAND} asks the shared services for ports 445 and 3389, {target} among them, all in vain",
        )
        told.truths.append(
            Truth(
                scene="inside_scan",
                threat="attempted",
                level="medium",
                subject=target,
                subject_kind="ip",
                unit=BUREAU.name,
                first_seen=first,
                last_seen=last,
                seen_in=(PCAP,),
                what=what,
                attackers=(LAND,),
                peers=(LAND,),
            )
        )
    return told


SCENE = Scene("inside_scan", tell)
