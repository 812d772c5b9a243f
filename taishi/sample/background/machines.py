"""What machines do by themselves: time, monitoring, updates, database work, the nightly backup."""

from datetime import datetime, timedelta
from random import Random

from taishi.sample.conversation import ANY_PORT, Conversation, Tcp, answer, ask
from taishi.sample.county import (
    BACKUP,
    BOOKING,
    BOOKING_DATA,
    INSURANCE,
    MONITOR,
    PORTAL,
    RESOLVER,
    SERVERS,
    TIME_SERVER,
    UPDATES,
    desks,
)  # fmt: skip
from taishi.sample.hours import every
from taishi.sample.scene import Scene, Told, Week
from taishi.sample.wire.dns import lookup
from taishi.sample.wire.ntp import poll
from taishi.sample.wire.tls import LIBRARY, SYSTEM, Turn, tls_session

#: The monitoring agent's port and framing (Zabbix protocol: ZBXD, flags, little-endian length).
AGENT = 10050
POSTGRESQL = 5432
#: PostgreSQL's SSLRequest: length 8, code 80877103.
SSL_REQUEST = bytes.fromhex("0000000804d2162f")
STORAGE = 8443
WATCHED = (PORTAL, BOOKING, INSURANCE)


def tell(week: Week) -> Told:
    return Told([*clocks(week), *monitoring(week), *updates(week), *database(week), *backup(week)])


def clocks(week: Week) -> list[Conversation]:
    dice = week.dice("clocks")
    return [
        poll(at, server, TIME_SERVER, dice)
        for server in SERVERS
        for at in every(week.start, week.end, timedelta(hours=2), 0.02, dice)
    ]


def monitoring(week: Week) -> list[Conversation]:
    dice = week.dice("monitoring")
    return [
        Tcp(
            at,
            MONITOR,
            ANY_PORT,
            server,
            AGENT,
            (ask(framed(b"agent.ping")), answer(framed(b"1"))),
            rtt_us=700,
        )
        for server in WATCHED
        for at in every(week.start, week.end, timedelta(minutes=30), 0.001, dice)
    ]


def framed(data: bytes) -> bytes:
    return b"ZBXD\x01" + len(data).to_bytes(8, "little") + data


def updates(week: Week) -> list[Conversation]:
    """Servers look for updates some four times a day; office computers after they are switched on."""
    dice = week.dice("updates")
    found: list[Conversation] = []
    for server in SERVERS:
        for at in every(week.start, week.end, timedelta(hours=6), 0.3, dice):
            found += update_check(server, at, dice)
    for day in week.working_days:
        for desk in desks():
            found += update_check(desk, day + timedelta(hours=8, minutes=dice.gauss(8, 14)), dice)
    return found


def update_check(host: str, at: datetime, dice: Random) -> list[Conversation]:
    name, address = UPDATES
    news = 40_000 if dice.random() < 0.05 else dice.randrange(600, 2400)
    says = tls_session(dice, name, [Turn(dice.randrange(200, 420), news)], hello=SYSTEM, rtt_us=21_000)
    opened = at + timedelta(milliseconds=40)
    return [
        lookup(at, host, RESOLVER, dice, name, data=(address,)),
        Tcp(opened, host, ANY_PORT, address, 443, says, rtt_us=21_000),
    ]


def database(week: Week) -> list[Conversation]:
    dice = week.dice("database")
    found: list[Conversation] = []
    for at in every(week.start, week.end - timedelta(hours=1), timedelta(hours=5), 0.6, dice):
        queries = [
            Turn(dice.randrange(120, 900), dice.randrange(200, 9000), dice.randrange(10**5, 10**8))
            for _ in range(dice.randrange(6, 16))
        ]
        says = (ask(SSL_REQUEST), answer(b"S"), *tls_session(dice, None, queries, hello=LIBRARY, rtt_us=400))
        found.append(Tcp(at, BOOKING, ANY_PORT, BOOKING_DATA, POSTGRESQL, says, rtt_us=400))
    return found


def backup(week: Week) -> list[Conversation]:
    """Every night, one server a night after the other."""
    dice = week.dice("backup")
    found: list[Conversation] = []
    for night, day in enumerate(week.days):
        at = day + timedelta(hours=1, minutes=30, seconds=dice.uniform(0, 40))
        source = (BOOKING_DATA, INSURANCE)[night % 2]
        says = tls_session(dice, "backup.county.example", upload(dice), hello=LIBRARY, rtt_us=600)
        found.append(Tcp(at, source, ANY_PORT, BACKUP, STORAGE, says, rtt_us=600))
    return found


def upload(dice: Random) -> list[Turn]:
    return [Turn(64_000 + dice.randrange(9000), 120, 400_000) for _ in range(dice.randrange(5, 8))]


SCENE = Scene("machines", tell)
