"""Queries in Elasticsearch's own language."""

from collections.abc import Iterable
from ipaddress import IPv4Network, IPv6Network

import pyarrow as pa

from taishi.core import ecs
from taishi.core.event import Json
from taishi.core.ports import Condition, Query
from taishi.core.problems import Problem
from taishi.store.asking import demands, network, spellings
from taishi.store.elasticsearch.documents import PAIRS, TEXT, TIME, pair
from taishi.store.elasticsearch.mapping import exact_field
from taishi.store.elasticsearch.pieces import OVERLAP, pieces
from taishi.store.elasticsearch.server import Object
from taishi.store.microseconds import microseconds

_MAPPED = IPv6Network("::ffff:0:0/96")


def to_elasticsearch(query: Query) -> Object:
    filters: list[Json] = []
    span: dict[str, Json] = {}
    if query.since:
        span["gte"] = microseconds(query.since)
    if query.until:
        span["lt"] = microseconds(query.until)
    if span:
        filters.append({"range": {TIME: span}})
    if query.text:
        filters.append(_contains(TEXT, "", query.text.lower()))
    filters.extend(_any([_condition(one) for one in anyone]) for anyone in demands(query))
    return {"bool": {"filter": filters}}


def sort(query: Query) -> list[dict[str, str]]:
    order = "desc" if query.newest_first else "asc"
    return [{TIME: order}, {"event.id": order}]


def _any(clauses: list[Json]) -> Json:
    return {"bool": {"should": clauses, "minimum_should_match": 1}}


def _condition(condition: Condition) -> Json:
    matched = _holds(condition)
    return {"bool": {"must_not": [matched]}} if condition.negated else matched


def _holds(condition: Condition) -> Json:
    if condition.field not in ecs.column_types():
        return _compare(PAIRS, pair(condition.field, ""), condition)
    net = network(condition)
    if net is None:
        return _compare(exact_field(condition.field), "", condition)
    within: Json = {"terms": {condition.field: [str(part) for part in _apart_from_ipv4(net)]}}
    if isinstance(net, IPv6Network) or not pa.types.is_string(ecs.column_types()[condition.field]):
        return within
    # 192.0.2.1 and ::ffff:192.0.2.1 are one address to Elasticsearch; as text they are two.
    mapped: Json = {"prefix": {exact_field(condition.field): "::ffff:"}}
    return {"bool": {"filter": [within], "must_not": [mapped]}}


def _apart_from_ipv4(net: IPv4Network | IPv6Network) -> Iterable[IPv4Network | IPv6Network]:
    """Elasticsearch keeps 192.0.2.1 as ::ffff:192.0.2.1, which no one means who asks for ::/0."""
    if isinstance(net, IPv6Network) and net.overlaps(_MAPPED):
        return net.address_exclude(_MAPPED) if net.supernet_of(_MAPPED) else ()
    return (net,)


def _compare(field: str, before: str, condition: Condition) -> Json:
    """`before` stands in front of each value in that field."""
    if condition.operator == "contains":
        return _contains(field, before, condition.value)
    if condition.operator == "startswith":
        return {"prefix": {field: before + _findable(condition.value)}}
    return _any([_equals(field, before, one) for one in spellings(condition)])


def _equals(field: str, before: str, value: str) -> Json:
    """A long value has each of its pieces, and nothing else has all of them."""
    return {"bool": {"filter": [{"term": {field: before + piece}} for piece in pieces(value)]}}


def _contains(field: str, before: str, value: str) -> Json:
    return {"wildcard": {field: {"value": f"{_literal(before)}*{_literal(_findable(value))}*"}}}


def _findable(value: str) -> str:
    """Raises Problem for what no piece of a long text is sure to hold whole."""
    if len(value) > OVERLAP:
        raise Problem(
            f"{value[:20]}…: has {len(value)} letters; Elasticsearch finds parts of up to {OVERLAP}"
        )
    return value


def _literal(text: str) -> str:
    return text.replace("\\", "\\\\").replace("*", "\\*").replace("?", "\\?")
