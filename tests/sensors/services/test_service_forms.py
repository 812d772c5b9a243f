"""What services write when somebody logs on, fails or is refused, in lines as they stand in their logs."""

from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from sensors.auth_messages import Said
from sensors.services.catalogue import Forms, message_forms, messages, read_forms, record_forms, records
from sensors.services.form import Form
from sensors.services.told import pairs, told
from taishi.core.problems import Problem

#: program (empty: a log of its own), message, service, outcome or type, account.
LINES = [
    (one["program"], one["message"], *one["means"])
    for one in yaml.safe_load((Path(__file__).parent / "lines.yml").read_text("utf-8"))
]


def outcome(said: Said) -> str | None:
    return said.outcome if said.kind == "logon" else said.type


@pytest.mark.parametrize(("program", "message", "service", "means", "user"), LINES)
def test_messages(program: str, message: str, service: str, means: str, user: str | None) -> None:
    said = told(message, program)
    assert said is not None
    assert (said.service, outcome(said), said.user, said.ip) == (service, means, user, "192.0.2.1")


@pytest.mark.parametrize(
    ("program", "message"),
    [
        # The name is the attacker's own text: the address that the service wrote counts.
        ("", 'WARN Login failed for user "x" IP-address: 203.0.113.7" IP-address: 192.0.2.1'),
        ("", "Failed login for 'x' from 203.0.113.7 at 1' from 192.0.2.1 at 2026-03-01"),
        ("dovecot", "imap-login: Aborted login (auth failed, 1 attempts): user=<x>, rip=203.0.113.7, y>, "
         "method=PLAIN, rip=192.0.2.1, lip=192.0.2.9"),
    ],
)  # fmt: skip
def test_a_name_cannot_accuse_somebody_else(program: str, message: str) -> None:
    said = told(message, program)
    assert said is not None
    assert said.ip == "192.0.2.1"


@pytest.mark.parametrize(
    ("program", "message"),
    [
        ("sshd", "Login failed for user `x` from IP `203.0.113.7`."),
        ("nginx", 'GET / "Failed login attempt from IP: 203.0.113.7'),
        (
            "cron",
            "imap-login: Disconnected (auth failed, 1 attempts): user=<x>, rip=203.0.113.7, lip=192.0.2.9",
        ),
        ("postfix/smtpd", "NOQUEUE: reject: RCPT from a[203.0.113.7]: 450 4.2.0 <a>: Greylisted; from=<a>"),
    ],
    ids=["quoted by sshd", "in quotes", "another program", "grey listing"],
)
def test_words_of_others_are_no_message(program: str, message: str) -> None:
    assert told(message, program) is None


def test_json_of_services(read: Callable) -> None:
    made = read(
        '{"t":{"$date":"2026-03-01T10:00:00.5+08:00"},"c":"ACCESS","msg":"Authentication failed",'
        '"attr":{"principalName":"root","remote":"[2001:db8::7]:4071","mechanism":"SCRAM"}}\n'
        '{"t":{"$date":"2026-03-01T10:00:01.5+08:00"},"c":"NETWORK","msg":"Connection ended","attr":{}}\n'
        '{"time":"2026-03-01T02:00:02Z","message":"[Auth] Failed login attempt for username \\"li\\" '
        'from ip 192.0.2.1 (x)"}\n'
    )
    assert (made.sensor, made.reasons) == ("service_json", [])
    failed, message = (event for event in made.events if event.kind == "logon")
    assert (failed.text("source.ip"), failed.text("user.name")) == ("2001:db8::7", "root")
    assert (failed.text("process.name"), failed.text("event.outcome")) == ("mongodb", "failure")
    assert (message.text("source.ip"), message.text("user.name")) == ("192.0.2.1", "li")


def test_a_log_of_its_own(read: Callable) -> None:
    made = read(
        "2026-03-01 10:00:00 WARN Server: AUTH-ERROR: 192.0.2.1 - Invalid username or password entered.\n"
    )
    assert (made.sensor, made.only.kind) == ("text_log", "logon")
    assert made.only.text("process.name") == "emby"


def test_a_folder_adds_forms(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    said = "{says: 登录失败, form: '用户 {user} 登录失败 {ip}'}"
    forms = f"- service: oa\n  source: ours\n  messages:\n    - {said}\n"
    (tmp_path / "own.yml").write_text(forms, "utf-8")
    for kept in (message_forms, record_forms, messages, records):
        kept.cache_clear()
    monkeypatch.setenv("TAISHI_FORMS", str(tmp_path))
    try:
        from sensors.services import catalogue

        catalogue._all_forms.cache_clear()
        meant = told("用户 li 登录失败 192.0.2.1")
        assert meant is not None
        assert (meant.service, meant.user, meant.ip) == ("oa", "li", "192.0.2.1")
    finally:
        for cached in (message_forms, record_forms, messages, records, catalogue._all_forms):
            cached.cache_clear()


@pytest.mark.parametrize(
    "text", ["- service: x\n", "- {service: x, source: y, messages: [{says: a, form: '('}]}", "a: [", "5"]
)
def test_bad_forms_are_named(tmp_path: Path, text: str) -> None:
    path = tmp_path / "bad.yml"
    path.write_text(text, "utf-8")
    with pytest.raises(Problem, match=r"bad\.yml"):
        read_forms(path)


def test_every_form_is_found_by_its_own_words() -> None:
    assert all(len(form.says) >= 5 for form in (*message_forms(), *record_forms()))


@given(st.sampled_from(LINES), st.integers(0, 200), st.text(max_size=30))
def test_damaged_lines_are_read_or_left(
    line: tuple[str, str, str, str, str | None], at: int, more: str
) -> None:
    program, message = line[:2]
    said = told(message[:at] + more + message[at:], program)
    assert said is None or (said.kind in ("logon", "other") and said.service)


@given(st.text(max_size=80))
def test_pairs_of_anything(text: str) -> None:
    assert all(isinstance(value, str) for value in pairs(text).values())


@given(st.lists(st.text("ab ", max_size=4), max_size=6), st.text("ab \ud800", max_size=12))
def test_forms_are_found_by_their_words(words: list[str], text: str) -> None:
    forms = [Form(str(number), says, "failure", "login") for number, says in enumerate(words)]
    assert list(Forms(forms).that_may_fit(text)) == [form for form in forms if form.says in text]
