"""What one platform sends the other has: the same ids, once, in any order, and nothing of a torn file."""

import json
import os
import random
from collections.abc import Callable
from datetime import timedelta
from io import BytesIO
from pathlib import Path

import msgspec
import pytest
from jsonschema import Draft202012Validator

from taishi.app.desk import Desk
from taishi.app.exchange.checking import check
from taishi.app.exchange.cursor import Cursor, read_cursor
from taishi.app.exchange.envelope import ALL_TYPES, types_of
from taishi.app.exchange.schema import schema
from taishi.app.exchange.senders import senders
from taishi.app.exchange.sending import Part, Sending
from taishi.app.exchange.taking import Taken, Taking, into_inbox, into_store
from taishi.core.clock import FixedClock
from taishi.core.event import Event
from taishi.core.exchange_records import ReceivedItem
from taishi.core.ports import Query
from taishi.core.problems import Problem
from taishi.core.records import Person
from tests.app.exchange.conftest import flows

#: Out and back; the issue's number under TAISHI_SOAK.
MANY = 100_000 if os.environ.get("TAISHI_SOAK") else 6_000


def send(desk: Desk, folder: Path, since: str = "", types: frozenset[str] = ALL_TYPES) -> list[Path]:
    folder.mkdir(exist_ok=True)
    begin = read_cursor(since, desk.events) if since else None
    return [path for path, _ in Sending(desk, types).write_parts(begin, folder)]


def take(desk: Desk, path: Path) -> Taken:
    return Taking(desk, into_store(desk)).take(check(path))


def all_events(desk: Desk) -> dict[str, Event]:
    batches, cursor = desk.events.stream(None, 1_000_000)
    assert desk.events.stream(cursor)[0] == []
    return {event.id: event for batch in batches for event in batch.events()}


def told(event: Event) -> tuple[str, dict[str, object]]:
    """All of it but who owns it: that the other platform's register says."""
    return event.kind, {
        name: value for name, value in event.fields.items() if not name.endswith((".unit", ".asset"))
    }


def test_the_other_has_the_same_events(county: Desk, city: Desk, tmp_path: Path) -> None:
    for path in send(county, tmp_path / "up"):
        take(city, path)
    here, there = all_events(county), all_events(city)
    assert len(there) == 503
    assert {id_: told(event) for id_, event in there.items()} == {
        id_: told(event) for id_, event in here.items()
    }


def test_many_go_out_and_come_back_once(open_platform: Callable[[str], Desk], tmp_path: Path) -> None:
    county, city, back = open_platform("county"), open_platform("city"), open_platform("back")
    county.events.write(flows(2_000, first) for first in range(0, MANY, 2_000))
    up = send(county, tmp_path / "up", types=types_of(["events"]))
    deliveries = [path for path in up for _ in range(random.Random(8).randint(1, 5))]
    random.Random(9).shuffle(deliveries)
    for path in deliveries:
        take(city, path)
    for path in send(city, tmp_path / "down", types=types_of(["events"])):
        take(back, path)
        take(county, path)
    ids = set(all_events(county))
    assert len(ids) == MANY
    assert set(all_events(city)) == set(all_events(back)) == ids
    assert county.events.count(Query()) == back.events.count(Query()) == MANY


def test_alerts_letters_and_counts_go_up_and_are_kept_apart(county: Desk, city: Desk, tmp_path: Path) -> None:
    (path,) = send(county, tmp_path / "up", types=types_of(["alerts", "notices", "counts"]))
    assert take(city, path).items == 3
    (sender,) = senders(city.state)
    assert (sender.name, sender.total, dict(sender.by_level)["high"]) == (county.bureau.name, 1, 1)
    assert sender.items == {"taishi.alert": 1, "taishi.notice": 1, "taishi.count": 1}
    assert city.alerts.list(limit=None).total == 0


def test_the_latest_revision_stays_in_whatever_order_they_come(
    county: Desk, city: Desk, tmp_path: Path
) -> None:
    (first,) = send(county, tmp_path / "one", types=types_of(["alerts"]))
    assert isinstance(county.clock, FixedClock)
    county.clock.advance(timedelta(minutes=30))
    county.state.put(Person("li", "李", ("analyst",), "-"))
    (alert,) = county.alerts.list(limit=None).alerts
    county.alerts.dismiss(alert.id, "li", "误报")
    (second,) = send(county, tmp_path / "two", types=types_of(["alerts"]))
    for path in (second, first):
        take(city, path)
    (item,) = city.state.find(ReceivedItem)
    assert json.loads(item.data)["state"] == "dismissed"


def test_it_goes_on_where_it_was(county: Desk, city: Desk, tmp_path: Path) -> None:
    (first,) = send(county, tmp_path / "up", types=types_of(["events"]))
    county.events.write([flows(40, 500)])
    (second,) = send(county, tmp_path / "up", check(first).manifest.next, types_of(["events"]))
    assert check(second).manifest.lines == 40
    assert take(city, second).stored == 40
    assert len(senders(city.state)[0].gaps) == 1
    assert take(city, first).stored == 503
    assert senders(city.state)[0].gaps == []


