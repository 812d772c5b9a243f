"""OpenSSH's server as rsyslog writes it with ISO times (RSYSLOG_FileFormat), one file a host."""

from datetime import datetime, timedelta
from random import Random

from taishi.sample.scene import LogLine


class SshLog:
    """The auth log of `host`; every call gives the lines of one thing that happened."""

    def __init__(self, host: str, dice: Random) -> None:
        self.host, self.file, self._dice = host, f"sshd-{host}.log", dice

    def line(self, at: datetime, program: str, message: str) -> LogLine:
        text = f"{at.isoformat(timespec='microseconds')} {self.host} {program}: {message}"
        return LogLine(at, self.file, text)

    def failed(self, at: datetime, user: str, source: str, port: int, *, known: bool) -> list[LogLine]:
        """A wrong password; `known` accounts exist on the host."""
        sshd, origin = self._sshd(), f"{source} port {port}"
        who, left = (user, f"authenticating user {user}") if known else (f"invalid user {user}",) * 2
        told = [] if known else [self.line(at, sshd, f"Invalid user {user} from {origin}")]
        told += [
            self.line(at + self._soon(2), sshd, f"Failed password for {who} from {origin} ssh2"),
            self.line(at + self._soon(3), sshd, f"Connection closed by {left} {origin} [preauth]"),
        ]
        return told

    def session(
        self, at: datetime, user: str, source: str, port: int, *, how: str, lasts: timedelta, uid: int = 1001
    ) -> list[LogLine]:
        """A login (`how` is `publickey` or `password`) and its end."""
        sshd, end, origin = self._sshd(), at + lasts, f"{source} port {port}"
        key = f": ED25519 SHA256:{'sampleKeyOf' + user:x<43}" if how == "publickey" else ""
        session = f"pam_unix(sshd:session): session %s for user {user}"
        return [
            self.line(at, sshd, f"Accepted {how} for {user} from {origin} ssh2{key}"),
            self.line(at + self._soon(1), sshd, session % "opened" + f"(uid={uid}) by (uid=0)"),
            self.line(end, sshd, f"Received disconnect from {origin}:11: disconnected by user"),
            self.line(end, sshd, f"Disconnected from user {user} {origin}"),
            self.line(end + self._soon(1), sshd, session % "closed"),
        ]

    def sudo(self, at: datetime, user: str, command: str) -> LogLine:
        return self.line(at, "sudo", f"{user} : TTY=pts/0 ; PWD=/home/{user} ; USER=root ; COMMAND={command}")

    def _sshd(self) -> str:
        return f"sshd[{self._dice.randrange(1200, 32000)}]"

    def _soon(self, tenths: int) -> timedelta:
        return timedelta(seconds=tenths / 10 + self._dice.uniform(0, 0.08))
