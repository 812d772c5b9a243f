"""Rules on a schedule over the real server: the hits of the engine, no more and no fewer, once each."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import msgspec
import pyarrow.compute as pc
import pytest
from elasticsearch import Elasticsearch

import detections.rules
from detections.engine.load import RulePack, load_rules
from detections.networks import PRIVATE, Networks
from detections.rule_watch import RuleWatch
from taishi.app.desk import open_desk
from taishi.app.judging import Judging
from taishi.app.rule_costs import read_costs
from taishi.app.rule_examples import read_examples
from taishi.app.scheduled_rules import running
from taishi.app.scheduled_rules.looking import LIMIT, WORTH, Looking
from taishi.app.scheduled_rules.running import EVERY_S, LATE_S, ScheduledRules
from taishi.app.scheduled_rules.split import split
from taishi.app.service import Service
from taishi.core.event import Batch
from taishi.core.records import Alert, Hit, RuleException
from taishi.core.searching import Searchable
from taishi.kit.kept import Kept
from taishi.store import open_event_store, open_state_store
from taishi.store.elasticsearch.store import ElasticsearchStore
from tests.app.test_rulebook import lay
from tests.app.test_service_rules import CLEARED, CORRELATION, MANY, SPECIAL, START, drop

OWN = Path(next(iter(detections.rules.__path__)))
NETWORKS = Networks(PRIVATE)
LATER = "6f0b9a2c-6d5c-4e53-a6f0-0e0f4d6a0304"
AFTERWARDS = SPECIAL.replace(CLEARED, LATER).replace("4672", "4648")
pytestmark = pytest.mark.elasticsearch


class Scene:
    """A store with rules that search it, and a clock that is set by hand."""

    def __init__(self, uri: str, pack: RulePack, folder: Path, limit: int = LIMIT, worth: int = 0) -> None:
        store = open_event_store(uri)
        assert isinstance(store, ElasticsearchStore)
        self.store, self.pack, self._folder = store, pack, folder
        self._limit, self._worth = limit, worth
        self.now = 0.0
        self.start()

    def start(self) -> None:
        """As after a kill."""
        search, kept = self.store.rule_search(), Kept(self._folder / "kept")
        self.split = split(self.pack, search.naming, kept)
        watch = RuleWatch(self.split.searched, NETWORKS, devices=False)
        self.looking = Looking(search, self.split.queries, watch, self._limit, self._worth)
        state = open_state_store(str(self._folder / "state.db"))
        self.rules = ScheduledRules(state, search, self.looking, clock=lambda: self.now)

    def looked(self, judged: bool = True) -> list[Hit]:
        """What all looks at this moment find."""
        hits: list[Hit] = []
        while True:
            before = self.looking.cost.slices
            hits += self.rules.take()
            if not judged:
                return hits
            self.rules.judged()
            if self.looking.cost.slices == before:
                return hits


def told(hits: Iterable[Hit]) -> list[tuple[str, str]]:
    found = sorted((hit.rule, hit.id) for hit in hits)
    assert len(set(found)) == len(found), "the same hit twice"
    return found


def by_engine(pack: RulePack, batches: Sequence[Batch]) -> list[tuple[str, str]]:
    watch = RuleWatch(pack, NETWORKS)
    return sorted({(hit.rule, hit.id) for batch in batches for hit in watch.observe(batch)})


@pytest.fixture(scope="module")
def own() -> RulePack:
    return load_rules([OWN])


@pytest.fixture(scope="module")
def examples(own: RulePack) -> list[Batch]:
    return [somewhere(one.batch) for rule in own.rules for one in read_examples(rule)]


def somewhere(batch: Batch) -> Batch:
    """The event at hosts of ours, where it names none: nothing is hit without a subject."""
    rows = batch.rows
    for name, value in (
        ("source.ip", "192.168.7.5"),
        ("destination.ip", "192.168.7.6"),
        ("host.name", "pc7.example"),
    ):
        at = rows.schema.get_field_index(name)
        rows = rows.set_column(at, rows.schema.field(at), pc.fill_null(rows.column(at), value))
    return Batch(batch.kind, rows)


@pytest.fixture
def scene(uri: str, own: RulePack, tmp_path: Path) -> Iterator[Scene]:
    made = Scene(uri, own, tmp_path)
    with closing(made.store):
        yield made


def test_queries_and_engine_together_find_what_the_engine_finds(scene: Scene, examples: list[Batch]) -> None:
    scene.store.write(examples)
    found = told(scene.looked())
    rest = by_engine(scene.split.rest, examples)
    assert sorted([*found, *rest]) == by_engine(scene.pack, examples)
    assert len(found) > 80
    assert not scene.looking.cost.unanswered
    assert scene.looking.cost.events < sum(map(len, examples)), "the engine looked at everything"
    assert scene.looked() == []
    scene.now += EVERY_S + LATE_S
    assert scene.looked() == [], "told twice"


def test_the_engine_looks_itself_where_a_query_finds_too_much(
    uri: str, own: RulePack, examples: list[Batch], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    scene = Scene(uri, own, tmp_path, limit=1)
    with closing(scene.store):
        scene.store.write(examples)
        with caplog.at_level("WARNING", "taishi.rules"):
            assert told(scene.looked()) == told_by_searched(scene, examples)
        unanswered = scene.looking.cost.unanswered
        assert len([one for one in caplog.records if one.name == "taishi.rules"]) == len(unanswered) > 10
        assert all(f"({rule})" in caplog.text for rule in unanswered)
        assert "finds more than 1 events" in caplog.text


def test_few_events_are_read_rather_than_asked_for(
    uri: str, own: RulePack, examples: list[Batch], tmp_path: Path
) -> None:
    scene = Scene(uri, own, tmp_path, worth=WORTH)
    with closing(scene.store):
        scene.store.write(examples)
        assert told(scene.looked()) == told_by_searched(scene, examples)
        assert scene.looking.cost.queries == 0


def told_by_searched(scene: Scene, batches: Sequence[Batch]) -> list[tuple[str, str]]:
    watch = RuleWatch(scene.split.searched, NETWORKS, devices=False)
    return sorted({(hit.rule, hit.id) for batch in batches for hit in watch.observe(batch)})


def test_events_that_show_late_are_found(scene: Scene, examples: list[Batch]) -> None:
    """A bulk request that is slow shows its events under lower numbers than those that were there before."""
    late, early = examples[: len(examples) // 2], examples[len(examples) // 2 :]
    scene.store._next = 100_000  # numbers as another writer's request has them
    scene.store.write(early)
    first = told(scene.looked())
    scene.store._next = 1_000
    scene.store.write(late)
    scene.now += EVERY_S
    assert scene.looked() == []
    scene.now += LATE_S
    again = told(scene.looked())
    assert sorted({*first, *again}) == told_by_searched(scene, examples)
    assert len(again) > len(first), "nothing showed late"
    scene.now += 10 * LATE_S
    assert scene.looked() == []


def test_what_was_not_judged_is_found_again_after_a_kill(scene: Scene, examples: list[Batch]) -> None:
    scene.store.write(examples)
    lost = told(scene.looked(judged=False))
    scene.start()
    assert told(scene.looked()) == lost
    scene.now += LATE_S
    scene.looked()
    scene.start()
    assert scene.looked() == [], "begins behind what was looked at twice"


def test_another_store_is_looked_at_from_its_beginning(
    uri: str, own: RulePack, examples: list[Batch], tmp_path: Path
) -> None:
    """Numbers begin anew there: what was remembered of the other says nothing."""
    for number, batch in enumerate(examples[:2]):
        scene = Scene(f"{uri}{number}", own, tmp_path)
        with closing(scene.store):
            scene.store.write([batch])
            found = told(scene.looked())
            assert found == told_by_searched(scene, [batch])
            scene.now += LATE_S
            scene.looked()


def test_a_server_that_refuses_queries_leaves_them_to_the_engine(
    scene: Scene, examples: list[Batch], elasticsearch_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    scene.store.write(examples)
    with Elasticsearch(elasticsearch_url) as client:
        client.cluster.put_settings(persistent={"search.allow_expensive_queries": False})
        try:
            assert told(scene.looked()) == told_by_searched(scene, examples)
        finally:
            client.cluster.put_settings(persistent={"search.allow_expensive_queries": None})
    assert "its query is refused" in caplog.text
    assert "search.allow_expensive_queries" in caplog.text


def test_the_service_comes_to_the_same_hits_and_alerts(
    uri: str, examples: list[Batch], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Correlations, exceptions, suppression and rules put in at work, on a store that is searched and on one
    whose events are seen as they come.
    """
    monkeypatch.setattr(running, "EVERY_S", 0.0)
    monkeypatch.setattr(Looking.__init__, "__defaults__", (LIMIT, 0))
    seen = Seen(tmp_path / "seen", None, examples)
    searched = Seen(tmp_path / "searched", uri, examples)
    assert len(seen.hits) > 80
    assert len(seen.alerts) > 3
    assert searched.hits == seen.hits
    assert searched.alerts == seen.alerts
    assert searched.excepted == seen.excepted
    by_rule = Counter(rule for _, rule in seen.hits)
    assert (by_rule[MANY], by_rule[CLEARED], by_rule[LATER]) == (1, 2, 2)
    assert seen.excepted == {"E-1": 2, "E-2": 1}
    costs = read_costs(tmp_path / "searched")
    assert costs is not None
    assert costs.searches is not None
    assert costs.searches.rules > 90
    assert costs.searches.queries > 0
    assert costs.searches.unanswered == {}


