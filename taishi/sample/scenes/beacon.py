"""An implant on the pupils' register calls home over TLS without a server name, for three days."""

from datetime import timedelta

from taishi.core.text import Text
from taishi.sample.conversation import ANY_PORT, Tcp
from taishi.sample.county import EDUCATION, PUPILS
from taishi.sample.scene import PCAP, Scene, Told, Truth, Week
from taishi.sample.wire.tls import LIBRARY, Turn, tls_session

CONTROL = "198.51.100.7"
LASTS = timedelta(days=3)
PERIOD = timedelta(seconds=120)
JITTER = 0.05
RTT_US = 31_000


def tell(week: Week) -> Told:
    dice = week.dice("beacon")
    told = Told()
    first = at = week.moment(1, 21, 37)
    while at < first + LASTS:
        says = tls_session(dice, None, [Turn(172, 96, 1000, 2000)], hello=LIBRARY, rtt_us=RTT_US)
        told.conversations.append(Tcp(at, PUPILS, ANY_PORT, CONTROL, 443, says, rtt_us=RTT_US))
        last, at = at, at + PERIOD * (1 + dice.uniform(-JITTER, JITTER))
    what = Text(
        f"学籍系统主机约每 {PERIOD.seconds} 秒经 TLS（无 SNI）回连 {CONTROL}:443，包长一致，持续三天",
        f"{PUPILS} calls {CONTROL}:443 about every {PERIOD.seconds} s for three days, TLS without SNI",
    )
    told.truths.append(
        Truth(
            scene="beacon",
            threat="compromised",
            level="high",
            subject=PUPILS,
            subject_kind="ip",
            unit=EDUCATION.name,
            first_seen=first,
            last_seen=last,
            seen_in=(PCAP,),
            what=what,
            peers=(CONTROL,),
        )
    )
    return told


SCENE = Scene("beacon", tell)
