"""Lookups beside browsing: programs in the background, mail servers, a rare typing mistake."""

from datetime import datetime
from random import Random

from taishi.sample.conversation import Udp
from taishi.sample.county import INSIDE_ZONE, MAIL, RESOLVER, SERVERS, desks
from taishi.sample.hours import every, office_moments
from taishi.sample.scene import Scene, Told, Week
from taishi.sample.wire.dns import lookup

LOOKUPS_A_DAY = 8
TYPOS = ("wwww.example.com", "mial.county.example", "news.exampel.example")


def tell(week: Week) -> Told:
    dice = week.dice("names")
    told = Told()
    for day in week.working_days:
        for desk in desks():
            moments = office_moments(day, dice, LOOKUPS_A_DAY)
            told.conversations += [program(at, desk, dice) for at in moments]
    for server in SERVERS:
        for at in every(week.start, week.end, (week.end - week.start) / 30, 0.5, dice):
            told.conversations.append(own_names(at, server, dice))
    return told


def program(at: datetime, desk: str, dice: Random) -> Udp:
    """What a desk's programs ask: clouds and content networks with names no person would type."""
    chance = dice.random()
    if chance < 0.03:
        return lookup(at, desk, RESOLVER, dice, dice.choice(TYPOS), exists=False)
    if chance < 0.12:
        return lookup(at, desk, RESOLVER, dice, INSIDE_ZONE, kind="MX", data=(f"10 mail.{INSIDE_ZONE}.",))
    if chance < 0.35:
        shard = f"a{dice.randrange(4096):03x}.edge-{dice.randrange(1, 9)}"
        return lookup(at, desk, RESOLVER, dice, f"{shard}.cdn.example.net", data=("192.0.2.16",), ttl_s=60)
    name = dice.choice(("im.example.com", "time.example.com", "push.example.cn", "telemetry.example.com"))
    return lookup(at, desk, RESOLVER, dice, name, data=(f"192.0.2.{dice.randrange(31, 36)}",))


def own_names(at: datetime, server: str, dice: Random) -> Udp:
    """What servers ask: the mail relay's name, and who an address is."""
    if dice.random() < 0.6:
        return lookup(at, server, RESOLVER, dice, f"mail.{INSIDE_ZONE}", data=(MAIL,), ttl_s=3600)
    return lookup(
        at, server, RESOLVER, dice, "25.0.34.10.in-addr.arpa", kind="PTR", data=(f"mail.{INSIDE_ZONE}.",)
    )


SCENE = Scene("names", tell)
