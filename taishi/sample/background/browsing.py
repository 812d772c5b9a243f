"""People at their desks read the web: a lookup, then TLS (rarely plain HTTP) to many servers."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from random import Random

from taishi.sample.conversation import ANY_PORT, Conversation, Repeat, Say, Tcp, answer, ask
from taishi.sample.county import RESOLVER, SITES, desks
from taishi.sample.hours import office_moments
from taishi.sample.scene import Scene, Told, Week
from taishi.sample.wire.dns import lookup
from taishi.sample.wire.http import request, response
from taishi.sample.wire.tls import BROWSER, Turn, tls_session

VISITS_A_DAY = 6
AGENT = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) "
    "AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0 Safari/537.36"
)
PLAIN = ("weather.example.net", "www.province.example")
PARAGRAPH = "<p>今日天气多云转晴，气温适宜，请合理安排出行。</p>\n".encode()
PATHS = ("/", "/index.html", "/zwgk/", "/tqyb/week.html", "/tzgg/list_2.html")


def tell(week: Week) -> Told:
    dice = week.dice("browsing")
    told = Told()
    for day in week.working_days:
        for desk in desks():
            for at in office_moments(day, dice, VISITS_A_DAY):
                told.conversations += visit(at, desk, dice)
    return told


def visit(at: datetime, desk: str, dice: Random) -> Iterator[Conversation]:
    name, address, usual, _ = dice.choices(SITES, weights=[site[3] for site in SITES])[0]
    yield lookup(at, desk, RESOLVER, dice, name, data=(address,), ttl_s=dice.choice((60, 300, 600)))
    if dice.random() < 0.3:
        yield lookup(at + timedelta(milliseconds=2), desk, RESOLVER, dice, name, kind="AAAA")
    rtt = dice.randrange(9_000, 38_000)
    opened = at + timedelta(milliseconds=dice.uniform(20, 90))
    if name in PLAIN and dice.random() < 0.5:
        yield Tcp(opened, desk, ANY_PORT, address, 80, tuple(plain_pages(name, usual, rtt, dice)), rtt_us=rtt)
        return
    turns = [
        Turn(
            dice.randrange(350, 1400),
            int(usual * min(dice.lognormvariate(-0.4, 0.7), 4)),
            int(dice.expovariate(1 / 900_000)),
            int(dice.expovariate(1 / 40_000)),
        )
        for _ in range(dice.choice((1, 1, 1, 2, 3)))
    ]
    says = tls_session(dice, name, turns, hello=BROWSER, rtt_us=rtt)
    yield Tcp(opened, desk, ANY_PORT, address, 443, says, dice.choice(("fin", "fin", "rst")), rtt)


def plain_pages(name: str, usual: int, rtt: int, dice: Random) -> Iterator[Say]:
    for path in dice.sample(PATHS, dice.choice((1, 2))):
        headers = {
            "Host": name,
            "User-Agent": AGENT,
            "Accept": "text/html,*/*;q=0.8",
            "Connection": "keep-alive",
        }
        size = len(PARAGRAPH) * int(usual * dice.uniform(0.4, 1.6) / len(PARAGRAPH))
        page = (b"<!DOCTYPE html><html><body>\n", Repeat(PARAGRAPH, size), b"</body></html>\n")
        yield ask(request("GET", path, headers), wait_us=dice.randrange(300, 4_000_000))
        kind = {"Content-Type": "text/html; charset=utf-8"}
        yield answer(*response(200, kind, *page), wait_us=rtt + dice.randrange(2000, 60_000))


SCENE = Scene("browsing", tell)
