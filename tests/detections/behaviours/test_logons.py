"""Guessing by source, account and time; and that neither order nor batches nor a restart change a verdict."""

import random
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detections.detector import Behaviours
from detections.networks import PRIVATE, Networks
from detections.verdict import judge
from taishi.core.ecs import Kind
from taishi.core.event import Row
from taishi.core.records import Verdict
from tests.detections.behaviours.conftest import START, Say, batch_of, hits_of

OUTSIDE, INSIDE = "203.0.113.9", "10.0.0.9"


def logon(at: float, user: str = "li", source: str = OUTSIDE, outcome: str = "failure", **more: str) -> Row:
    """A logon at one mail server; `action`, `host`: what the service says, and where."""
    return {
        "@timestamp": START + timedelta(seconds=at),
        "source.ip": source,
        "host.name": more.get("host", "mail-1"),
        "process.name": "dovecot",
        "user.name": user,
        "event.outcome": outcome,
        "event.action": more.get("action", "login"),
    }


def refusal(at: float, action: str = "mail-refused", source: str = OUTSIDE) -> Row:
    return {
        "@timestamp": START + timedelta(seconds=at),
        "source.ip": source,
        "host.name": "mail-1",
        "event.provider": "postfix",
        "event.type": "denied",
        "event.action": action,
    }


def rules(hits: list) -> set[str]:
    return {hit.rule.rpartition(".")[2] for hit in hits}


FAST = [logon(9 * n) for n in range(6)]
SPRAY = [logon(9 * n, f"u{n}") for n in range(6)]
SLOW = [logon(7000 * n, f"u{n}") for n in range(8)]
UNKNOWN = [logon(1800 * n, f"u{n}", action="unknown-user") for n in range(4)]
MISTYPED = ((0, "failure"), (5, "success"))
OFTEN = [logon(900 * n) for n in range(60)]


@pytest.mark.parametrize(
    ("rows", "rule", "level"),
    [
        (FAST, "brute-force", "low"),
        ([logon(60 * n) for n in range(12)], "brute-force", "medium"),
        (SPRAY, "password-spraying", "medium"),
        (SLOW, "slow-brute-force", "medium"),
        (OFTEN, "slow-brute-force", "low"),
        (UNKNOWN, "user-enumeration", "low"),
        ([*SPRAY, logon(70, "u3", outcome="success")], "password-spraying", "medium"),
    ],
    ids=[
        "fast",
        "half an hour",
        "many accounts",
        "over hours",
        "one account all day",
        "unknown",
        "one known",
    ],
)
def test_guessing_has_many_shapes(say: Say, rows: list[Row], rule: str, level: str) -> None:
    (hit,) = say("brute_force", "logon", rows)
    assert (hit.rule.rpartition(".")[2], hit.threat, hit.level) == (rule, "attempted", level)
    assert (hit.subject, hit.attackers) == ("mail-1", (OUTSIDE,))


@pytest.mark.parametrize(
    "rows",
    [
        [*FAST, logon(70, outcome="success")],
        FAST[:5],
        [logon(3600 * n, source=INSIDE) for n in range(20)],
        [logon(9 * n + wait, f"u{n}", outcome=told) for n in range(8) for wait, told in MISTYPED],
        UNKNOWN[:3],
        [logon(4000 * n, "job", source=INSIDE) for n in range(21)],
        [row for n in range(5) for row in (logon(n), logon(n, action="pam-authentication"))],
    ],
    ids=["remembered it", "locked out", "an old password", "an office", "spellings", "a job", "said twice"],
)  # fmt: skip
def test_people_and_jobs_are_no_guessing(say: Say, rows: list[Row]) -> None:
    assert say("brute_force", "logon", rows) == []


def test_a_few_a_day_over_days(say: Say) -> None:
    rows = [logon(86_400 * day + 9000 * n, f"u{day}{n}") for day in range(3) for n in range(2)]
    (hit,) = say("patient_guessing", "logon", rows)
    assert (hit.threat, hit.attackers, hit.first_seen.day) == ("attempted", (OUTSIDE,), 4)
    assert "3 days" in hit.summary.en
    own = [logon(86_400 * day + n, "li") for day in range(9) for n in range(3)]
    assert say("patient_guessing", "logon", own) == []
    assert say("patient_guessing", "logon", [*rows, logon(90_000, "li", outcome="success")]) == []


def test_one_account_from_many_addresses(say: Say) -> None:
    rows = [logon(600 * n, "admin", f"198.51.100.{n % 6}") for n in range(18)]
    (hit,) = say("distributed_guessing", "logon", rows)
    assert (hit.threat, hit.level, hit.subject) == ("attempted", "medium", "mail-1")
    assert hit.attackers == tuple(f"198.51.100.{n}" for n in range(6))
    known = [logon(3, "admin", f"198.51.100.{n}", "success") for n in range(3)]
    assert say("distributed_guessing", "logon", [*rows, *known]) == []
    desks = [logon(600 * n, "office", f"10.0.0.{n % 8}") for n in range(24)]
    assert say("distributed_guessing", "logon", desks) == []


