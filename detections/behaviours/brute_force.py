"""Password guessing: many failed logons from one source at one target, and whether one succeeded after."""

from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from detections.hits import Evidences, Finding, hit
from detections.naming import target_of
from detections.networks import Networks
from taishi.core.ecs import Kind
from taishi.core.event import Batch, Event
from taishi.core.records import Hit, SubjectKind
from taishi.core.text import Text

#: Failures within the window that people do not produce by mistyping.
MIN_FAILURES = 10
WINDOW = timedelta(minutes=30)
#: A success counts as guessed when it follows the failures within this time.
AFTER = timedelta(hours=1)
#: Encrypted logons show only as sessions; this many short ones within the window are guesses.
MIN_SESSIONS = 10
#: Guesses follow each other at once; a monitor or a scheduled job keeps its distance, seconds.
_GUESS_GAP = 60
#: A guess over SSH exchanges keys and a few tries: payload of the client in bytes.
_GUESS_BYTES = (500, 8000)
_GUESS_SECONDS = 30
_ENCRYPTED = frozenset({"ssh", "rdp"})

_ADVICE = Text(
    "关闭面向外部的远程登录或限定来源地址，启用双因素与失败锁定；核对被尝试的账号，修改弱口令。",
    "Close remote logon to the outside or limit its sources, use two factors and lockout; check the accounts "
    "that were tried and change weak passwords.",
)
GUESSED = Finding(
    "taishi.behaviour.brute-force",
    Text("口令猜测", "Password guessing"),
    "attempted",
    "medium",
    ("T1110.001",),
    _ADVICE,
)
BROKEN = Finding(
    "taishi.behaviour.brute-force-success",
    Text("口令被猜中并登录成功", "Password guessed: logon succeeded after failures"),
    "compromised",
    "high",
    ("T1110.001", "T1078"),
    Text(
        "立即断网隔离该主机，停用被猜中的账号并修改全部口令；检查登录之后的命令、新增账号、计划任务与密钥。",
        "Isolate the host, disable the guessed account and change every password; check commands, "
        "new accounts, scheduled tasks and keys since that logon.",
    ),
)


