"""Rows of tries, counted: how many failures they are, of how many accounts, how close together.

Why the bars lie where they do (decision 0015): lockout rules let an account fail five times (GB/T 22239-2019
8.1.4.1 asks for such a limit), so the sixth failure in five minutes is what no person may reach; ten within
half an hour people do not produce by mistyping either.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence

from detections.ledger.exhibits import TryRow

MINUTE = 60_000_000
HOUR = 60 * MINUTE
#: More failures than a lockout lets pass, within its usual window.
BURST, BURST_WINDOW = 6, 5 * MINUTE
#: Failures within the longer window that people do not produce by mistyping.
MANY, MANY_WINDOW = 10, 30 * MINUTE
#: Failures of one day, however far apart.
ALL_DAY = 30
#: Accounts of one source that fail: more than a household of names one person has.
ACCOUNTS = 6
#: Accounts that do not exist: three may be spellings of one's own.
UNKNOWN = 4
#: Guesses follow each other at once; a monitor or a scheduled job keeps its distance.
_GUESS_GAP = MINUTE
#: What services say about accounts that do not exist.
_UNKNOWN_ACTIONS = frozenset({"ssh-invalid-user", "unknown-user"})
#: Written beside what the service itself says about the same failure.
_DOUBLED = "pam-authentication"
#: A connection that was given up is no guess.
UNFINISHED = frozenset({"ssh-timeout", "handshake-abandoned"})
#: Login pages shown again; the page's size stands behind.
PAGE = "page "


def in_order(rows: Sequence[TryRow]) -> list[TryRow]:
    """By time, and by what the event is where times are the same."""
    return sorted(rows, key=lambda row: (row["t"], row["example"]))


def failures(rows: Sequence[TryRow]) -> list[TryRow]:
    """One row a failure, of rows in time order: a server writes several lines about one connection.

    "Invalid user", "Failed password" and "Connection closed" of one source port are one failure each
    time round, so the most frequent line of a connection tells how many there were. Of what PAM wrote beside
    the service, and of pages of another size, the larger number counts.
    """
    failed = [row for row in rows if row["outcome"] == "failure" and row["action"] not in UNFINISHED]
    pages = Counter(row["action"] for row in failed if row["action"].startswith(PAGE))
    same = max(pages, key=lambda page: (pages[page], page)) if pages else ""
    own = [row for row in failed if row["action"] != _DOUBLED and not row["action"].startswith(PAGE)]
    kinds = (
        _by_connection(own),
        [row for row in failed if row["action"] == _DOUBLED],
        [row for row in failed if same and row["action"] == same],
    )
    return max(kinds, key=len)


def _by_connection(rows: Sequence[TryRow]) -> list[TryRow]:
    lines: dict[int, Counter[str]] = defaultdict(Counter)
    found = []
    for row in rows:
        seen = lines[row["sport"]]
        known = max(seen.values(), default=0)
        seen[row["action"]] += 1
        if not row["sport"] or seen[row["action"]] > known:
            found.append(row)
    return found


def sessions(rows: Sequence[TryRow]) -> Iterator[TryRow]:
    """Short encrypted sessions soon after another one of the same pair: perhaps guesses."""
    latest: int | None = None
    for row in rows:
        if row["outcome"] == "session":
            if latest is None or row["t"] - latest <= _GUESS_GAP:
                yield row
            latest = row["t"]


def densest(moments: Sequence[int], window: int) -> int:
    """The most moments, in order, in any window."""
    best = start = 0
    for index, moment in enumerate(moments):
        while moment - moments[start] > window:
            start += 1
        best = max(best, index - start + 1)
    return best


def is_burst(moments: Sequence[int]) -> bool:
    """Whether so many failures came as people do not make."""
    return densest(moments, BURST_WINDOW) >= BURST or densest(moments, MANY_WINDOW) >= MANY


def accounts(rows: Sequence[TryRow]) -> set[str]:
    """The accounts that rows name."""
    return {row["user"].lower() for row in rows} - {""}


def unknown_accounts(rows: Sequence[TryRow]) -> set[str]:
    """Those of them that do not exist, as the service says."""
    return {row["user"].lower() for row in rows if row["action"] in _UNKNOWN_ACTIONS} - {""}
