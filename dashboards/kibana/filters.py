"""Filters in the form in which Kibana's own editor makes them, so that it can change them."""

from dashboards.kibana.board import AtLeast, Filter, Has, Is
from dashboards.kibana.columns import asked
from taishi.core.ecs import Kind
from taishi.core.event import Json


def query(kind: Kind | None, one: Filter) -> dict[str, Json]:
    """What Elasticsearch is asked, without `negated`."""
    column = asked(kind, one.column)
    match one:
        case Has():
            return {"exists": {"field": column}}
        case AtLeast():
            return {"range": {column: {"gte": one.least}}}
        case Is(values=(value,)):
            return {"match_phrase": {column: value}}
        case Is():
            phrases: list[Json] = [{"match_phrase": {column: value}} for value in one.values]
            return {"bool": {"should": phrases, "minimum_should_match": 1}}


def pill(kind: Kind | None, one: Filter, index: dict[str, Json]) -> Json:
    """A filter as it stands in the bar. `index`: how its data view is named there."""
    meta: dict[str, Json] = {
        "alias": None,
        "disabled": False,
        "negate": one.negated,
        "key": one.column,
        "field": one.column,
        **_editor(one),
        **index,
    }
    return {"meta": meta, "query": query(kind, one), "$state": {"store": "appState"}}


def _editor(one: Filter) -> dict[str, Json]:
    match one:
        case Has():
            return {"type": "exists", "value": "exists"}
        case AtLeast():
            return {"type": "range", "params": {"gte": one.least}}
        case Is(values=(value,)):
            return {"type": "phrase", "params": {"query": value}}
        case Is():
            return {"type": "phrases", "params": list[Json](one.values)}
