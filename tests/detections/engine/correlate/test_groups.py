"""Grouping, aliases, missing fields, and correlations over correlations."""

from collections.abc import Callable

import pytest

from detections.engine.correlate.correlator import Correlator
from detections.engine.correlate.definition import Correlation
from detections.engine.correlate.matches import Correlated, Match

Run = Callable[..., list[Correlated]]
At = Callable[..., Match]
Load = Callable[..., tuple[Correlation, ...]]

TWICE = """
title: T
name: twice
correlation: {type: event_count, rules: [a], timespan: 10s, %s condition: {gte: 2}}
"""

BRUTE_FORCE = """
title: Correlation - Multiple Failed Logins Followed by Successful Login
id: b180ead8-d58f-40b2-ae54-c8940995b9b6
correlation:
    type: temporal_ordered
    rules: [multiple_failed_login, successful_login]
    group-by: [User]
    timespan: 10m
level: high
---
title: Multiple failed logons
id: a8418a5a-5fc4-46b5-b23b-6c73beb19d41
name: multiple_failed_login
correlation:
    type: event_count
    rules: [failed_login]
    group-by: [%s]
    timespan: 10m
    condition: {gte: 10}
"""
LOGINS = ("failed_login", "successful_login")

CONNECTION = """
title: Connection after an error
correlation:
    type: temporal
    rules: [internal_error, new_network_connection]
    group-by: [internal_ip, remote_ip]
    timespan: 10s
    aliases:
        internal_ip: {internal_error: destination.ip, new_network_connection: source.ip}
        remote_ip: {internal_error: source.ip, new_network_connection: destination.ip}
"""


def test_groups_are_apart(run: Run, at: At) -> None:
    matches = [at(0, host="h1"), at(1, host="h2"), at(2, host="h1"), at(3, host="H1")]

    (found,) = run(TWICE % "group-by: [host],", matches)

    assert (found.group, found.events) == ({"host": "h1"}, ("a@0", "a@2"))


def test_several_fields_must_all_agree(run: Run, at: At) -> None:
    matches = [
        at(index, user=user, domain=domain) for index, (user, domain) in enumerate(("ux", "uy", "vx", "uy"))
    ]

    (found,) = run(TWICE % "group-by: [user, domain],", matches)

    assert (found.group, found.events) == ({"user": "u", "domain": "y"}, ("a@1", "a@3"))


def test_without_group_by_everything_is_one_group(run: Run, at: At) -> None:
    (found,) = run(TWICE % "", [at(0, host="h1"), at(1, host="h2")])

    assert found.group == {}


def test_an_event_without_the_field_is_in_no_group(at: At, load: Load) -> None:
    """Two events without a host do not have the same host; they are counted as incomplete."""
    correlator = Correlator(load(TWICE % "group-by: [host],"))

    found = correlator.observe([at(0), at(1, host=None), at(2, host=[]), at(3, host="")]) + correlator.flush()

    assert found == []
    assert correlator.incomplete == 3


def test_empty_text_is_a_value(run: Run, at: At) -> None:
    (found,) = run(TWICE % "group-by: [host],", [at(0, host=""), at(1, host="")])

    assert found.group == {"host": ""}


@pytest.mark.parametrize("name", ["张三", "żółć", "🦉", "nul\x00", "half\ud800pair"])
def test_any_text_may_name_a_group(at: At, load: Load, name: str) -> None:
    correlator = Correlator(load(TWICE % "group-by: [user],"))
    correlator.observe([at(0, user=name)])
    again = Correlator(load(TWICE % "group-by: [user],"))
    again.restore(correlator.snapshot())

    again.observe([at(1, user=name)])
    (found,) = again.flush()

    assert found.group["user"] == name.replace("\ud800", "?")


