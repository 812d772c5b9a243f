"""The server, with its errors as one clear line."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TypeAlias

from elasticsearch import ApiError, Elasticsearch, TransportError

from taishi.core.event import Json
from taishi.core.problems import Problem

Object: TypeAlias = Mapping[str, Json]

#: Answers that say nothing against what was sent: come again, or the account is not let in now.
LATER = frozenset({401, 403, 429, 500, 502, 503, 504})


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


def _reason(error: ApiError) -> str:
    """The server's own words, short."""
    body = error.body
    cause = body.get("error") if isinstance(body, dict) else None
    if isinstance(cause, dict):
        while isinstance(cause.get("caused_by"), dict):
            cause = cause["caused_by"]
        return f"{error.status_code} {cause.get('type')}: {str(cause.get('reason'))[:200]}"
    return f"{error.status_code} {str(error.message)[:200]}"
