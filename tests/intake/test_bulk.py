"""Documents over HTTP: each has its fate, what is told to be taken is durable, sent again it adds nothing."""

import base64
import gzip
import json
import zlib
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from taishi.app.desk import Desk
from taishi.core.ledger import Fates
from taishi.core.problems import Problem
from taishi.core.records import Heartbeat, SensorLife
from taishi.intake.application import Intake
from taishi.intake.bodies import Room
from taishi.intake.bulk import Item, Malformed, items
from taishi.intake.pace import Pace
from tests.intake.conftest import Sender, basic, desk, lines, packed, sender

__all__ = ["desk", "sender"]

FLOW = {
    "@timestamp": "2026-11-17T07:00:00Z",
    "event": {"category": ["network"], "kind": "event"},
    "source": {"ip": "192.0.2.1", "port": 40001, "bytes": 10},
    "destination": {"ip": "198.51.100.7", "port": 443, "bytes": 20},
    "network": {"transport": "tcp"},
}


def flow(number: int) -> dict[str, Any]:
    return {**FLOW, "source": {"ip": "192.0.2.1", "port": number, "bytes": 10}}


def statuses(answer: dict[str, Any]) -> list[int]:
    return [told["status"] for item in answer["items"] for told in item.values()]


def test_what_is_taken_is_an_event_of_its_sender(sender: Sender) -> None:
    answer = sender.bulk(FLOW)
    (told,) = [item["create"] for item in answer["items"]]
    (event,) = sender.events()
    assert (answer["errors"], told["status"], told["result"], told["_index"]) == (
        False,
        201,
        "created",
        "logs",
    )
    assert told["_id"] == event.id
    assert (event.kind, event.text("source.ip"), event.fields["destination.port"]) == (
        "flow",
        "192.0.2.1",
        443,
    )
    assert event.text("taishi.sender") == "192.0.2.50"
    assert sender.desk.events.ledger()[sender.entry.id] == Fates(stored=1)


def test_a_bad_item_is_answered_in_its_place_and_kept(sender: Sender) -> None:
    answer = sender.bulk(
        flow(1), b"{no json", {"@timestamp": "yesterday", "source.ip": "192.0.2.1"}, flow(2), b"[1]"
    )
    assert answer["errors"] is True
    assert statuses(answer) == [201, 400, 400, 201, 400]
    reasons = [told.get("error", {}).get("reason", "") for item in answer["items"] for told in item.values()]
    assert ["no JSON" in reasons[1], "@timestamp is no time" in reasons[2], "object" in reasons[4]] == [
        True
    ] * 3
    assert [one["raw"] for one in sender.kept()][::2] == ["{no json", "[1]"]
    assert sender.desk.events.ledger()[sender.entry.id] == Fates(stored=2, quarantined=3)
    assert len(sender.events()) == 2


def test_sent_again_in_other_pieces_it_adds_nothing(sender: Sender) -> None:
    sender.bulk(*map(flow, range(10)))
    again = sender.bulk(*map(flow, range(5, 10)))
    more = sender.bulk(*map(flow, range(8, 20)))
    assert again["errors"] is False
    assert more["errors"] is False
    assert len(sender.events()) == 20
    assert sender.desk.events.ledger()[sender.entry.id] == Fates(stored=20, duplicate=7)


def test_sent_again_with_its_keys_in_another_order_it_adds_nothing(sender: Sender) -> None:
    """As Beats 7 do, whose documents are maps that are written anew at each try."""
    turned = {
        name: dict(reversed(about.items())) if isinstance(about, dict) else about
        for name, about in FLOW.items()
    }
    sender.bulk(FLOW, FLOW)
    sender.bulk(dict(reversed(turned.items())), FLOW)
    assert sender.desk.events.ledger()[sender.entry.id] == Fates(stored=2, duplicate=2)


def test_the_same_words_twice_in_one_request_are_two_events(sender: Sender) -> None:
    sender.bulk(FLOW, FLOW)
    sender.bulk(FLOW, FLOW)
    assert len(sender.events()) == 2


def test_an_id_of_the_senders_own_is_the_event(sender: Sender) -> None:
    def body(port: int) -> bytes:
        action = {"index": {"_index": "logs", "_id": "x1"}}
        return f"{json.dumps(action)}\n{json.dumps(flow(port))}\n".encode()

    first = sender.ask("POST", "/_bulk", body(1)).json()
    second = sender.ask("POST", "/_bulk", body(1)).json()
    assert [item["index"]["_id"] for item in first["items"] + second["items"]] == ["x1", "x1"]
    assert len(sender.events()) == 1


def test_another_sender_with_the_same_words_is_another(sender: Sender, desk: Desk) -> None:
    from taishi.app.sensors import Wanted

    _, token = desk.sensors.add(Wanted("web-2", "bulk"), "system")
    sender.bulk(FLOW)
    sender.ask("POST", "/_bulk", lines(FLOW), authorization=f"ApiKey {token}")
    assert len(sender.events()) == 2


