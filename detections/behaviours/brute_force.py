"""Password guessing: many failed logons from one source at one target, and whether one succeeded after."""

from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from typing import cast

from detections.hits import Finding, hit
from detections.ledger.exhibits import TryRow, gathered
from detections.ledger.view import View
from taishi.core.records import Hit, SubjectKind
from taishi.core.text import Text

_MINUTE = 60_000_000
#: Failures within the window that people do not produce by mistyping.
MIN_FAILURES = 10
WINDOW = 30 * _MINUTE
#: Targets at which one source fails within the window, however few times each.
MIN_TARGETS = 10
#: A success counts as guessed when it follows the failures within this time.
AFTER = 60 * _MINUTE
#: Guesses follow each other at once; a monitor or a scheduled job keeps its distance.
_GUESS_GAP = _MINUTE

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
SPRAYED = Finding(
    "taishi.behaviour.password-spraying",
    Text("口令喷洒", "Password spraying"),
    "attempted",
    "medium",
    ("T1110.003",),
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


def judge(view: View) -> Iterator[Hit]:
    """Sources that failed often at one target and service."""
    if view.tries.num_rows < MIN_FAILURES:
        return
    groups: dict[tuple[str, str, str], list[TryRow]] = defaultdict(list)
    for row in cast(list[TryRow], view.tries.to_pylist()):
        groups[row["source"], row["target"], row["service"]].append(row)
    sprayed: dict[tuple[str, str], list[TryRow]] = defaultdict(list)
    for (source, _, service), rows in sorted(groups.items()):
        if len(rows) >= MIN_FAILURES:
            yield from _judged(sorted(rows, key=lambda row: (row["t"], row["example"])))
        else:
            sprayed[source, service] += [row for row in rows if row["outcome"] == "failure"]
    for _, rows in sorted(sprayed.items()):
        yield from _spraying(sorted(rows, key=lambda row: (row["t"], row["example"])))


def _judged(rows: Sequence[TryRow]) -> Iterator[Hit]:
    """Rows of one source, target and service in time order."""
    failures = [*_failures(rows), *_sessions(rows)]
    moments = sorted(row["t"] for row in failures)
    if _densest(moments) < MIN_FAILURES:
        return
    wins = [row for row in rows if row["outcome"] == "success"]
    won = next((row for row in wins if _guessed_before(moments, row["t"])), None)
    yield _broken(failures, wins, won) if won is not None else _guessed(failures)


def _spraying(rows: Sequence[TryRow]) -> Iterator[Hit]:
    """Failures of one source and service, few at each target: at many targets within the window."""
    first: dict[str, int] = {}
    for row in rows:
        first.setdefault(row["target"], row["t"])
    if _densest(sorted(first.values())) < MIN_TARGETS:
        return
    for target in sorted(first):
        at = [row for row in rows if row["target"] == target]
        source, service = at[0]["source"], at[0]["service"]
        said = Text(
            f"{source} 对 {len(first)} 个目标的 {service} 各登录失败少数几次，含 {target}，形似口令喷洒",
            f"{source} failed a few times each to log on to {len(first)} targets ({service}), {target} among "
            "them, as password spraying does",
        )
        yield _hit(SPRAYED, at, said)


def _failures(rows: Sequence[TryRow]) -> Iterator[TryRow]:
    """One row a failure: a server writes several lines about one connection.

    "Invalid user", "Failed password" and "Connection closed" of one source port are one failure each
    time round, so the most frequent line of a connection tells how many there were.
    """
    lines: dict[int, Counter[str]] = defaultdict(Counter)
    for row in rows:
        if row["outcome"] != "failure":
            continue
        seen = lines[row["sport"]]
        known = max(seen.values(), default=0)
        seen[row["action"]] += 1
        if not row["sport"] or seen[row["action"]] > known:
            yield row


def _sessions(rows: Sequence[TryRow]) -> Iterator[TryRow]:
    """Short encrypted sessions soon after another one of the same pair: perhaps guesses."""
    latest: int | None = None
    for row in rows:
        if row["outcome"] == "session":
            if latest is None or row["t"] - latest <= _GUESS_GAP:
                yield row
            latest = row["t"]


def _densest(ordered: Sequence[int]) -> int:
    """The most failures in any window."""
    best = start = 0
    for index, moment in enumerate(ordered):
        while moment - ordered[start] > WINDOW:
            start += 1
        best = max(best, index - start + 1)
    return best


def _guessed_before(ordered: list[int], success: int) -> bool:
    """Whether enough failures came shortly before a success."""
    before = ordered[bisect_left(ordered, success - AFTER) : bisect_left(ordered, success)]
    return _densest(before) >= MIN_FAILURES


def _guessed(failures: Sequence[TryRow]) -> Hit:
    one = failures[0]
    source, target, service = one["source"], one["target"], one["service"]
    number, users = len(failures), len({row["user"] for row in failures} - {""})
    said = Text(
        f"{source} 对 {target} 的 {service} 登录失败 {number} 次，涉及 {users} 个账号，未见成功",
        f"{source} failed {number} times to log on to {target} ({service}, {users} accounts), "
        "no success seen",
    )
    if any(row["outcome"] == "session" for row in failures):
        said = Text(
            f"{source} 接连与 {target} 建立 {number} 次短暂的 {service} 加密会话，疑似口令猜测",
            f"{source} held {number} short {service} sessions with {target} one after the other, "
            "as password guessing does",
        )
    return _hit(GUESSED, failures, said)


def _broken(failures: Sequence[TryRow], wins: Sequence[TryRow], won: TryRow) -> Hit:
    source, target, service = won["source"], won["target"], won["service"]
    return _hit(
        BROKEN,
        [*failures, *wins],
        Text(
            f"{source} 对 {target} 的 {service} 失败 {len(failures)} 次后，以账号 {won['user']} 登录成功",
            f"{source} logged on to {target} ({service}) as {won['user']} after {len(failures)} failures",
        ),
        shown=[*failures[:7], *wins[:3]],
    )


def _hit(finding: Finding, rows: Sequence[TryRow], said: Text, shown: Sequence[TryRow] | None = None) -> Hit:
    one = rows[0]
    seen_as = "flow" if all(row["outcome"] == "session" for row in rows) else "logon"
    evidence = gathered(rows, kind="flow" if seen_as == "flow" else "logon")
    if shown is not None:
        evidence.kept = gathered(shown, kind="logon").kept
    return hit(
        finding,
        evidence,
        key=f"{one['source']}:{one['service']}",
        subject=one["target"],
        subject_kind=cast(SubjectKind, one["kind"]),
        peers=[one["source"]],
        attackers=[one["source"]],
        summary=said,
    )


BEHAVIOUR = judge
