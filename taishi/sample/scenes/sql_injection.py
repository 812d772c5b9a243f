"""SQL injection is tried on the health portal over TLS, so only its access log shows it; all refused."""

from datetime import timedelta

from taishi.core.text import Text
from taishi.sample.county import PORTAL_NAME
from taishi.sample.lines.access import PORTAL_LOG
from taishi.sample.portal import Visit, attacked, secret
from taishi.sample.scene import Scene, Told, Week

SOURCE = "198.51.100.61"
AGENT = "Mozilla/5.0 (Windows NT 6.1; rv:52.0) Gecko/20100101 Firefox/52.0"
PROBES = (
    "%27", "%27%20OR%20%271%27%3D%271", "1%20AND%201%3D1--%20-", "-1%20UNION%20SELECT%20NULL,NULL,NULL--%20-",
    "-1%20UNION%20ALL%20SELECT%20user(),database(),version()--%20-", "1;WAITFOR%20DELAY%20%270:0:5%27--",
    "1%20AND%20SLEEP(5)", "-1%20UNION%20SELECT%20table_name,2,3%20FROM%20information_schema.tables--%20-",
    "1%20AND%20(SELECT%201%20FROM%20(SELECT%20COUNT(*),CONCAT(0x7e,version()))x)",
    "1%20ORDER%20BY%2010--%20-",
)  # fmt: skip
PAGES = ("/yygh/keshi?id=", "/tzgg/list?page=", "/search?q=")


def tell(week: Week) -> Told:
    dice = week.dice("sql_injection")
    told = Told()
    first = at = week.moment(5, 4, 40)
    for page in PAGES:
        visits = [
            Visit(page + probe, dice.choice((403, 403, 404)), pause_us=dice.randrange(200_000, 2_000_000))
            for probe in PROBES
        ]
        secret(told, at, SOURCE, AGENT, visits, dice)
        at += timedelta(seconds=dice.uniform(40, 90))
    what = Text(
        f"{SOURCE} 对 {PORTAL_NAME} 进行 {len(told.lines)} 次 SQL 注入探测，均返回 403/404",
        f"{SOURCE} probes {PORTAL_NAME} for SQL injection {len(told.lines)} times; all answered 403 or 404",
    )
    last = max(line.at for line in told.lines)
    told.truths.append(attacked("sql_injection", SOURCE, first, last, (PORTAL_LOG,), what))
    return told


SCENE = Scene("sql_injection", tell)
