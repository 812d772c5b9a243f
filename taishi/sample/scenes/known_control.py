"""The booking database asks for a name that only intelligence knows, and calls it over TLS, three nights."""

from datetime import timedelta

from taishi.core.text import Text
from taishi.sample.conversation import ANY_PORT, Tcp
from taishi.sample.county import BOOKING_DATA, HEALTH, RESOLVER
from taishi.sample.scene import PCAP, Scene, Told, Truth, Week
from taishi.sample.wire.dns import lookup
from taishi.sample.wire.tls import Turn, tls_session

NAME, CONTROL = "sync.node-a.example", "203.0.113.42"
RTT_US = 46_000


def tell(week: Week) -> Told:
    dice = week.dice("known_control")
    told = Told()
    moments = [week.moment(day, 2, 20) + timedelta(seconds=dice.uniform(0, 5400)) for day in (0, 2, 5)]
    for at in moments:
        told.conversations.append(lookup(at, BOOKING_DATA, RESOLVER, dice, NAME, data=(CONTROL,)))
        says = tls_session(dice, NAME, [Turn(420, 260, 1000, 2000)], rtt_us=RTT_US)
        call = at + timedelta(milliseconds=30)
        told.conversations.append(Tcp(call, BOOKING_DATA, ANY_PORT, CONTROL, 443, says, rtt_us=RTT_US))
    what = Text(
        f"预约诊疗数据库解析并连接 {NAME}（{CONTROL}），示例情报列其为控制端",
        f"{BOOKING_DATA} asks for {NAME} and calls {CONTROL}, known to the sample's intelligence",
    )
    told.truths.append(
        Truth(
            scene="known_control",
            threat="compromised",
            level="high",
            subject=BOOKING_DATA,
            subject_kind="ip",
            unit=HEALTH.name,
            first_seen=moments[0],
            last_seen=moments[-1],
            seen_in=(PCAP,),
            what=what,
            peers=(NAME, CONTROL),
        )
    )
    return told


SCENE = Scene("known_control", tell)