@dataclass
class _Tries:
    """What one source tried at one target."""

    kind: SubjectKind
    service: str
    failures: list[datetime] = field(default_factory=list)
    successes: list[tuple[datetime, str]] = field(default_factory=list)
    least: int = MIN_FAILURES
    encrypted: bool = False
    latest: datetime | None = None
    users: set[str] = field(default_factory=set)
    lines: dict[int, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    evidence: Evidences = field(default_factory=Evidences)
    wins: Evidences = field(default_factory=Evidences)

    def is_new_failure(self, event: Event) -> bool:
        """Whether the line tells of one more failure: a server writes several lines about one connection.

        "Invalid user", "Failed password" and "Connection closed" of one source port are one failure each
        time round, so the most frequent line of a connection tells how many there were.
        """
        port = event.number("source.port")
        if not port:
            return True
        seen = self.lines[port]
        known = max(seen.values(), default=0)
        seen[event.text("event.action")] += 1
        return seen[event.text("event.action")] > known


class BruteForce:
    """Watches logons of every source, and SSH or RDP flows where only packets are seen."""

    id = GUESSED.rule
    kinds: frozenset[Kind] = frozenset({"logon", "flow"})

    def __init__(self, networks: Networks) -> None:
        self._networks = networks
        self._tries: dict[tuple[str, str, str], _Tries] = {}

    def observe(self, batch: Batch) -> None:
        for event in batch.events():
            if batch.kind == "logon":
                self._logon(event)
            elif event.text("network.protocol") in _ENCRYPTED and _looks_like_guess(event):
                self._session(event)

    def _logon(self, event: Event) -> None:
        outcome, source = event.text("event.outcome"), event.text("source.ip")
        if not source or outcome not in ("failure", "success"):
            return
        entry = self._entry(event)
        _, _, side = target_of(event)
        if outcome == "failure":
            if not entry.is_new_failure(event):
                return
            entry.failures.append(event.time)
            entry.users.add(event.text("user.name"))
            entry.evidence.add(event, side=side)
        else:
            entry.successes.append((event.time, event.text("user.name")))
            entry.wins.add(event, side=side)

    def _session(self, event: Event) -> None:
        """A short encrypted session soon after another one of the same pair: perhaps a guess."""
        entry = self._entry(event)
        entry.least, entry.encrypted = MIN_SESSIONS, True
        near = entry.latest is not None and abs((event.time - entry.latest).total_seconds()) <= _GUESS_GAP
        entry.latest = event.time
        if near or not entry.failures:
            entry.failures.append(event.time)
            entry.evidence.add(event, side="destination")

    def _entry(self, event: Event) -> _Tries:
        target, kind, _ = target_of(event)
        service = event.text("network.protocol") or event.text("process.name") or "logon"
        key = (event.text("source.ip"), target, service)
        entry = self._tries.get(key)
        if entry is None:
            entry = self._tries[key] = _Tries(kind, service)
        return entry

    def hits(self) -> Iterator[Hit]:
        for (source, target, _), tries in self._tries.items():
            failures = sorted(tries.failures)
            if _densest(failures) < tries.least:
                continue
            win = next((won for won in sorted(tries.successes) if _guessed_before(failures, won[0])), None)
            if win is not None:
                yield _broken(source, target, tries, win)
            else:
                yield _guessed(source, target, tries)


def _looks_like_guess(event: Event) -> bool:
    sent = event.number("taishi.flow.source_payload")
    seconds = event.number("event.duration") / 1e9
    return _GUESS_BYTES[0] <= sent <= _GUESS_BYTES[1] and seconds <= _GUESS_SECONDS


def _densest(ordered: list[datetime]) -> int:
    """The most failures in any window."""
    best = start = 0
    for index, moment in enumerate(ordered):
        while moment - ordered[start] > WINDOW:
            start += 1
        best = max(best, index - start + 1)
    return best


def _guessed_before(ordered: list[datetime], success: datetime) -> bool:
    """Whether enough failures came shortly before a success."""
    before = ordered[bisect_left(ordered, success - AFTER) : bisect_left(ordered, success)]
    return _densest(before) >= MIN_FAILURES


def _guessed(source: str, target: str, tries: _Tries) -> Hit:
    number, users = len(tries.failures), len(tries.users - {""})
    said = Text(
        f"{source} 对 {target} 的 {tries.service} 登录失败 {number} 次，涉及 {users} 个账号，未见成功",
        f"{source} failed {number} times to log on to {target} ({tries.service}, {users} accounts), "
        "no success seen",
    )
    if tries.encrypted:
        said = Text(
            f"{source} 接连与 {target} 建立 {number} 次短暂的 {tries.service} 加密会话，疑似口令猜测",
            f"{source} held {number} short {tries.service} sessions with {target} one after the other, "
            "as password guessing does",
        )
    return hit(
        GUESSED,
        tries.evidence,
        key=f"{source}:{tries.service}",
        subject=target,
        subject_kind=tries.kind,
        peers=[source],
        attackers=[source],
        summary=said,
    )


def _broken(source: str, target: str, tries: _Tries, win: tuple[datetime, str]) -> Hit:
    failures, user = len(tries.failures), win[1]
    evidence = Evidences(
        tries.evidence.count + tries.wins.count,
        tries.evidence.first,
        max(tries.evidence.span()[1], tries.wins.span()[1]),
        tries.evidence.kept[:7] + tries.wins.kept[:3],
        tries.evidence.unit,
        tries.evidence.asset,
    )
    return hit(
        BROKEN,
        evidence,
        key=f"{source}:{tries.service}",
        subject=target,
        subject_kind=tries.kind,
        peers=[source],
        attackers=[source],
        summary=Text(
            f"{source} 对 {target} 的 {tries.service} 失败 {failures} 次后，以账号 {user} 登录成功",
            f"{source} logged on to {target} ({tries.service}) as {user} after {failures} failures",
        ),
    )


BEHAVIOUR = BruteForce
