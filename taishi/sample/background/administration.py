"""Administrators at work by SSH from the bastion: keys, a rare mistyped password, scheduled jobs."""

from datetime import datetime, timedelta
from random import Random

from taishi.sample.conversation import Tcp
from taishi.sample.county import BASTION, BOOKING, LAND
from taishi.sample.hours import every, office_moments
from taishi.sample.lines.sshd import SshLog
from taishi.sample.scene import Scene, Told, Week
from taishi.sample.wire.ssh import ssh_session

HOSTS = {"wjw-app01": BOOKING, "zrzy-gis01": LAND}
PEOPLE = ("ops", "netops", "dba")
LOGINS_A_DAY = 4
MISTYPED = 0.04
COMMANDS = ("/usr/bin/systemctl status nginx", "/usr/bin/apt-get update", "/usr/bin/journalctl -u postgresql")


def tell(week: Week) -> Told:
    dice = week.dice("administration")
    told = Told()
    for host in HOSTS:
        log = SshLog(host, dice)
        for day in week.working_days:
            for at in office_moments(day, dice, LOGINS_A_DAY):
                visit(told, log, at, dice)
        for at in every(week.start, week.end, timedelta(hours=1), 0.01, dice):
            cron, session = f"CRON[{dice.randrange(1200, 32000)}]", "pam_unix(cron:session): session"
            told.lines += [
                log.line(at, cron, f"{session} opened for user root(uid=0) by (uid=0)"),
                log.line(at + timedelta(seconds=1.3), cron, f"{session} closed for user root"),
            ]
    return told


def visit(told: Told, log: SshLog, at: datetime, dice: Random) -> None:
    user, port = dice.choice(PEOPLE), dice.randrange(32768, 60000)
    how = "publickey"
    if dice.random() < MISTYPED:
        how = "password"
        told.lines += log.failed(at, user, BASTION, port - 1, known=True)
        at += timedelta(seconds=dice.uniform(6, 14))
    says = ssh_session(dice, keystrokes=dice.randrange(2, 9))
    lasts = timedelta(microseconds=sum(say.wait_us for say in says))
    told.lines += log.session(at, user, BASTION, port, how=how, lasts=lasts)
    if dice.random() < 0.4:
        told.lines.append(log.sudo(at + lasts * 0.6, user, dice.choice(COMMANDS)))
    told.conversations.append(Tcp(at, BASTION, port, HOSTS[log.host], 22, says, rtt_us=800))


SCENE = Scene("administration", tell)