def test_long_values_are_told_apart_and_cut(run: Run, at: At) -> None:
    long, other = "x" * 100_000, "x" * 99_999 + "y"

    (found,) = run(TWICE % "group-by: [user],", [at(0, user=long), at(1, user=other), at(2, user=long)])

    assert found.events == ("a@0", "a@2")
    assert len(found.group["user"]) < 1000


def test_numbers_group_with_the_same_numbers_as_text(run: Run, at: At) -> None:
    (found,) = run(TWICE % "group-by: [port],", [at(0, port=443), at(1, port="443")])

    assert found.group == {"port": "443"}


def test_a_list_puts_an_event_in_the_group_of_each_element(run: Run, at: At) -> None:
    found = run(
        TWICE % "group-by: [ip],", [at(0, ip=["192.0.2.1", "192.0.2.2", "192.0.2.2"]), at(1, ip="192.0.2.2")]
    )

    assert [(one.group, one.count) for one in found] == [({"ip": "192.0.2.2"}, 2)]


def test_aliases_join_different_fields(run: Run) -> None:
    """The specification's example: the same pair of addresses, in opposite fields."""
    error = Match("internal_error", "e1", 0, {"destination.ip": "192.0.2.1", "source.ip": "198.51.100.9"})
    back = Match(
        "new_network_connection", "e2", 5, {"source.ip": "192.0.2.1", "destination.ip": "198.51.100.9"}
    )
    same_way = Match(
        "new_network_connection", "e3", 5, {"source.ip": "198.51.100.9", "destination.ip": "192.0.2.1"}
    )
    rules = ("internal_error", "new_network_connection")

    (found,) = run(CONNECTION, [error, back, same_way], rules)

    assert found.group == {"internal_ip": "192.0.2.1", "remote_ip": "198.51.100.9"}
    assert found.events == ("e1", "e2")


def test_wants_names_the_fields_of_each_rule(load: Load) -> None:
    rules = ("internal_error", "new_network_connection", "other")

    assert Correlator(load(CONNECTION, rules)).wants == {
        "internal_error": {"destination.ip", "source.ip"},
        "new_network_connection": {"destination.ip", "source.ip"},
    }
    assert Correlator(load(BRUTE_FORCE % "ComputerName", LOGINS)).wants == {
        "failed_login": {"ComputerName", "User"},
        "successful_login": {"User"},
    }


def logins(at: At, failed: int, gap: float = 1, computer: str = "pc") -> list[Match]:
    """Failed logins of u0, u1, u0, … each `gap` seconds, then one that succeeds for each of u0, u1, u2."""
    tries = [
        at(n * gap, "failed_login", f"f{n:03}", User=f"u{n % 2}", ComputerName=computer)
        for n in range(failed)
    ]
    return tries + [at(failed * gap, "successful_login", f"s{n}", User=f"u{n}") for n in range(3)]


def test_failed_logins_followed_by_a_successful_one(run: Run, at: At) -> None:
    """The specification's example of a chain."""
    found = run(BRUTE_FORCE % "User", logins(at, 20), LOGINS)

    assert [(one.group, one.count, one.events[0], one.events[-1]) for one in found] == [
        ({"User": "u0"}, 11, "f000", "s0"),
        ({"User": "u1"}, 11, "f001", "s1"),
    ]
    assert run(BRUTE_FORCE % "User", logins(at, 18), LOGINS) == []


def test_an_inner_correlation_may_group_otherwise(run: Run, at: At) -> None:
    """Specification, "Ordered Temporal Proximity", note: inner by ComputerName, outer by User."""
    found = run(BRUTE_FORCE % "ComputerName", logins(at, 12), LOGINS)

    assert [(one.correlation, one.group) for one in found] == [
        ("b180ead8-d58f-40b2-ae54-c8940995b9b6", {"User": "u0"}),
        ("b180ead8-d58f-40b2-ae54-c8940995b9b6", {"User": "u1"}),
    ]


