"""The server, with its errors as one clear line."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from typing import TypeAlias, TypeVar

from elasticsearch import ApiError, Elasticsearch, TransportError

from taishi.core.event import Json
from taishi.core.problems import Problem

Object: TypeAlias = Mapping[str, Json]

#: Answers that say nothing against what was sent: come again, or the account is not let in now.
LATER = frozenset({401, 403, 429, 500, 502, 503, 504})
#: The answer where a part of the store has no place, and seconds to wait before it is asked again.
_UNAVAILABLE, _WAITS = 503, (0.1, 0.2, 0.5, 1.0)

T = TypeVar("T")


class Away(Problem):
    """The server does not answer, or takes nothing now: what was to be written has to wait."""


class Server:
    """An Elasticsearch client whose failures are Problems naming the server."""

    def __init__(self, client: Elasticsearch, url: str) -> None:
        self.client = client
        self.url = url

    @contextmanager
    def asked(self, what: str) -> Iterator[Elasticsearch]:
        """Raises Problem saying what could not be done and why; Away where it may be done later."""
        try:
            yield self.client
        except ApiError as error:
            of = Away if error.status_code in LATER else Problem
            raise of(f"{self.url}: {what} refused ({_reason(error)}); check the server") from error
        except TransportError as error:
            raise Away(f"{self.url}: {what} not answered ({error.message}); is the server up?") from error

    def whole(self, what: str, ask: Callable[[], T]) -> T:
        """What a search says that takes no answer of a part of the store; a stream that is being
        made is waited for. Raises as `asked`.
        """
        waits = iter(_WAITS)
        while True:
            with self.asked(what):
                try:
                    return ask()
                except ApiError as error:
                    wait = next(waits, None) if error.status_code == _UNAVAILABLE else None
                    if wait is None:
                        raise
            time.sleep(wait)

    def count(self, index: str | Sequence[str], query: Object) -> int:
        """Raises as `asked`. A count of the server's own does not tell whether it is of the whole."""
        answer = self.whole(
            "counting",
            partial(
                self.client.search,
                index=index,
                query=query,
                size=0,
                track_total_hits=True,
                ignore_unavailable=True,
                allow_partial_search_results=False,
            ),
        )
        return int(answer["hits"]["total"]["value"])


def _reason(error: ApiError) -> str:
    body = error.body
    cause = body.get("error") if isinstance(body, dict) else None
    return f"{error.status_code} {cause_of(cause) if isinstance(cause, dict) else str(error.message)[:200]}"


def cause_of(error: object) -> str:
    """What the server says of an error, in its own words, short."""
    while isinstance(error, dict) and (deeper := _deeper(error)):
        error = deeper
    if not isinstance(error, dict):
        return str(error)[:200]
    return f"{error.get('type')}: {str(error.get('reason'))[:200]}"


def _deeper(error: Mapping[str, object]) -> object:
    """What it was caused by; of a search by what the first part of the store said."""
    parts = error.get("failed_shards")
    first = parts[0].get("reason") if isinstance(parts, list) and parts else None
    return error.get("caused_by") or first
