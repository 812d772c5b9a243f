"""A video recorder that nobody registered answers Telnet: who it belongs to, the register does not know."""

from datetime import datetime, timedelta
from random import Random

from taishi.core.text import Text
from taishi.sample.conversation import ANY_PORT, Tcp, answer, ask
from taishi.sample.county import RECORDER, TOWN
from taishi.sample.scene import Scene, Told, Week, weakness

CLIENT = TOWN.desk(1)
RTT_US = 1_100
#: Options as a small system asks for them (RFC 854, RFC 857, RFC 858): WILL ECHO, WILL SUPPRESS-GO-AHEAD.
OPTIONS = b"\xff\xfb\x01\xff\xfb\x03"
AGREED = b"\xff\xfd\x01\xff\xfd\x03"


def tell(week: Week) -> Told:
    dice = week.dice("unregistered_recorder")
    told = Told()
    moments = [week.moment(day, 16, 5) + timedelta(seconds=dice.uniform(0, 1200)) for day in (0, 2)]
    told.conversations += [session(at, dice) for at in moments]
    what = Text(
        f"{CLIENT} 以 Telnet 登录未登记的录像设备 {RECORDER}",
        f"{CLIENT} logs in by Telnet to {RECORDER}, a recorder that nobody registered",
    )
    told.truths.append(weakness("unregistered_recorder", None, RECORDER, CLIENT, moments, what))
    return told


def session(at: datetime, dice: Random) -> Tcp:
    """A login and a look at the disk."""
    says = [answer(OPTIONS, wait_us=2_000), ask(AGREED), answer(b"NVR3108 login: ", wait_us=9_000)]
    for typed, reply in (
        (b"admin\r\n", b"admin\r\nPassword: "),
        (b"Nvr@2021hf\r\n", b"\r\n# "),
        (b"df -h\r\n", b"df -h\r\nFilesystem  Size  Used\r\n/dev/sda1   3.6T  3.5T\r\n# "),
        (b"exit\r\n", b"exit\r\n"),
    ):
        says.append(ask(typed, wait_us=dice.randrange(600_000, 2_500_000)))
        says.append(answer(reply, wait_us=12_000))
    return Tcp(at, CLIENT, ANY_PORT, RECORDER, 23, tuple(says), rtt_us=RTT_US)


SCENE = Scene("unregistered_recorder", tell)
