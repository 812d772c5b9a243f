"""Events in Elasticsearch 8.19, for who outgrows one machine."""

from urllib.parse import unquote, urlsplit, urlunsplit

from elasticsearch import Elasticsearch

from taishi.core.problems import Problem
from taishi.store.elasticsearch.server import Server
from taishi.store.elasticsearch.store import ElasticsearchStore

_TIMEOUT_S = 30


def open_elasticsearch(uri: str, *, read_only: bool = False) -> ElasticsearchStore:
    """`elasticsearch+http://[USER:PASSWORD@]HOST:PORT[/PREFIX]`; the prefix of the indices is `taishi`
    where none is given. Raises Problem where the URI is unusable or the server does not answer.
    """
    parts = urlsplit(uri.removeprefix("elasticsearch+"))
    try:
        host, port = parts.hostname, parts.port
    except ValueError:
        host, port = None, None
    if not host or not port:
        raise Problem("elasticsearch: the URI needs host and port, as in elasticsearch+http://127.0.0.1:9200")
    address = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    url = urlunsplit((parts.scheme, address, "", "", ""))
    login = (unquote(parts.username), unquote(parts.password or "")) if parts.username else None
    client = Elasticsearch(url, basic_auth=login, request_timeout=_TIMEOUT_S)
    # `url` is without the login, so no message can give it away.
    return ElasticsearchStore(Server(client, url), parts.path.strip("/") or "taishi", read_only=read_only)
