"""Password guessing by one source at one target, by account and by time, and whether a guess succeeded."""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import cast

from detections.guesses import (
    ACCOUNTS,
    ALL_DAY,
    BURST,
    HOUR,
    MANY,
    MANY_WINDOW,
    UNKNOWN,
    accounts,
    densest,
    failures,
    in_order,
    is_burst,
    sessions,
    unknown_accounts,
)
from detections.hits import Finding
from detections.ledger.exhibits import TryRow
from detections.ledger.view import View
from detections.logon_hits import ADVICE, SLOW, guess_hit
from taishi.core.records import Hit, Level
from taishi.core.text import Text

#: Targets at which one source fails within the window, however few times each.
MIN_TARGETS = 10
#: A success counts as guessed when it follows the failures within this time.
AFTER = HOUR

GUESSED = Finding(
    "taishi.behaviour.brute-force", Text("口令猜测", "Password guessing"), "attempted", "medium",
    ("T1110.001",), ADVICE,
)  # fmt: skip
SPRAYED = Finding(
    "taishi.behaviour.password-spraying", Text("口令喷洒", "Password spraying"), "attempted", "medium",
    ("T1110.003",), ADVICE,
)  # fmt: skip
ENUMERATED = Finding(
    "taishi.behaviour.user-enumeration", Text("账号枚举", "User enumeration"), "attempted", "low",
    ("T1589.001", "T1110"), ADVICE,
)  # fmt: skip
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
    """Sources that failed often at one target and service, or a few times at many."""
    groups: dict[tuple[str, str, str], list[TryRow]] = defaultdict(list)
    for row in cast(list[TryRow], view.tries.to_pylist()):
        groups[row["source"], row["target"], row["service"]].append(row)
    few: dict[tuple[str, str], list[TryRow]] = defaultdict(list)
    for (source, _, service), rows in sorted(groups.items()):
        ordered = in_order(rows)
        failed = in_order([*failures(ordered), *sessions(ordered)])
        hit = _judged(ordered, failed, outside=not view.networks.inside(source))
        if hit is not None:
            yield hit
        elif len(failed) < MANY:
            few[source, service] += [row for row in failed if row["outcome"] == "failure"]
    for (source, _), rows in sorted(few.items()):
        yield from _over_targets(in_order(rows), outside=not view.networks.inside(source))


def _judged(rows: Sequence[TryRow], failed: Sequence[TryRow], *, outside: bool) -> Hit | None:
    """Rows of one source, target and service in time order, and those of them that are failures."""
    wins = [row for row in rows if row["outcome"] == "success"]
    moments = [row["t"] for row in failed]
    won = next((row for row in wins if _guessed_before(moments, row["t"])), None)
    if won is not None:
        return _broken(failed, wins, won)
    if len(unknown_accounts(failed)) >= UNKNOWN and not wins:
        return _enumerated(failed)
    if _is_office(failed, wins):
        return None
    if is_burst(moments):
        mistyped = len(failed) < MANY and accounts(failed) and accounts(failed) <= accounts(wins)
        return None if mistyped else _burst(failed)
    return _slow(failed) if _is_slow(failed, wins, outside=outside) else None


def _is_office(failed: Sequence[TryRow], wins: Sequence[TryRow]) -> bool:
    """Several people behind one address: more accounts log on from there than fail, none fails much."""
    trying = accounts(failed)
    return 1 < len(trying) <= len(accounts(wins)) and len(failed) < BURST * len(trying)


def _is_slow(failed: Sequence[TryRow], wins: Sequence[TryRow], *, outside: bool) -> bool:
    """Over a day: several accounts, or from outside one of them very often. One account from inside is a job
    that has an old password.
    """
    if wins or len(failed) < ACCOUNTS:
        return False
    return len(accounts(failed)) >= ACCOUNTS or (
        len(failed) >= ALL_DAY and (outside or len(accounts(failed)) > 1)
    )


