"""Another unit's desk fetches files from the archive by FTP: name and password in the clear."""

from datetime import datetime, timedelta
from random import Random

from taishi.core.text import Text
from taishi.sample.conversation import ANY_PORT, Repeat, Tcp, answer, ask
from taishi.sample.county import ARCHIVE_FILES, ARCHIVES, HEALTH
from taishi.sample.scene import Scene, Told, Week, weakness

CLIENT = HEALTH.desk(2)
RTT_US = 800
FILE_SIZE = 18_432


def tell(week: Week) -> Told:
    dice = week.dice("clear_text_ftp")
    told = Told()
    moments = [week.moment(day, 9, 40) + timedelta(seconds=dice.uniform(0, 900)) for day in (0, 2, 4)]
    for at in moments:
        told.conversations += fetch(at, dice)
    what = Text(
        f"{CLIENT} 以 FTP 明文口令登录数字档案文件服务器 {ARCHIVE_FILES}",
        f"{CLIENT} logs in to the archive's file server {ARCHIVE_FILES} by FTP in clear text",
    )
    told.truths.append(weakness("clear_text_ftp", ARCHIVES.name, ARCHIVE_FILES, CLIENT, moments, what))
    return told


def fetch(at: datetime, dice: Random) -> list[Tcp]:
    """One file by passive mode (RFC 959): the control connection and the data connection inside it."""
    high, low = dice.randrange(200, 220), dice.randrange(256)
    here = ARCHIVE_FILES.replace(".", ",")
    lines = (
        ("USER dangan", "331 Please specify the password."),
        ("PASS Dangan#Guan2019", "230 Login successful."),
        ("TYPE I", "200 Switching to Binary mode."),
        ("PASV", f"227 Entering Passive Mode ({here},{high},{low})."),
        (
            "RETR 2019-017.dat",
            f"150 Opening BINARY mode data connection for 2019-017.dat ({FILE_SIZE} bytes).",
        ),
    )
    says = [answer(b"220 (vsFTPd 3.0.3)\r\n")]
    for command, reply in lines:
        says.append(ask(command.encode() + b"\r\n", wait_us=60_000))
        says.append(answer(reply.encode() + b"\r\n", wait_us=4_000))
    says.append(answer(b"226 Transfer complete.\r\n", wait_us=90_000))
    says += [ask(b"QUIT\r\n", wait_us=700_000), answer(b"221 Goodbye.\r\n", wait_us=2_000)]
    record = (answer(Repeat(b"2019-017|" + b"0" * 55, FILE_SIZE), wait_us=8_000),)
    opened = at + timedelta(microseconds=sum(say.wait_us for say in says[:9]) + 9 * RTT_US)
    return [
        Tcp(at, CLIENT, ANY_PORT, ARCHIVE_FILES, 21, tuple(says), rtt_us=RTT_US),
        Tcp(opened, CLIENT, ANY_PORT, ARCHIVE_FILES, high * 256 + low, record, rtt_us=RTT_US),
    ]


SCENE = Scene("clear_text_ftp", tell)
