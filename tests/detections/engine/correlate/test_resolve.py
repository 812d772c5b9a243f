"""References, circles, chains, and what stays silent."""

import time

import pytest

from detections.engine.correlate.definition import Correlation
from detections.engine.correlate.parse import parse_correlation
from detections.engine.correlate.resolve import Resolution, resolve

RULES = {"login_failed": "r1", "r1": "r1", "login": "r2", "r2": "r2"}


def over(name: str, *rules: str, **more: object) -> Correlation:
    section = {"type": "temporal", "rules": list(rules), "timespan": "1m"} | more
    return parse_correlation({"title": name, "name": name, "correlation": section}, f"{name}.yml")


def reasons(found: Resolution) -> dict[str, str]:
    return {refusal.path: refusal.reason for refusal in found.refused}


def test_names_and_ids_become_ids_everywhere() -> None:
    aliases = {"ip": {"login_failed": "source.ip", "login": "client.ip"}}
    found = resolve([over("x", "r1", "login", aliases=aliases, condition="r1 and not login")], RULES)

    (one,) = found.correlations
    assert one.rules == ("r1", "r2")
    assert one.aliases == {"ip": {"r1": "source.ip", "r2": "client.ip"}}
    assert (one.condition.alternatives[0].present, one.condition.alternatives[0].absent) == (("r1",), ("r2",))
    assert one.field("ip", "r2") == "client.ip"
    assert one.field("user", "r2") == "user"


def test_inner_come_before_outer() -> None:
    found = resolve(
        [over("outer", "middle", "login"), over("middle", "inner"), over("inner", "login")], RULES
    )

    assert [one.name for one in found.correlations] == ["inner", "middle", "outer"]
    assert found.refused == ()


def test_refuses_each_alone_and_the_others_go_on() -> None:
    found = resolve(
        [
            over("good", "login"),
            over("unknown", "nobody"),
            over("above_unknown", "login", "unknown"),
            over("twice", "login", "r2"),
            over("stray", "login", aliases={"ip": {"login_failed": "source.ip"}}),
            over("good", "login_failed"),
            over("login", "login_failed"),
        ],
        RULES,
    )

    assert [one.name for one in found.correlations] == ["good"]
    assert reasons(found) == {
        "unknown.yml": "correlation 'unknown': refers to 'nobody', which is no rule or correlation here",
        "above_unknown.yml": "correlation 'above_unknown': refers to 'unknown', which was refused",
        "twice.yml": "correlation 'twice': 'rules' names one rule twice, by id and by name",
        "stray.yml": "correlation 'stray': alias 'ip' is for 'login_failed', which 'rules' does not list",
        "good.yml": "'good' is taken already; the first one stands",
        "login.yml": "'login' is taken already; the first one stands",
    }


def test_refuses_circles_and_what_stands_on_them() -> None:
    found = resolve(
        [
            over("a", "b"),
            over("b", "c", "login"),
            over("c", "a"),
            over("self", "self"),
            over("on", "b"),
            over("ok", "r1"),
        ],
        RULES,
    )

    assert [one.name for one in found.correlations] == ["ok"]
    assert reasons(found) == {
        "a.yml": "correlation 'a': refers to itself: a → b → c → a",
        "b.yml": "correlation 'b': refers to itself: a → b → c → a",
        "c.yml": "correlation 'c': refers to itself: a → b → c → a",
        "self.yml": "correlation 'self': refers to itself: self → self",
        "on.yml": "correlation 'on': refers to 'b', which was refused",
    }


def test_chains_may_be_sixteen_deep() -> None:
    chain = [over("n0", "login"), *(over(f"n{depth}", f"n{depth - 1}") for depth in range(1, 18))]

    found = resolve(chain, RULES)

    assert [one.name for one in found.correlations] == [f"n{depth}" for depth in range(16)]
    assert reasons(found) == {
        "n16.yml": "correlation 'n16': is more than 16 correlations deep",
        "n17.yml": "correlation 'n17': refers to 'n16', which was refused",
    }


@pytest.mark.parametrize("closed", [True, False])
def test_thousands_in_a_circle_or_a_chain_are_refused_in_time(closed: bool) -> None:
    size = 2_000
    chain = [over(f"n{index}", f"n{index + 1}") for index in range(size - 1)]
    began = time.process_time()

    found = resolve([*chain, over(f"n{size - 1}", "n0" if closed else "login")], RULES)

    assert len(found.correlations) == (0 if closed else 16)
    assert len(found.correlations) + len(found.refused) == size
    assert time.process_time() - began < 1


def test_what_only_serves_a_correlation_is_silent() -> None:
    found = resolve([over("outer", "inner", "login"), over("inner", "login_failed")], RULES)

    assert found.silent == {"inner", "r1", "r2"}
    assert {one.name: one.silent for one in found.correlations} == {"inner": True, "outer": False}


def test_what_one_correlation_wants_reported_is_not_silent() -> None:
    found = resolve([over("quiet", "login"), over("loud", "login", "login_failed", generate=True)], RULES)

    assert found.silent == frozenset()


def test_a_refused_correlation_silences_nothing() -> None:
    assert resolve([over("x", "login", "nobody")], RULES).silent == frozenset()
