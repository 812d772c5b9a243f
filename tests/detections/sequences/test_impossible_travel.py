"""Logons from two countries in too short a time; and whose only look like it."""

from collections.abc import Sequence

import pytest

from detections.networks import Networks
from detections.sequences.impossible_travel import FINDING, ImpossibleTravel
from taishi.core.records import Hit
from tests.detections.sequences.conftest import Said, batch_of, said

HOUR, DAY = 3600, 24 * 3600
HOME, ABROAD = ("CN", "36.7.0.9"), ("US", "3.80.0.9")


def logon(seconds: float, place: tuple[str, str], user: str = "wang@gov.cn", **row: object) -> Said:
    country, address = place
    given = {"event__outcome": "success", "destination__ip": "10.0.0.8", **row}
    return said(
        "logon", seconds, source__ip=address, source__geo__country_iso_code=country, user__name=user, **given
    )


def told(events: Sequence[Said]) -> list[Hit]:
    """The hits; the same in any order and however the events are cut."""
    found = []
    for order in (events, events[::-1]):
        one = ImpossibleTravel(Networks())
        for event in order:
            one.observe(batch_of(event, number=events.index(event)))
        found.append(list(one.hits()))
    assert found[0] == found[1]
    return found[0]


def test_two_countries_within_the_hour_are_told() -> None:
    (hit,) = told([logon(0, HOME), logon(1700, ABROAD), logon(5 * DAY, HOME)])
    assert (hit.subject, hit.subject_kind, hit.threat, hit.level) == ("wang@gov.cn", "account", "risk", "low")
    assert (hit.rule, hit.count, hit.peers) == (FINDING.rule, 2, (ABROAD[1], HOME[1]))
    assert "从中国（36.7.0.9）登录 28 分钟后又从美国（3.80.0.9）登录，两地相距约 10700 公里" in hit.summary.zh
    assert "10700 km" in hit.summary.en


def test_across_midnight() -> None:
    assert told([logon(7.5 * HOUR, HOME), logon(8.5 * HOUR, ABROAD)])


def failed(place: tuple[str, str], times: int) -> list[Said]:
    return [logon(1000 + n, place, event__outcome="failure") for n in range(times)]


@pytest.mark.parametrize(("failures", "level"), [(2, "low"), (3, "medium")])
def test_failures_before_the_second_logon_raise_it(failures: int, level: str) -> None:
    (hit,) = told([logon(0, HOME), *failed(ABROAD, failures), logon(1700, ABROAD)])
    assert (hit.level, hit.attackers) == (level, (ABROAD[1],) if level == "medium" else ())
    assert ("登录前多次失败" in hit.summary.zh) == (level == "medium")


def test_an_exit_counts_after_failures_from_it() -> None:
    there = logon(1700, ABROAD, taishi__source__exit="vpn-ipv4")
    (hit,) = told([logon(0, HOME), *failed(ABROAD, 3), there])
    assert hit.level == "low"
    assert told([logon(0, HOME), *failed(ABROAD, 2), there]) == []
    assert told([logon(0, HOME), *failed(("US", "3.80.0.8"), 3), there]) == []
    assert told([logon(0, HOME, taishi__source__exit="vpn-ipv4"), *failed(ABROAD, 3), there]) == []


def test_windows_logons_count() -> None:
    columns = {"winlog__channel": "Security", "event__code": "4624", "user__domain": "CORP"}
    both = [
        said("windows", n, source__ip=ip, source__geo__country_iso_code=country, user__name="wang", **columns)
        for n, (country, ip) in enumerate((HOME, ABROAD))
    ]
    (hit,) = told(both)
    assert hit.subject == "wang@corp"


@pytest.mark.parametrize(
    "events",
    [
        pytest.param([logon(0, HOME), logon(12 * HOUR, ABROAD)], id="a flight"),
        pytest.param(
            [logon(0, HOME), logon(60, ("HK", "1.64.0.9")), logon(90, ("TW", "1.34.0.9"))], id="China"
        ),
        pytest.param([logon(0, ("DE", "2.160.0.9")), logon(60, ("FR", "2.0.0.9"))], id="neighbours"),
        pytest.param([logon(0, HOME), logon(1800, ("KR", "1.11.0.9"))], id="a short flight"),
        pytest.param([logon(0, HOME), logon(60, ("EU", "2.0.0.9"))], id="nowhere in particular"),
        pytest.param([logon(0, HOME), logon(60, ABROAD, "li@gov.cn")], id="two accounts"),
        pytest.param(
            [logon(0, HOME, "root"), logon(60, ABROAD, "root", destination__ip="10.0.0.9")], id="hosts"
        ),
        pytest.param([logon(0, HOME), logon(60, ABROAD, taishi__source__exit="vpn-ipv4")], id="a VPN"),
        pytest.param([logon(0, HOME), logon(60, ABROAD, event__outcome="failure")], id="never logged on"),
        pytest.param([logon(0, HOME, "ftp"), logon(60, ABROAD, "ftp")], id="everybody's account"),
        pytest.param([logon(0, HOME, "PC7$"), logon(60, ABROAD, "PC7$")], id="a machine"),
        pytest.param([logon(0, ("CN", "10.0.0.5")), logon(60, ABROAD)], id="inside, as by VPN"),
    ],
)
def test_what_only_looks_like_it(events: list[Said]) -> None:
    assert told(events) == []


def test_two_exits_of_every_day_are_a_habit() -> None:
    """A roaming telephone beside a hotel's network, or a service with two sites, from its fourth day on."""
    days = [one for n in range(6) for one in (logon(n * DAY, HOME), logon(n * DAY + 60, ABROAD))]
    assert told(days[:2])
    (hit,) = told(days)
    assert hit.count == 6
    slowly = [logon(n * DAY, (HOME, ABROAD)[n % 2]) for n in range(6)]
    assert told([*slowly, logon(7 * DAY, HOME), logon(7 * DAY + 60, ABROAD)]) == []


def test_what_is_forgotten_was_judged() -> None:
    """An account that is in use every hour keeps what was found, though not every logon."""
    one = ImpossibleTravel(Networks())
    for n in range(100):
        one.observe(batch_of(logon(n * HOUR, HOME), number=n))
        if n == 3:
            one.observe(batch_of(logon(n * HOUR + 60, ABROAD), number=1000))
    (hit,) = one.hits()
    assert hit.peers == (ABROAD[1], HOME[1])
    ((_, account),) = one._accounts.items()
    assert len(account.stays) <= 32
