"""What came over a network is read by the sensors of files."""

from datetime import UTC, datetime, timedelta

from sensors.choose import sense
from taishi.core.source import Source

CAME = datetime(2026, 3, 2, 4, tzinfo=UTC)
LINE = b"<38>Mar  2 11:59:58 gw sshd[7]: Failed password for root from 192.0.2.7 port 4242 ssh2\n"


def events(identity: str, content: bytes = LINE):
    source = Source.received_as("syslog 192.0.2.1", content, CAME, identity)
    return [event for one in sense(source).read(source, fail) for event in one.events()]


def fail(record: int, reason: str, raw: bytes) -> None:
    raise AssertionError((record, reason, raw))


def test_lines_from_a_network_are_events_of_the_year_they_came_in():
    (event,) = events("first")
    assert event.kind == "logon"
    assert event.time == CAME - timedelta(seconds=2)


def test_the_same_delivery_makes_the_same_ids_and_another_makes_others():
    once, again, other = (events(one, LINE * 2) for one in ("first", "first", "second"))
    assert [one.id for one in once] == [one.id for one in again]
    assert len({one.id for one in [*once, *other]}) == 4
