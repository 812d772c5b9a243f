"""Somebody outside tries hundreds of the health portal's TCP ports."""

from datetime import timedelta

from taishi.core.text import Text
from taishi.sample.conversation import End, Tcp
from taishi.sample.county import HEALTH, PORTAL
from taishi.sample.scene import PCAP, Scene, Told, Truth, Week

SCANNER = "203.0.113.9"
PORTS = 420
OPEN = (80, 443)
FILTERED = 0.3


def tell(week: Week) -> Told:
    dice = week.dice("port_scan")
    told = Told()
    first = at = week.moment(3, 2, 14)
    ports = [*OPEN, *dice.sample([port for port in range(1, 10_000) if port not in OPEN], PORTS - len(OPEN))]
    dice.shuffle(ports)
    for port in ports:
        end: End = "probed" if port in OPEN else "silent" if dice.random() < FILTERED else "refused"
        told.conversations.append(Tcp(at, SCANNER, 43_117, PORTAL, port, end=end, rtt_us=900))
        last, at = at, at + timedelta(seconds=dice.expovariate(1 / 0.45))
    what = Text(
        f"{SCANNER} 扫描卫健委门户网站 {PORTS} 个 TCP 端口",
        f"{SCANNER} scans {PORTS} TCP ports of the health portal",
    )
    told.truths.append(
        Truth(
            scene="port_scan",
            threat="attempted",
            level="medium",
            subject=PORTAL,
            subject_kind="ip",
            unit=HEALTH.name,
            first_seen=first,
            last_seen=last,
            seen_in=(PCAP,),
            what=what,
            attackers=(SCANNER,),
            peers=(SCANNER,),
        )
    )
    return told


SCENE = Scene("port_scan", tell)