def test_what_changes_events_is_refused_item_by_item(sender: Sender) -> None:
    about = b'{"_index": "logs", "_id": "1"}'
    body = b'{"delete": %s}\n{"update": %s}\n{"doc": {}}\n' % (about, about) + lines(FLOW)
    answer = sender.ask("POST", "/_bulk", body).json()
    assert statuses(answer) == [400, 400, 201]
    assert "kept as they came" in answer["items"][0]["delete"]["error"]["reason"]


@pytest.mark.parametrize("how", ["ApiKey {}", "Bearer {}", "basic", "packed", "apikey {}"])
def test_the_token_may_be_shown_in_every_usual_way(sender: Sender, how: str) -> None:
    said = how.format(sender.token)
    if how == "basic":
        said = basic(sender.token)
    if how == "packed":
        said = "ApiKey " + base64.b64encode(f"id:{sender.token}".encode()).decode()
    assert sender.ask("POST", "/_bulk", lines(FLOW), authorization=said).status_code == 200


@pytest.mark.parametrize(
    "said", ["", "ApiKey wrong", "Basic !!!", "Basic " + "A" * 40, "Digest x", "ApiKey "]
)
def test_without_a_token_nothing_is_taken(sender: Sender, said: str) -> None:
    for path in ("/_bulk", "/logs/_bulk", "/", "/_license"):
        answer = sender.ask("POST" if "bulk" in path else "GET", path, lines(FLOW), authorization=said)
        assert answer.status_code == 401
        assert answer.json()["error"]["type"] == "security_exception"
        assert "ApiKey" in answer.headers["www-authenticate"]
    assert sender.events() == []


def test_a_sensor_that_was_removed_is_let_in_no_more(sender: Sender) -> None:
    sender.desk.sensors.remove("web-1", "system")
    assert sender.ask("POST", "/_bulk", lines(FLOW)).status_code == 401


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b"", "body is required"),
        (b'{"create": {"_index": "a"}}\n{}', "newline"),
        (b"nonsense\n{}\n", "line [1]"),
        (b'{"create": {"_index": "a"}}\n{}\n{"crate": {}}\n{}\n', "found [crate]"),
        (b'{"create": {}}\n{}\n', "index is missing"),
        (b'{"create": {"_index": "a"}}\n', "document is missing"),
        (b'{"create": 1}\n{}\n', "START_OBJECT"),
    ],
)
def test_a_request_that_is_none_is_told_why_and_nothing_is_taken(
    sender: Sender, body: bytes, why: str
) -> None:
    answer = sender.ask("POST", "/_bulk", body)
    assert answer.status_code == 400
    assert why in answer.json()["error"]["reason"]
    assert sender.events() == []
    assert sender.desk.events.ledger().get(sender.entry.id, Fates()) == Fates()


def test_the_path_names_the_index_where_actions_do_not(sender: Sender) -> None:
    answer = sender.ask(
        "PUT", "/filebeat-8.19/_bulk", b'{"create": {}}\n' + json.dumps(FLOW).encode() + b"\n"
    )
    assert answer.json()["items"][0]["create"]["_index"] == "filebeat-8.19"


def test_packed_bodies(sender: Sender) -> None:
    for content, encoding in ((packed(lines(flow(1))), "gzip"), (zlib.compress(lines(flow(2))), "deflate")):
        assert sender.ask("POST", "/_bulk", content, content_encoding=encoding).status_code == 200
    two = packed(lines(flow(3))) + packed(lines(flow(4)))
    assert len(sender.ask("POST", "/_bulk", two, content_encoding="gzip").json()["items"]) == 2
    assert len(sender.events()) == 4


@pytest.mark.parametrize(
    ("content", "encoding"),
    [(b"no gzip at all\n", "gzip"), (packed(lines(FLOW))[:-9], "gzip"), (lines(FLOW), "br")],
)
def test_what_is_packed_wrongly_is_told(sender: Sender, content: bytes, encoding: str) -> None:
    answer = sender.ask("POST", "/_bulk", content, content_encoding=encoding)
    assert answer.status_code == 400
    assert sender.events() == []


def test_a_bomb_is_not_unpacked(sender: Sender) -> None:
    sender.app = Intake(sender.reception, sender.desk.sensors, Room(most=1 << 20))
    bomb = gzip.compress(b"a" * (200 << 20))
    answer = sender.ask("POST", "/_bulk", bomb, content_encoding="gzip")
    assert answer.status_code == 413
    assert answer.json()["error"]["type"] == "content_too_long_exception"
    assert sender.ask("POST", "/_bulk", lines(FLOW)).status_code == 200