def test_an_episode_that_goes_on_is_as_recent_as_its_last_event(run: Run, at: At) -> None:
    """Two hours of failed logins, then a success: far more than 10 minutes after the first firing."""
    (found, _) = run(BRUTE_FORCE % "User", logins(at, 720, gap=10), LOGINS)

    assert found.events[-1] == "s0"
    assert found.last == 7_200_000_000


def test_the_inner_one_is_reported_only_if_asked(run: Run, at: At) -> None:
    generated = BRUTE_FORCE.replace("level: high", "level: high\ngenerate: true") % "User"

    names = [one.correlation for one in run(generated, logins(at, 20), LOGINS)]

    assert names.count("a8418a5a-5fc4-46b5-b23b-6c73beb19d41") == 2
    assert len(names) == 4


def test_an_outer_event_count_counts_episodes(run: Run, at: At) -> None:
    text = (
        TWICE % "group-by: [host],"
        + """
---
title: Several hosts
correlation: {type: event_count, rules: [twice], timespan: 1m, condition: {gte: 2}}
"""
    )
    one_host = [at(second, host="h1") for second in range(9)]

    assert run(text, one_host) == []
    (found,) = run(text, [*one_host, at(9, host="h2"), at(10, "a", host="h2")])
    assert found.count == 11


def test_an_outer_correlation_may_wait_for_a_window_to_close(run: Run, at: At) -> None:
    text = """
title: Few heartbeats
name: few
correlation: {type: event_count, rules: [a], timespan: 10s, group-by: [host], condition: {lt: 3}}
---
title: Few heartbeats, then a login
correlation: {type: temporal_ordered, rules: [few, b], timespan: 10s, group-by: [host]}
"""
    beats = [at(0, host="h"), at(1, host="h")]

    (found,) = run(text, [*beats, at(20, "b", host="h")])
    assert found.events == ("a@0", "a@1", "b@20")
    assert run(text, [*beats, at(20.000001, "b", host="h")]) == []
    assert run(text, [*beats, at(9, "b", host="h")]) == []


def test_two_outer_episodes_of_one_long_inner_are_two(run: Run, at: At) -> None:
    """Failed logins all the time, a success after one hour and another after three."""
    failed = [at(10 * n, "failed_login", f"f{n:04}", User="u") for n in range(1200)]
    successes = [at(hour * 3600 + 5, "successful_login", f"s{hour}", User="u") for hour in (1, 3)]
    matches = sorted([*failed, *successes], key=lambda match: match.time)

    found = run(BRUTE_FORCE % "User", matches, LOGINS)

    assert len(found) == len({one.id for one in found}) == 2
    assert all(f"s{hour}" in one.events for hour, one in zip((1, 3), found, strict=True))


def test_a_value_counts_once_however_often_its_group_is_listed(run: Run, at: At) -> None:
    text = """
title: T
correlation: {type: value_sum, rules: [a], timespan: 10s, group-by: [ip], condition: {gt: 3, field: n}}
"""

    assert run(text, [at(0, ip=["192.0.2.1", "192.0.2.1"], n=3)]) == []


def test_an_inner_that_wavers_brings_each_of_its_values_once(run: Run, at: At) -> None:
    text = """
title: Inner
name: inner
correlation: {type: value_avg, rules: [a], timespan: 10s, condition: {gt: 5, field: n}}
---
title: Outer
correlation: {type: value_sum, rules: [inner], timespan: 1m, condition: {gte: %d, field: n}}
"""
    wavering = [at(0, n=9), at(1, n=0), at(2, n=9)]

    assert run(text % 18, wavering)
    assert run(text % 19, wavering) == []


def test_an_event_below_two_inner_correlations_counts_once(run: Run, at: At) -> None:
    inner = TWICE % ""
    text = f"""{inner}
---{inner.replace("twice", "again")}
---
title: Both
correlation: {{type: temporal, rules: [twice, again], timespan: 1m}}
"""

    (found,) = run(text, [at(second) for second in range(5)], evidence=8)

    assert (found.count, len(found.events)) == (5, 5)
