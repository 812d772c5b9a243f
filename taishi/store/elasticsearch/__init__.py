"""Events in Elasticsearch 8.19, for who outgrows one machine."""

import os
from pathlib import Path

from elastic_transport.client_utils import DEFAULT
from elasticsearch import Elasticsearch

from taishi.store.elasticsearch.address import read_address
from taishi.store.elasticsearch.fronted import FrontedStore
from taishi.store.elasticsearch.server import Server
from taishi.store.elasticsearch.store import ElasticsearchStore
from taishi.store.elasticsearch.streams import Streams
from taishi.store.port import Store
from taishi.store.spool import MARKER_BYTES
from taishi.store.tally import Tally
from taishi.store.waiting import Waiting

_TIMEOUT_S = 30


def open_elasticsearch(uri: str, *, read_only: bool = False, waiting: Path | None = None) -> Store:
    """The store that the URI names (see `read_address`), with a folder in front where events wait while the
    server is away, if one is named. Raises Problem where the URI is unusable, the server cannot hold the
    store, or it is away and nothing may wait.
    """
    address = read_address(uri)
    client = Elasticsearch(
        address.url,
        ca_certs=str(address.ca) if address.ca else DEFAULT,
        basic_auth=address.login,
        api_key=address.api_key,
        request_timeout=_TIMEOUT_S,
        max_retries=0,
    )
    server = Server(client, address.url)
    streams = Streams(server, address.prefix, address.keep)
    store = ElasticsearchStore(server, streams, read_only=read_only)
    if waiting is not None and not read_only:
        front = Waiting(waiting, os.urandom(MARKER_BYTES))
        return FrontedStore(store, front, Tally(waiting / "ledger.sqlite"))
    store.reach()
    return store