def test_what_the_service_could_not_judge_is_found_again_after_a_kill(
    uri: str, examples: list[Batch], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(running, "EVERY_S", 0.0)
    monkeypatch.setattr(running, "LATE_S", 0.0)
    desk = open_desk(tmp_path, store_uri=uri)
    with closing(desk):
        assert isinstance(desk.events, Searchable)
        desk.events.write(examples)

        def refuse(*_: object) -> None:
            raise OSError("no room for what was judged")

        with monkeypatch.context() as full:
            full.setattr(Judging, "_judge", refuse)
            service = Service(tmp_path, desk, search=desk.events.rule_search())
            for _ in range(3):
                service.look()
            assert "no room" in str(service.ailing())
        assert desk.state.find(Hit) == []
        Service(tmp_path, desk, search=desk.events.rule_search()).look()
        assert len(desk.state.find(Hit)) > 80


class Seen:
    """What a service comes to."""

    def __init__(self, data: Path, uri: str | None, examples: list[Batch]) -> None:
        lay(data / "rules" / "logons", many=CORRELATION, special=SPECIAL)
        desk = open_desk(data, store_uri=uri)
        with closing(desk):
            desk.state.put(
                exception("E-1", CLEARED, mode="suppress", every_s=90, group=("host.name",)),
                exception("E-2", LATER, where={"source.ip": "203.0.113.9", "host.name": "dc2"}),
            )
            desk.events.write(examples)
            search = desk.events.rule_search() if isinstance(desk.events, Searchable) else None
            self._service = Service(data, desk, search=search)
            drop(data, "many", range(6))
            drop(data, "special", range(4), code=4672)
            self._look()
            lay(data / "rules" / "later", later=AFTERWARDS)
            self._service.rules()
            self._service.rules()
            self._look()
            drop(data, "later", range(2), code=4648)
            drop(data, "elsewhere", range(1), code=4648, host="dc2")
            self._look()
            assert self._service.ailing() == []
            self.hits = sorted((hit.id, hit.rule) for hit in desk.state.find(Hit))
            self.alerts = sorted((a.id, a.verdict.level, a.verdict.count) for a in desk.state.find(Alert))
            costs = read_costs(data)
            self.excepted = costs.excepted if costs else {}

    def _look(self) -> None:
        for _ in range(3):  # a file is taken at the second, what rules search for is there at the third
            self._service.look()


def exception(name: str, rule: str, **more: object) -> RuleException:
    since, until = START - timedelta(days=1), START + timedelta(days=1)
    return msgspec.convert(
        {
            "id": name, "rule": rule, "since": since, "until": until, "why": "known", "who": "admin",
            "created_at": since, **more,
        },
        RuleException,
    )  # fmt: skip
