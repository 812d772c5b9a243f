"""Passwords are guessed at the booking server's SSH for an hour; none is right."""

from datetime import timedelta

from taishi.core.text import Text
from taishi.sample.county import BOOKING, HEALTH
from taishi.sample.lines.sshd import SshLog
from taishi.sample.scene import Scene, Told, Truth, Week

SOURCE = "203.0.113.77"
HOST = "wjw-app01"
GUESSES = 640
KNOWN = ("root", "ops")
NAMES = (*KNOWN, "admin", "test", "oracle", "postgres", "ubuntu", "git", "ftpuser", "nginx")


def tell(week: Week) -> Told:
    dice = week.dice("ssh_guessing")
    log = SshLog(HOST, dice)
    told = Told()
    first = at = week.moment(0, 3, 20)
    for _ in range(GUESSES):
        user = dice.choice(NAMES)
        told.lines += log.failed(at, user, SOURCE, dice.randrange(33_000, 61_000), known=user in KNOWN)
        last, at = at, at + timedelta(seconds=dice.uniform(2.5, 9))
    what = Text(
        f"{SOURCE} 对 {HOST} 的 SSH 口令暴力猜解 {GUESSES} 次，均失败",
        f"{SOURCE} guesses SSH passwords on {HOST} {GUESSES} times, all wrong",
    )
    told.truths.append(
        Truth(
            scene="ssh_guessing",
            threat="attempted",
            level="medium",
            subject=HOST,
            subject_kind="host",
            unit=HEALTH.name,
            first_seen=first,
            last_seen=last,
            seen_in=(log.file,),
            what=what,
            aliases=(BOOKING,),
            attackers=(SOURCE,),
            peers=(SOURCE,),
        )
    )
    return told


SCENE = Scene("ssh_guessing", tell)