def _guessed_before(moments: list[int], success: int) -> bool:
    """Whether enough failures came shortly before a success."""
    before = moments[bisect_left(moments, success - AFTER) : bisect_left(moments, success)]
    return densest(before, MANY_WINDOW) >= MANY


def _over_targets(rows: Sequence[TryRow], *, outside: bool) -> Iterator[Hit]:
    """Failures of one source and service, few at each target: at many targets within the window, or from
    outside a burst of many accounts over some.
    """
    first: dict[str, int] = {}
    for row in rows:
        first.setdefault(row["target"], row["t"])
    many = outside and len(first) > 1 and len(accounts(rows)) >= ACCOUNTS
    burst = many and is_burst([row["t"] for row in rows])
    if not burst and densest(sorted(first.values()), MANY_WINDOW) < MIN_TARGETS:
        return
    for target in sorted(first):
        at = [row for row in rows if row["target"] == target]
        source, service = at[0]["source"], at[0]["service"]
        said = Text(
            f"{source} 对 {len(first)} 个目标的 {service} 各登录失败少数几次，含 {target}，形似口令喷洒",
            f"{source} failed a few times each to log on to {len(first)} targets ({service}), {target} among "
            "them, as password spraying does",
        )
        yield guess_hit(SPRAYED, at, said)


def _burst(failed: Sequence[TryRow]) -> Hit:
    """Many accounts with few tries each is spraying, else it is guessing."""
    users, number = accounts(failed), len(failed)
    if len(users) >= ACCOUNTS and number < 3 * len(users):
        return guess_hit(
            SPRAYED, failed, _counted(failed, "接连尝试不同账号", "tried one account after another")
        )
    if any(row["outcome"] == "session" for row in failed):
        one = failed[0]
        source, target, service = one["source"], one["target"], one["service"]
        said = Text(
            f"{source} 接连与 {target} 建立 {number} 次短暂的 {service} 加密会话，疑似口令猜测",
            f"{source} held {number} short {service} sessions with {target} one after the other, "
            "as password guessing does",
        )
        return guess_hit(GUESSED, failed, said)
    level: Level = "medium" if number >= MANY or len(users) > 1 else "low"
    return guess_hit(GUESSED, failed, _counted(failed, "未见成功", "no success seen"), level=level)


def _slow(failed: Sequence[TryRow]) -> Hit:
    said = _counted(failed, "间隔较长，未见成功", "far apart, no success seen")
    return guess_hit(SLOW, failed, said, level="medium" if len(accounts(failed)) > 1 else "low")


def _enumerated(failed: Sequence[TryRow]) -> Hit:
    unknown = len(unknown_accounts(failed))
    said = _counted(failed, f"其中 {unknown} 个账号不存在", f"{unknown} of the accounts do not exist")
    return guess_hit(ENUMERATED, failed, said, level="medium" if len(failed) >= MANY else "low")


def _counted(failed: Sequence[TryRow], zh: str, en: str) -> Text:
    one = failed[0]
    source, target, service = one["source"], one["target"], one["service"]
    number, users = len(failed), len(accounts(failed))
    return Text(
        f"{source} 对 {target} 的 {service} 登录失败 {number} 次，涉及 {users} 个账号，{zh}",
        f"{source} failed {number} times to log on to {target} ({service}, {users} accounts), {en}",
    )


def _broken(failed: Sequence[TryRow], wins: Sequence[TryRow], won: TryRow) -> Hit:
    source, target, service = won["source"], won["target"], won["service"]
    return guess_hit(
        BROKEN,
        [*failed, *wins],
        Text(
            f"{source} 对 {target} 的 {service} 失败 {len(failed)} 次后，以账号 {won['user']} 登录成功",
            f"{source} logged on to {target} ({service}) as {won['user']} after {len(failed)} failures",
        ),
        shown=[*failed[:7], *wins[:3]],
    )


BEHAVIOUR = judge
