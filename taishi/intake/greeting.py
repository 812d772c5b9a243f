"""What log shippers ask before they send, answered so that they go on: product, licence, health, templates.

Elasticsearch 8.19 REST API. Templates, policies and pipelines that they bring are thanked for and not kept:
events are read by our own sensors.
"""

import hashlib
import re
from collections.abc import Callable

from starlette.responses import Response

from taishi.core.event import Json
from taishi.intake.answers import HEADERS, answer, error

VERSION = "8.19.0"
_CLUSTER = "taishi"
_UUID = hashlib.blake2b(b"taishi", digest_size=11).hexdigest()
_NODE = "taishi-1"
#: What may be brought and is not kept; asked for, it is not there.
_BROUGHT = re.compile(
    r"/(_index_template|_template|_component_template|_ilm/policy|_ingest/pipeline|_data_stream|_alias"
    r"|_security/[^/]+|_scripts)(/.*)?"
)
#: An index, also by date (`<logs-{now/d}-000001>`, with a slash in it).
_INDEX = re.compile(r"/(<[^>]+>|[^_/<][^/]*)(/(_alias|_aliases|_mapping|_settings)(/.*)?)?")

Greeting = Callable[[], Json]


def greet(method: str, path: str) -> Response:
    """The answer to whatever is not `_bulk`."""
    if method == "HEAD" and path == "/":
        return Response(None, 200, HEADERS)
    greeting = _GREETINGS.get("/_nodes" if path.startswith("/_nodes/") else path)
    if method in ("GET", "HEAD") and greeting is not None:
        return answer(greeting())
    if _BROUGHT.fullmatch(path) or _INDEX.fullmatch(path):
        return _brought(method, path)
    return error(
        404, "resource_not_found_exception", f"no handler for {method} {path}: this is an intake for events"
    )


def _brought(method: str, path: str) -> Response:
    if method in ("PUT", "POST", "DELETE"):
        return answer({"acknowledged": True})
    if method == "HEAD":
        return Response(None, 404, HEADERS)
    return error(404, "resource_not_found_exception", f"{path} is not kept here")


def _product() -> Json:
    return {
        "name": _NODE,
        "cluster_name": _CLUSTER,
        "cluster_uuid": _UUID,
        "version": {
            "number": VERSION,
            "build_flavor": "default",
            "build_type": "docker",
            "build_hash": _UUID,
            "build_date": "2025-07-23T22:10:18.138215839Z",
            "build_snapshot": False,
            "lucene_version": "9.12.2",
            "minimum_wire_compatibility_version": "7.17.0",
            "minimum_index_compatibility_version": "7.0.0",
        },
        "tagline": "You Know, for Search",
    }


def _license() -> Json:
    return {
        "license": {
            "status": "active",
            "uid": _UUID,
            "type": "basic",
            "issue_date": "2026-01-01T00:00:00.000Z",
            "issue_date_in_millis": 1767225600000,
            "max_nodes": 1000,
            "issued_to": _CLUSTER,
            "issuer": "elasticsearch",
            "start_date_in_millis": -1,
        }
    }


def _xpack() -> Json:
    off: Json = {"available": True, "enabled": False}
    return {
        "build": {"hash": _UUID, "date": "2025-07-23T22:10:18.138215839Z"},
        "license": {"uid": _UUID, "type": "basic", "mode": "basic", "status": "active"},
        "features": {"ilm": off, "monitoring": off, "security": {"available": True, "enabled": True}},
        "tagline": "You know, for X",
    }


def _health() -> Json:
    return {
        "cluster_name": _CLUSTER,
        "status": "green",
        "timed_out": False,
        "number_of_nodes": 1,
        "number_of_data_nodes": 1,
        "active_primary_shards": 1,
        "active_shards": 1,
        "relocating_shards": 0,
        "initializing_shards": 0,
        "unassigned_shards": 0,
        "delayed_unassigned_shards": 0,
        "number_of_pending_tasks": 0,
        "number_of_in_flight_fetch": 0,
        "task_max_waiting_in_queue_millis": 0,
        "active_shards_percent_as_number": 100.0,
    }


def _nodes() -> Json:
    """No addresses: clients that look for further nodes stay with this one. None lacks a plugin either, which
    is what Filebeat asks for its modules (`/_nodes/ingest`).
    """
    return {"_nodes": {"total": 0, "successful": 0, "failed": 0}, "cluster_name": _CLUSTER, "nodes": {}}


_GREETINGS: dict[str, Greeting] = {
    "/": _product,
    "/_license": _license,
    "/_xpack": _xpack,
    "/_cluster/health": _health,
    "/_cluster/settings": lambda: {"persistent": {}, "transient": {}},
    "/_nodes": _nodes,
    "/_cat/health": lambda: [{"cluster": _CLUSTER, "status": "green"}],
    "/_security/_authenticate": lambda: {"username": "sender", "roles": [], "enabled": True},
}