def test_a_stream_is_taken_once(county: Desk, city: Desk, tmp_path: Path) -> None:
    (path,) = send(county, tmp_path / "up", types=types_of(["flow"]))
    assert (take(city, path).stored, take(city, path).again) == (500, True)
    (same_events,) = send(county, tmp_path / "again", types=types_of(["events"]))
    taken = take(city, same_events)
    assert (taken.stored, taken.duplicate) == (3, 500)
    assert [one.action for one in city.state.decisions()] == ["take", "take"]
    assert [one.object_id for one in county.state.decisions() if one.action == "send"] == [
        check(each).manifest.sha256 for each in (path, same_events)
    ]


def torn(body: bytes, where: int) -> bytes:
    return body[:where]


def flipped(body: bytes, where: int) -> bytes:
    return body[:where] + bytes([body[where] ^ 1]) + body[where + 1 :]


@pytest.mark.parametrize("damaged", [torn, flipped])
def test_nothing_of_a_damaged_file_is_taken(
    county: Desk, tmp_path: Path, damaged: Callable[[bytes, int], bytes]
) -> None:
    (path,) = send(county, tmp_path / "up", types=types_of(["dns"]))
    body, seeded = path.read_bytes(), random.Random(7)
    for where in [0, 1, len(body) - 1, *(seeded.randrange(len(body)) for _ in range(60))]:
        path.write_bytes(damaged(body, where))
        with pytest.raises(Problem, match="part-000001"):
            check(path)


def test_parts_left_out_doubled_or_moved_within_a_stream_are_seen(county: Desk, tmp_path: Path) -> None:
    (path,) = send(county, tmp_path / "up", types=types_of(["dns"]))
    begin, *items, manifest, signature = path.read_bytes().splitlines(keepends=True)
    for lines in (items[1:], [*items, items[0]], items[::-1]):
        path.write_bytes(b"".join([begin, *lines, manifest, signature]))
        with pytest.raises(Problem, match="manifest"):
            check(path)


def test_the_sender_is_who_holds_the_certificate(county: Desk, city: Desk, tmp_path: Path) -> None:
    (path,) = send(county, tmp_path / "up", types=types_of(["dns"]))
    assert check(path, county.seal.certificate_pem).manifest.certificate == county.seal.fingerprint
    with pytest.raises(Problem, match=county.seal.fingerprint):
        check(path, city.seal.certificate_pem)


def test_a_line_that_cannot_be_used_is_kept_with_its_reason(county: Desk, city: Desk, tmp_path: Path) -> None:
    sending = Sending(county, types_of(["dns"]))
    part = next(sending.parts(Cursor()))
    bad = msgspec.structs.replace(part.lines[0], data=msgspec.Raw(b'{"destination.port":"no port"}'))
    other = msgspec.structs.replace(part.lines[1], type="taishi.event.telepathy")
    body = BytesIO()
    sending.write([Part([bad, other, part.lines[2]], part.next)], None, body)
    path = tmp_path / "odd.ndjson"
    path.write_bytes(body.getvalue())
    taken = take(city, path)
    assert (taken.stored, [line for line, _, _ in taken.refused]) == (1, [2, 3])
    (kept,) = (city.data / "quarantine").iterdir()
    reasons = [json.loads(line)["reason"] for line in kept.read_text("utf-8").splitlines()]
    assert "destination.port" in reasons[0]
    assert "telepathy" in reasons[1]


def test_a_running_service_gets_them_through_its_inbox(county: Desk, city: Desk, tmp_path: Path) -> None:
    (path,) = send(county, tmp_path / "up", types=types_of(["dns"]))
    inbox = tmp_path / "inbox"
    taken = Taking(city, into_inbox(inbox)).take(check(path))
    assert (taken.handed, taken.stored) == (3, 0)
    lines = [json.loads(line) for file in inbox.iterdir() for line in file.read_text("utf-8").splitlines()]
    assert {line["event.id"] for line in lines} == {
        e.id for e in all_events(county).values() if e.kind == "dns"
    }


def test_a_cursor_of_another_store_is_refused(county: Desk, city: Desk, tmp_path: Path) -> None:
    (path,) = send(county, tmp_path / "up", types=types_of(["dns"]))
    with pytest.raises(Problem, match="another event store"):
        read_cursor(check(path).manifest.next, city.events)


def test_only_what_happened_since_a_time(county: Desk, tmp_path: Path) -> None:
    moment = all_events(county)
    latest = max(event.time for event in moment.values())
    body = BytesIO()
    sending = Sending(county, types_of(["events"]), latest)
    assert sending.write(sending.parts(Cursor()), None, body).lines == 1


def test_every_line_fits_the_schema(county: Desk, tmp_path: Path) -> None:
    validator = Draft202012Validator(msgspec.json.decode(msgspec.json.encode(schema())))
    lines = [
        json.loads(line) for path in send(county, tmp_path / "up") for line in path.read_bytes().splitlines()
    ]
    assert {line["type"] for line in lines} >= {"taishi.alert", "taishi.count", "taishi.event.dns"}
    assert [error.message for line in lines[::29] + lines[:6] for error in validator.iter_errors(line)] == []
    wrong = {**lines[-3], "data": {**lines[-3]["data"], "@timestamp": 7}}
    assert list(validator.iter_errors(wrong))


def test_batches_come_back_as_they_were(county: Desk, city: Desk, tmp_path: Path) -> None:
    (path,) = send(county, tmp_path / "up", types=types_of(["flow"]))
    take(city, path)
    (batch,), _ = city.events.stream(None)
    event = next(batch.events())
    assert event.extra == {"n": 0, "一": [1.5, None]}
    assert event.text("event.original") == "raw 0"
