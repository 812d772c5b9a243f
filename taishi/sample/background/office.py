"""The shared services of the extranet at work: office system and mail over TLS 1.2."""

from datetime import datetime, timedelta
from random import Random

from taishi.sample.conversation import ANY_PORT, Conversation, Tcp
from taishi.sample.county import MAIL, MAIL_NAME, OFFICE, OFFICE_NAME, RESOLVER, desks
from taishi.sample.hours import office_moments
from taishi.sample.scene import Scene, Told, Week
from taishi.sample.wire.certificate import certificate
from taishi.sample.wire.dns import lookup
from taishi.sample.wire.tls import SYSTEM, Turn, tls_session

OFFICE_A_DAY = 2
MAIL_A_DAY = 1
RTT_US = 900
HTTPS, IMAPS, SUBMISSIONS = 443, 993, 465


def tell(week: Week) -> Told:
    dice = week.dice("office")
    told = Told()
    office, mail = certificate(OFFICE_NAME, week.start), certificate(MAIL_NAME, week.start)
    for day in week.working_days:
        for desk in desks():
            for at in office_moments(day, dice, OFFICE_A_DAY):
                told.conversations += office_visit(at, desk, office, dice)
            for at in office_moments(day, dice, MAIL_A_DAY):
                told.conversations.append(mail_check(at, desk, mail, dice))
    return told


def office_visit(at: datetime, desk: str, chain: bytes, dice: Random) -> list[Conversation]:
    """A person signs in to the office system and reads a few papers; all of it inside TLS."""
    turns = [
        Turn(dice.randrange(400, 2200), dice.randrange(900, 15_000), dice.randrange(10**6, 3 * 10**7))
        for _ in range(dice.choice((1, 2, 3)))
    ]
    says = tls_session(dice, OFFICE_NAME, turns, chain=[chain], rtt_us=RTT_US)
    opened = at + timedelta(milliseconds=30)
    return [
        lookup(at, desk, RESOLVER, dice, OFFICE_NAME, data=(OFFICE,)),
        Tcp(opened, desk, ANY_PORT, OFFICE, HTTPS, says, rtt_us=RTT_US),
    ]


def mail_check(at: datetime, desk: str, chain: bytes, dice: Random) -> Tcp:
    port = dice.choice((IMAPS, IMAPS, IMAPS, SUBMISSIONS))
    steps = dice.randrange(2, 5)
    turns = [Turn(dice.randrange(60, 400), dice.randrange(80, 900), 9_000) for _ in range(steps)]
    says = tls_session(dice, MAIL_NAME, turns, hello=SYSTEM, chain=[chain], rtt_us=RTT_US)
    return Tcp(at, desk, ANY_PORT, MAIL, port, says, rtt_us=RTT_US)


SCENE = Scene("office", tell)