def test_what_does_not_fit_beside_others_may_come_again(sender: Sender) -> None:
    sender.app = Intake(sender.reception, sender.desk.sensors, Room(most=1 << 20, together=100))
    answer = sender.ask("POST", "/_bulk", lines(FLOW))
    assert (answer.status_code, answer.headers["retry-after"]) == (429, "1")
    assert sender.events() == []
    sender.reception.tend()
    (beat,) = sender.desk.state.find(Heartbeat)
    assert (beat.refused, beat.reasons) == (1, {"too much at once": 1})


def test_a_sender_that_is_too_fast_is_slowed(sender: Sender) -> None:
    now = [0.0]
    sender.app = Intake(sender.reception, sender.desk.sensors, pace=Pace(10, 20, lambda: now[0]))
    assert sender.ask("POST", "/_bulk", lines(*map(flow, range(20)))).status_code == 200
    answer = sender.ask("POST", "/_bulk", lines(*map(flow, range(20, 40))))
    assert (answer.status_code, answer.headers["retry-after"]) == (429, "3")
    now[0] = 2.0
    assert sender.ask("POST", "/_bulk", lines(*map(flow, range(20, 40)))).status_code == 200
    assert len(sender.events()) == 40


def test_a_store_that_refuses_is_told_as_unavailable(sender: Sender, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise Problem("the disk is full; make room")

    with monkeypatch.context() as patch:
        patch.setattr(type(sender.desk.events), "write", full)
        answer = sender.ask("POST", "/_bulk", lines(FLOW))
    assert answer.status_code == 503
    assert "disk is full" in answer.json()["error"]["reason"]
    assert sender.desk.events.ledger().get(sender.entry.id, Fates()) == Fates()
    assert statuses(sender.bulk(FLOW)) == [201]


def test_only_kinds_that_it_may_bring(desk: Desk, tmp_path: Any) -> None:
    sender = Sender(desk, tmp_path / "q", kinds=("dns",))
    dns = {
        "@timestamp": "2026-11-17T07:00:00Z",
        "dns": {"question": {"name": "a.example"}},
        "event": {"category": ["network"]},
    }
    answer = sender.bulk(FLOW, dns)
    assert statuses(answer) == [403, 201]
    assert "kind flow" in answer["items"][0]["create"]["error"]["reason"]
    assert [event.kind for event in sender.events()] == ["dns"]
    assert desk.events.ledger()[sender.entry.id] == Fates(stored=1, quarantined=1)


def test_events_without_an_owner_are_its_units(desk: Desk, tmp_path: Any) -> None:
    sender = Sender(desk, tmp_path / "q", unit="县教育局")
    sender.bulk(FLOW)
    (event,) = sender.events()
    assert event.text("taishi.host.unit") == "县教育局"


def test_its_heartbeat_says_what_came_and_how_far_behind(sender: Sender) -> None:
    assert sender.desk.sensors.status("web-1")[0].state == "waiting"
    sender.bulk(FLOW, b"nonsense")
    sender.reception.tend()
    (status,) = sender.desk.sensors.status("web-1")
    beat = status.beat
    assert (status.state, beat.received, beat.events, beat.damaged) == ("live", 2, 1, 1)
    assert beat.lag_s == 20 * 60
    assert beat.last_seen == datetime(2026, 11, 17, 7, 20, tzinfo=UTC)
    assert [life.sensor for life in sender.desk.state.find(SensorLife)] == [sender.entry.id]


def test_a_large_request_is_taken_whole(sender: Sender) -> None:
    assert sender.bulk(*map(flow, range(25_000)))["errors"] is False
    assert sender.desk.events.ledger()[sender.entry.id] == Fates(stored=25_000)


def test_clients_that_ask_for_little_are_told_little(sender: Sender) -> None:
    answer = sender.ask("POST", "/_bulk?filter_path=errors,items.*.error,items.*.status", lines(FLOW)).json()
    assert "_index" not in answer["items"][0]["create"]


_ACTIONS = st.sampled_from(["create", "index", "update", "delete"])
_PLAIN = st.dictionaries(st.text(max_size=5), st.integers() | st.text(max_size=5), max_size=3)


@given(
    st.lists(st.tuples(_ACTIONS, st.none() | st.text(min_size=1, max_size=5), _PLAIN), min_size=1, max_size=8)
)
def test_bodies_are_read_as_they_were_made(given: list[tuple[str, str | None, dict[str, Any]]]) -> None:
    body = b""
    for action, identity, document in given:
        about = {"_index": "a"} | ({"_id": identity} if identity else {})
        body += json.dumps({action: about}).encode() + b"\n"
        body += b"" if action == "delete" else json.dumps(document).encode() + b"\n"
    found: list[Item] = items(body)
    assert [(one.action, one.id) for one in found] == [(action, identity) for action, identity, _ in given]
    offered = [json.loads(one.offered.raw) for one in found if one.offered]
    assert offered == [doc for action, _, doc in given if action in ("create", "index")]


@given(st.binary(max_size=200))
def test_any_bytes_are_items_or_malformed(body: bytes) -> None:
    with suppress(Malformed):
        assert all(one.index for one in items(body, "a"))
