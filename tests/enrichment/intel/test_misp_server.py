"""The MISP REST path against a mock server: its answers are written after PyMISP's tests and the openapi."""

import json
from datetime import UTC, datetime

import pytest

from enrichment.intel.misp_server import SOURCE
from enrichment.intel.source import Sighted
from taishi.core.indicators import IntelSource
from taishi.core.problems import Problem
from tests.enrichment.intel.feeds import STAMP, attribute, event
from tests.enrichment.intel.test_misp_feed import Kept
from tests.servers.feed_server import Reply, site

NOW = datetime(2026, 11, 17, tzinfo=UTC)
KEY = "k" * 40


class MockMISP:
    """Knows a key, some events, and what it was told."""

    def __init__(self, *events: dict[str, object]) -> None:
        self.events = list(events)
        self.sightings: list[tuple[str, dict[str, object]]] = []
        self.withheld: set[str] = set()

    def __call__(self, _method: str, path: str, headers: dict[str, str], body: bytes) -> Reply:
        if headers.get("authorization") != KEY:
            message = {"name": "Authentication failed.", "message": "Authentication failed.", "url": path}
            return self._said(message, 403)
        if path.startswith("/servers/getVersion"):
            return self._said(
                {"version": "2.5.34", "pymisp_recommended_version": "2.5.34", "perm_sync": True}
            )
        if path.startswith("/users/view/me"):
            user = {"id": "1", "email": "soc@example.org", "org_id": "1", "role_id": "3"}
            return self._said({"User": user, "Role": {"id": "3", "name": "User"}, "UserSetting": {}})
        if path.startswith("/events/index"):
            index = [
                {"id": "1", "uuid": e["uuid"], "timestamp": e["timestamp"], "published": True}
                for e in self.events
            ]
            return self._said(index)
        if path.startswith("/events/restSearch"):
            wanted = set(json.loads(body)["uuid"]) - self.withheld
            return self._said({"response": [{"Event": e} for e in self.events if e["uuid"] in wanted]})
        if path.startswith("/sightings/add/"):
            self.sightings.append((path.rpartition("/")[2], json.loads(body)))
            return self._said({"Sighting": {"id": "1", "attribute_id": "1", "type": "0"}})
        return self._said({"name": "Not found"}, 404)

    @staticmethod
    def _said(document: object, status: int = 200) -> Reply:
        return Reply(status, json.dumps(document).encode(), {"Content-Type": "application/json"})


def source(url: str) -> IntelSource:
    return IntelSource("s", "misp", "misp-server", url, NOW, key="env:MISP_TEST_KEY")


@pytest.fixture(autouse=True)
def key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MISP_TEST_KEY", KEY)


ONE = event("one", attribute("ip-dst", "198.51.100.7"), attribute("md5", "a" * 32))
TWO = event("two", attribute("domain", "bad.example.org"))


def test_events_come_once_and_again_when_they_change() -> None:
    mock = MockMISP(ONE, TWO)
    with site(mock) as running:
        kept = Kept()
        first = SOURCE.look(source(running.url), {}, kept)
        assert kept.values == {"198.51.100.7", "a" * 32, "bad.example.org"}
        assert (first.fetched, first.problems) == (2, [])
        running.asked.clear()
        second = SOURCE.look(source(running.url), first.state, Kept())
        assert (second.fetched, second.unchanged) == (0, 2)
        assert not [path for path in running.asked if "restSearch" in path]
        mock.events = [event("two", attribute("domain", "new.example.org"), timestamp=str(STAMP + 9))]
        third_kept = Kept()
        third = SOURCE.look(source(running.url), second.state, third_kept)
        assert third_kept.values == {"new.example.org"}
        assert third.gone == {ONE["uuid"]}


def test_an_event_that_does_not_come_stays_and_is_tried_again() -> None:
    mock = MockMISP(ONE)
    with site(mock) as running:
        first = SOURCE.look(source(running.url), {}, Kept())
        mock.events = [event("one", attribute("ip-dst", "198.51.100.8"), timestamp=str(STAMP + 9))]
        mock.withheld = {str(ONE["uuid"])}
        second = SOURCE.look(source(running.url), first.state, Kept())
        assert len(second.problems) == 1
        assert second.gone == set()
        mock.withheld = set()
        kept = Kept()
        SOURCE.look(source(running.url), second.state, kept)
        assert kept.values == {"198.51.100.8"}


def test_sightings_go_back() -> None:
    mock = MockMISP(ONE)
    with site(mock) as running:
        uuid = str(attribute("ip-dst", "198.51.100.7")["uuid"])
        assert SOURCE.tell(source(running.url), [Sighted(uuid, STAMP, 3)]) == 1
    ((told, body),) = mock.sightings
    assert (told, body["type"], body["timestamp"]) == (uuid, "0", STAMP)


def test_a_wrong_key_is_told_and_never_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MISP_TEST_KEY", "wrong-" * 7)
    with site(MockMISP(ONE)) as running, pytest.raises(Problem) as problem:
        SOURCE.look(source(running.url), {}, Kept())
    assert "wrong-" not in str(problem.value)
    assert running.url in str(problem.value)


def test_a_server_that_is_away_or_lists_nothing_keeps_all() -> None:
    with site(MockMISP(ONE)) as running:
        first = SOURCE.look(source(running.url), {}, Kept())
    with pytest.raises(Problem, match="refused"):
        SOURCE.look(source(running.url), first.state, Kept())
    with site(MockMISP()) as running, pytest.raises(Problem, match="is kept"):
        SOURCE.look(source(running.url), first.state, Kept())


def test_a_server_that_answers_no_misp_is_told() -> None:
    with site(lambda *_: Reply(200, b"<html>login</html>")) as running, pytest.raises(Problem):
        SOURCE.look(source(running.url), {}, Kept())
