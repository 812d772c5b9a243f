"""The server, with its errors as one clear line."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TypeAlias

from elasticsearch import ApiError, Elasticsearch, TransportError

from taishi.core.event import Json
from taishi.core.problems import Problem

Object: TypeAlias = Mapping[str, Json]


class Server:
    """An Elasticsearch client whose failures are Problems naming the server."""

    def __init__(self, client: Elasticsearch, url: str) -> None:
        self.client = client
        self.url = url

    @contextmanager
    def asked(self, what: str) -> Iterator[Elasticsearch]:
        """Raises Problem saying what could not be done and why."""
        try:
            yield self.client
        except ApiError as error:
            raise Problem(f"{self.url}: {what} refused ({_reason(error)}); check the server") from error
        except TransportError as error:
            raise Problem(f"{self.url}: {what} not answered ({error.message}); is the server up?") from error


def _reason(error: ApiError) -> str:
    """The server's own words, short."""
    body = error.body
    cause = body.get("error") if isinstance(body, dict) else None
    if isinstance(cause, dict):
        roots = cause.get("root_cause") or [cause]
        return f"{error.status_code} {roots[0].get('type')}: {str(roots[0].get('reason'))[:200]}"
    return f"{error.status_code} {str(error.message)[:200]}"
