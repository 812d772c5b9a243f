"""What is answered, in Elasticsearch's own form."""

from collections.abc import Iterator, Sequence

import orjson
from starlette.responses import Response

from taishi.app.reception.reception import Fate
from taishi.core.event import Json
from taishi.intake.bulk import Item

#: Clients of version 8 talk to nothing else.
HEADERS = {"X-Elastic-Product": "Elasticsearch"}
_COMPATIBLE = "application/vnd.elasticsearch+json; compatible-with=8"
_KEPT_AS_THEY_ARE = "events are kept as they came: nothing is changed or removed by [{}]"
_SHARDS: Json = {"total": 1, "successful": 1, "failed": 0}


def answer(body: Json, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    return Response(orjson.dumps(body), status, {**HEADERS, **(headers or {})}, media_type="application/json")


def error(status: int, kind: str, reason: str, headers: dict[str, str] | None = None) -> Response:
    cause: dict[str, Json] = {"type": kind, "reason": reason}
    return answer({"error": {"root_cause": [dict(cause)], **cause}, "status": status}, status, headers)


def too_many(reason: str, seconds: int = 1) -> Response:
    """To come again."""
    return error(429, "es_rejected_execution_exception", reason, {"Retry-After": str(seconds)})


def bulk(items: Sequence[Item], fates: Sequence[Fate], took_ms: int, short: bool) -> Response:
    """`fates`: of the items that have a document, in their order. `short`: only status and error of each, as
    clients ask by `filter_path`.
    """
    found, left = list[Json](), iter(fates)
    for item in items:
        told = _told(item, left)
        if not short:
            told = {"_index": item.index, "_id": item.id, **told}
        found.append({item.action: told})
    wrong = any("error" in told for one in found if isinstance(one, dict) for told in one.values())  # type: ignore[operator]
    return answer({"took": took_ms, "errors": wrong, "items": found})


def _told(item: Item, fates: Iterator[Fate]) -> dict[str, Json]:
    if item.offered is None:
        return _wrong(400, "illegal_argument_exception", _KEPT_AS_THEY_ARE.format(item.action))
    fate = next(fates)
    if fate.outcome == "taken":
        return {
            **({} if item.id is not None else {"_id": fate.id}),
            "_version": 1,
            "result": "created",
            "_shards": _SHARDS,
            "_seq_no": 0,
            "_primary_term": 1,
            "status": 201,
        }
    if fate.outcome == "unwanted":
        return _wrong(403, "security_exception", fate.why)
    return _wrong(400, "document_parsing_exception", fate.why)


def _wrong(status: int, kind: str, reason: str) -> dict[str, Json]:
    return {"status": status, "error": {"type": kind, "reason": reason}}
