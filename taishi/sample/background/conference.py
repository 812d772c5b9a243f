"""The county's video conferences: long connections to a known provider, twice a week."""

from datetime import timedelta

from taishi.sample.conversation import ANY_PORT, Tcp
from taishi.sample.county import CONFERENCE, EDUCATION, RESOLVER, TOWN
from taishi.sample.scene import Scene, Told, Week
from taishi.sample.wire.dns import lookup
from taishi.sample.wire.tls import Turn, tls_session

MINUTES = 95
STEP_US = 20_000_000


def tell(week: Week) -> Told:
    dice = week.dice("conference")
    name, address = CONFERENCE
    told = Told()
    for day in week.working_days[::2]:
        for desk in (EDUCATION.desk(0), TOWN.desk(1)):
            at = day + timedelta(hours=9, minutes=28, seconds=dice.uniform(0, 240))
            turns = [
                Turn(
                    dice.randrange(300, 1300),
                    dice.randrange(500, 2600),
                    dice.randrange(STEP_US // 2, STEP_US * 3 // 2),
                )
                for _ in range(MINUTES * 60_000_000 // STEP_US // 3)
            ]
            says = tls_session(dice, name, turns, rtt_us=17_000)
            told.conversations.append(lookup(at, desk, RESOLVER, dice, name, data=(address,)))
            opened = at + timedelta(milliseconds=50)
            told.conversations.append(Tcp(opened, desk, ANY_PORT, address, 443, says, rtt_us=17_000))
    return told


SCENE = Scene("conference", tell)
