"""A part of the store that does not answer: nothing is told as if it were the whole."""

from collections.abc import Callable
from contextlib import closing

import pytest
from elasticsearch import Elasticsearch
from rows import numbered

from taishi.core.ports import Query
from taishi.store import open_event_store
from taishi.store.elasticsearch.server import Away
from taishi.store.elasticsearch.store import ElasticsearchStore

pytestmark = pytest.mark.elasticsearch

QUESTIONS: dict[str, Callable[[ElasticsearchStore], object]] = {
    "stream": lambda store: store.stream(None),
    "search": lambda store: store.search(Query()),
    "count": lambda store: store.count(Query()),
    "groups": lambda store: store.groups(Query(), ["source.ip"]),
    "the next events for rules": lambda store: store.rule_search().next(0, 1 << 40),
    "what is known already": lambda store: store.write([numbered(1, "flow", 900)]),
}


def test_no_answer_lacks_a_part(uri: str) -> None:
    """A stream whose newest index has no place to be, as after a restart until it is read back."""
    address, _, prefix = uri.removeprefix("elasticsearch+").rpartition("/")
    with Elasticsearch(address) as client, closing(open_event_store(uri)) as store:
        assert isinstance(store, ElasticsearchStore)
        store.write([numbered(5, "flow", 0), numbered(3, "dns", 0)])
        settings = client.cluster.get_component_template(name=f"{prefix}-settings")["component_templates"][0]
        template = settings["component_template"]["template"]
        template["settings"]["index"] |= {"routing": {"allocation": {"require": {"_name": "nobody"}}}}
        client.cluster.put_component_template(name=f"{prefix}-settings", template=template)
        rolled = client.indices.rollover(alias=f"{prefix}-dns", wait_for_active_shards="0")["new_index"]
        for name, ask in QUESTIONS.items():
            with pytest.raises(Away):
                pytest.fail(f"{name}: {ask(store)}")
        client.indices.put_settings(index=rolled, settings={"index.routing.allocation.require._name": None})
        client.cluster.health(index=rolled, wait_for_status="yellow")
        assert store.count(Query()) == 8
        assert sum(map(len, store.stream(None)[0])) == 8
