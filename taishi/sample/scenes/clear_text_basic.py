"""The archive's own administration page asks for HTTP Basic over plain HTTP."""

from base64 import b64encode
from datetime import timedelta

from taishi.core.text import Text
from taishi.sample.conversation import ANY_PORT, Repeat, Tcp, answer, ask
from taishi.sample.county import ARCHIVE_ADMIN, ARCHIVES
from taishi.sample.scene import Scene, Told, Week, weakness
from taishi.sample.wire.http import request, response

CLIENT = ARCHIVES.desk(1)
PORT = 8080
RTT_US = 700
TOKEN = b64encode(b"admin:Guancang@2020").decode()


def tell(week: Week) -> Told:
    dice = week.dice("clear_text_basic")
    told = Told()
    moments = [week.moment(day, 15, 10) + timedelta(seconds=dice.uniform(0, 1800)) for day in (1, 3)]
    headers = {"Host": f"{ARCHIVE_ADMIN}:{PORT}", "User-Agent": "Mozilla/5.0 (Windows NT 10.0; Win64; x64)"}
    html = {"Content-Type": "text/html; charset=utf-8"}
    page = (
        b"<!DOCTYPE html><html><body><table>",
        Repeat("<tr><td>全宗</td></tr>".encode(), 5600),
        b"</table></body></html>",
    )
    for at in moments:
        says = (
            ask(request("GET", "/admin/", headers)),
            answer(*response(401, {**html, "WWW-Authenticate": 'Basic realm="guancang"'}, b"Unauthorized")),
            ask(request("GET", "/admin/", {**headers, "Authorization": f"Basic {TOKEN}"}), wait_us=7_400_000),
            answer(*response(200, html, *page), wait_us=22_000),
        )
        told.conversations.append(Tcp(at, CLIENT, ANY_PORT, ARCHIVE_ADMIN, PORT, says, rtt_us=RTT_US))
    what = Text(
        f"馆藏管理后台 http://{ARCHIVE_ADMIN}:{PORT}/admin/ 以 HTTP Basic 明文传输口令",
        f"http://{ARCHIVE_ADMIN}:{PORT}/admin/ takes passwords by HTTP Basic in clear text",
    )
    told.truths.append(weakness("clear_text_basic", ARCHIVES.name, ARCHIVE_ADMIN, CLIENT, moments, what))
    return told


SCENE = Scene("clear_text_basic", tell)
