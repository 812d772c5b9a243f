"""Citizens visit the health portal, over TLS or plain HTTP; a page may be missing or unchanged."""

from datetime import timedelta

from taishi.sample.hours import office_moments
from taishi.sample.portal import Visit, plain, secret
from taishi.sample.scene import Scene, Told, Week
from taishi.sample.wire.tls import BROWSER

WORKING, RESTING = 34, 9
PAGES = (
    "/",
    "/css/site.css",
    "/js/app.js",
    "/yygh/",
    "/yygh/keshi?id=12",
    "/tzgg/1024.html",
    "/search?q=%E6%8C%82%E5%8F%B7",
)
AGENTS = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) "
    "AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0 Safari/537.36",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) "
    "AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148",
    "Mozilla/5.0 (Linux; Android 14) "
    "AppleWebKit/537.36 (KHTML, like Gecko) Chrome/125.0 Mobile Safari/537.36",
    "Mozilla/5.0 (X11; Linux x86_64; rv:127.0) Gecko/20100101 Firefox/127.0",
)


def tell(week: Week) -> Told:
    dice = week.dice("visitors")
    told = Told()
    for day in week.days:
        for at in office_moments(day, dice, WORKING if day in week.working_days else RESTING):
            client = f"{dice.choice(('203.0.113', '198.51.100'))}.{dice.randrange(128, 255)}"
            visits = [
                Visit(
                    dice.choice(PAGES), 304 if dice.random() < 0.2 else 200, 24 * dice.randrange(20, 300),
                    pause_us=dice.randrange(2_000, 9_000_000),
                )
                for _ in range(dice.randrange(1, 5))
            ]  # fmt: skip
            if dice.random() < 0.07:
                visits.append(Visit("/favicon.ico", 404))
            later = at + timedelta(hours=dice.choice((0, 0, 0, 2)))
            if dice.random() < 0.4:
                plain(told, later, client, dice.choice(AGENTS), visits)
            else:
                secret(told, later, client, dice.choice(AGENTS), visits, dice, BROWSER)
    return told


SCENE = Scene("visitors", tell)
