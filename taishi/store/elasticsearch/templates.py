"""Templates on the server: component templates that are shared, and a data stream a kind.

The names begin with the store's prefix, so that several stores share a server.
"""

from hashlib import sha256

import msgspec
from elasticsearch import Elasticsearch

from taishi.core.ecs import Kind
from taishi.core.event import Json
from taishi.store.elasticsearch import mapping
from taishi.store.elasticsearch.documents import TEXT
from taishi.store.elasticsearch.server import Object, Server

#: Above Elastic's own templates (100, 200) for names as ours.
_PRIORITY = 500
#: Fields that an index may have; own fields beyond stay findable by `taishi.pairs`.
_FIELDS = 4000

SETTINGS: Object = {
    "index.number_of_shards": 1,
    "index.auto_expand_replicas": "0-1",
    "index.codec": "best_compression",
    "index.mapping.total_fields.limit": _FIELDS,
    "index.mapping.total_fields.ignore_dynamic_beyond_limit": True,
    # What a query without a field looks in: the raw record and the message.
    "index.query.default_field": [TEXT],
}


def stream(prefix: str, kind: Kind) -> str:
    """The data stream of a kind."""
    return f"{prefix}-{kind}"


def components(prefix: str) -> dict[str, dict[str, Json]]:
    """Component templates by name: settings, columns of every kind, a source's own fields."""
    made: dict[str, dict[str, Json]] = {
        f"{prefix}-settings": {"settings": dict(SETTINGS)},
        f"{prefix}-ecs": {"mappings": mapping.common()},
        f"{prefix}-own": {"mappings": mapping.own()},
        f"{prefix}-windows-ecs": {"mappings": mapping.windows()},
    }
    return {name: {"template": dict(template)} for name, template in made.items()}


def index_template(prefix: str, kind: Kind, managed: bool) -> dict[str, Json]:
    """Of one data stream. `managed`: by a lifecycle policy of the same name. `_meta` tells one release's
    templates from another's.
    """
    parts = [f"{prefix}-{part}" for part in ("settings", "ecs", "own")]
    if kind == "windows":
        parts.append(f"{prefix}-windows-ecs")
    template: dict[str, Json] = {"mappings": mapping.specific(kind)}
    if managed:
        template["settings"] = {"index.lifecycle.name": stream(prefix, kind)}
    made: dict[str, Json] = {
        # The name itself, no pattern: a store `taishi` does not rule over one called `taishi-flow-2`.
        "index_patterns": [stream(prefix, kind)],
        "data_stream": {},
        "priority": _PRIORITY,
        "composed_of": list[Json](parts),
        "template": template,
    }
    mark = sha256(msgspec.json.encode([components(prefix), made])).hexdigest()[:16]
    return {**made, "_meta": {"taishi": mark}}


def bring_up(server: Server, prefix: str, kind: Kind, managed: bool) -> None:
    """Puts the templates of this release where the server has none or others; an open stream then gets a new
    backing index, which has them. Raises Problem.
    """
    name, body = stream(prefix, kind), index_template(prefix, kind, managed)
    with server.asked("putting the templates") as client:
        if _meta_of(client, name) == body["_meta"]:
            return
        for part, of in components(prefix).items():
            client.cluster.put_component_template(name=part, body=of)
        if client.indices.exists(index=name):
            client.indices.put_index_template(name=name, body={**body, "_meta": {}})
            client.indices.rollover(alias=name)
        # Last with its mark, so that whoever is killed in between does it again.
        client.indices.put_index_template(name=name, body=body)


def _meta_of(client: Elasticsearch, name: str) -> Json:
    found = client.options(ignore_status=404).indices.get_index_template(name=name).body
    for one in found.get("index_templates", ()):
        meta: Json = one["index_template"].get("_meta")
        return meta
    return None