def test_a_service_that_refuses_again_and_again(say: Say) -> None:
    (hit,) = say("refused_often", "other", [refusal(300 * n) for n in range(4)])
    assert (hit.threat, hit.level, hit.attackers) == ("attempted", "low", (OUTSIDE,))
    assert say("refused_often", "other", [refusal(1800 * n) for n in range(9)]) == []
    assert len(say("refused_often", "other", [refusal(n, "relay-denied") for n in (0, 20)])) == 1
    assert say("refused_often", "other", [refusal(n, "relay-denied") for n in (0, 1800)]) == []


def web(at: float, path: str, status: int, size: int = 900) -> Row:
    return {
        "@timestamp": START + timedelta(seconds=at),
        "source.ip": OUTSIDE,
        "destination.domain": "oa.example",
        "http.request.method": "POST",
        "url.path": path,
        "http.response.status_code": status,
        "http.response.body.bytes": size,
    }


def test_web_logons_are_judged_by_their_answers(say: Say) -> None:
    refused = [web(5 * n, "/api/v1/login", 401) for n in range(7)]
    (hit,) = say("brute_force", "http", refused)
    assert (hit.subject, hit.subject_kind, hit.attackers) == ("oa.example", "domain", (OUTSIDE,))
    again = [web(5 * n, "/wp-login.php", 200) for n in range(7)]
    assert rules(say("brute_force", "http", again)) == {"brute-force"}
    for rows in (
        [web(5 * n, "/wp-login.php", 302) for n in range(20)],
        [web(5 * n, "/wp-login.php", 200, 900 + n) for n in range(20)],
        [web(5 * n, "/api/v1/login", 200) for n in range(20)],
        [web(5 * n, "/api/list", 401) for n in range(20)],
    ):
        assert say("brute_force", "http", rows) == []


def test_windows_logons_count(say: Say) -> None:
    rows = [
        {
            "@timestamp": START + timedelta(seconds=n),
            "event.code": "4625",
            "winlog.channel": "Security",
            "source.ip": OUTSIDE,
            "host.name": "dc-1",
            "user.name": "administrator",
        }
        for n in range(6)
    ]
    (hit,) = say("brute_force", "windows", rows)
    assert (hit.subject, hit.attackers) == ("dc-1", (OUTSIDE,))


EVERYTHING: list[tuple[Kind, Row]] = [
    *(("logon", row) for row in (*FAST, *(logon(30 * n, "x", "198.51.100.7") for n in range(12)))),
    *(("logon", logon(50 * n, f"u{n}", "198.51.100.8")) for n in range(9)),
    *(("logon", logon(600 * n, "admin", f"198.51.100.{20 + n % 6}")) for n in range(18)),
    *(("other", refusal(60 * n, source="198.51.100.9")) for n in range(5)),
    *(("http", web(5 * n, "/login", 403)) for n in range(8)),
]


def seen(parts: list[list[tuple[Kind, Row]]]) -> list[Verdict]:
    """The verdicts on events that came in these parts, each by a program that went on from the last."""
    hits, state = {}, b""
    for part in parts:
        behaviours = Behaviours(Networks(PRIVATE))
        if state:
            behaviours.restore(state)
        for kind in ("logon", "other", "http"):
            rows = [row for of, row in part if of == kind]
            if rows:
                behaviours.observe(batch_of(kind, rows))
        hits.update((hit.id, hit) for hit in behaviours.standing())
        state = behaviours.snapshot()
    return judge(hits.values())


def plain(verdicts: list[Verdict]) -> list[tuple[object, ...]]:
    """Everything but the events' ids, which have their place in the batch."""
    return [
        (one.subject, one.threat, one.level, one.count, one.attackers, one.first_seen, one.last_seen,
         sorted((why.rule, why.count, why.level) for why in one.because))
        for one in verdicts
    ]  # fmt: skip


@settings(max_examples=20, deadline=None)
@given(st.randoms(use_true_random=False), st.integers(0, len(EVERYTHING)))
def test_order_parts_and_restarts_change_no_verdict(dice: random.Random, cut: int) -> None:
    rows = dice.sample(EVERYTHING, len(EVERYTHING))
    assert plain(seen([rows[:cut], rows[cut:]])) == plain(seen([EVERYTHING]))


def test_batches_change_nothing() -> None:
    rows = [row for kind, row in EVERYTHING if kind == "logon"]
    assert rules(hits_of("brute_force", "logon", rows, 3)) == rules(hits_of("brute_force", "logon", rows))
