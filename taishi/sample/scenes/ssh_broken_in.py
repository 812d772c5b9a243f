"""Passwords are guessed at the land bureau's GIS server until one is right; the guest becomes root."""

from datetime import timedelta

from taishi.core.text import Text
from taishi.sample.county import LAND, RESOURCES
from taishi.sample.lines.sshd import SshLog
from taishi.sample.scene import Scene, Told, Truth, Week

SOURCE = "198.51.100.99"
HOST = "zrzy-gis01"
GUESSES = 310
ACCOUNT = "gisadmin"
KNOWN = ("root", ACCOUNT)
NAMES = (*KNOWN, ACCOUNT, "gis", "arcgis", "postgres", "admin")
NEW_ACCOUNT = "sysupd"


def tell(week: Week) -> Told:
    dice = week.dice("ssh_broken_in")
    log = SshLog(HOST, dice)
    told = Told()
    first = at = week.moment(4, 1, 5)
    for _ in range(GUESSES):
        user = dice.choice(NAMES)
        told.lines += log.failed(at, user, SOURCE, dice.randrange(33_000, 61_000), known=user in KNOWN)
        at += timedelta(seconds=dice.uniform(2, 7))
    lasts = timedelta(minutes=11, seconds=dice.uniform(0, 50))
    told.lines += log.session(at, ACCOUNT, SOURCE, 50_522, how="password", lasts=lasts, uid=1004)
    home = (
        f"name={NEW_ACCOUNT}, UID=1007, GID=1007, home=/home/{NEW_ACCOUNT}, shell=/bin/bash, from=/dev/pts/0"
    )
    told.lines += [
        log.sudo(at + timedelta(seconds=48), ACCOUNT, "/usr/bin/id"),
        log.sudo(
            at + timedelta(seconds=95), ACCOUNT, f"/usr/sbin/useradd -m -s /bin/bash -G sudo {NEW_ACCOUNT}"
        ),
        log.line(at + timedelta(seconds=95.2), "useradd[24417]", f"new group: name={NEW_ACCOUNT}, GID=1007"),
        log.line(at + timedelta(seconds=95.3), "useradd[24417]", f"new user: {home}"),
        log.line(at + timedelta(seconds=95.4), "useradd[24417]", f"add '{NEW_ACCOUNT}' to group 'sudo'"),
        log.line(
            at + timedelta(seconds=121),
            "passwd[24431]",
            f"pam_unix(passwd:chauthtok): password changed for {NEW_ACCOUNT}",
        ),
    ]
    what = Text(
        f"{SOURCE} 猜解 {HOST} 的 SSH 口令 {GUESSES} 次后以 {ACCOUNT} 登录成功，提权并新建账号 {NEW_ACCOUNT}",
        f"{SOURCE} guesses {ACCOUNT}'s SSH password on {HOST}, becomes root, adds account {NEW_ACCOUNT}",
    )
    told.truths.append(
        Truth(
            scene="ssh_broken_in",
            threat="compromised",
            level="high",
            subject=HOST,
            subject_kind="host",
            unit=RESOURCES.name,
            first_seen=first,
            last_seen=at + lasts,
            seen_in=(log.file,),
            what=what,
            aliases=(LAND,),
            attackers=(SOURCE,),
            peers=(SOURCE,),
        )
    )
    return told


SCENE = Scene("ssh_broken_in", tell)
