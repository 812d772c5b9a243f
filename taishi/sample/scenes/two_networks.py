"""A desk of the land bureau hangs on a phone's hotspot as well: the extranet and the internet at once."""

from datetime import datetime, timedelta
from random import Random

from taishi.core.text import Text
from taishi.sample.conversation import ANY_PORT, Tcp
from taishi.sample.county import HOTSPOT, RESOURCES, SITES, SURFER
from taishi.sample.scene import PCAP, Scene, Told, Truth, Week
from taishi.sample.wire.tls import BROWSER, Turn, tls_session

#: A mobile network is slower than the extranet's egress.
RTT_US = 46_000
#: Noon on two days: when, and how many pages.
NOONS = ((1, 7), (3, 9))


def tell(week: Week) -> Told:
    dice = week.dice("two_networks")
    told, visits = Told(), list[Tcp]()
    for day, pages in NOONS:
        at = week.moment(day, 12, 8)
        for _ in range(pages):
            at += timedelta(seconds=dice.uniform(15, 160))
            visits.append(page(at, dice))
    told.conversations += visits
    told.truths.append(
        Truth(
            scene="two_networks",
            threat="risk",
            level="high",
            subject=SURFER,
            subject_kind="ip",
            unit=RESOURCES.name,
            first_seen=visits[0].at,
            last_seen=visits[-1].at,
            seen_in=(PCAP,),
            what=Text(
                f"{SURFER} 的网卡同时以 {HOTSPOT} 接入手机热点上网（一机两网）",
                f"the card of {SURFER} is on a phone's hotspot as {HOTSPOT}, too, and reads the web there",
            ),
            peers=(HOTSPOT,),
        )
    )
    return told


def page(at: datetime, dice: Random) -> Tcp:
    """One page over TLS; the phone resolves names itself, so no lookup is seen."""
    name, address, usual, _ = dice.choice(SITES)
    turns = [Turn(dice.randrange(350, 1400), int(usual * dice.uniform(0.5, 1.5)), 0, 60_000)]
    says = tls_session(dice, name, turns, hello=BROWSER, rtt_us=RTT_US)
    return Tcp(at, HOTSPOT, ANY_PORT, address, 443, says, rtt_us=RTT_US)


SCENE = Scene("two_networks", tell)
