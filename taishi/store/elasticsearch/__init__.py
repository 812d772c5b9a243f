"""Events in Elasticsearch 8.19, for who outgrows one machine."""

from elastic_transport.client_utils import DEFAULT
from elasticsearch import Elasticsearch

from taishi.store.elasticsearch.address import read_address
from taishi.store.elasticsearch.server import Server
from taishi.store.elasticsearch.store import ElasticsearchStore
from taishi.store.elasticsearch.streams import Streams

_TIMEOUT_S = 30


def open_elasticsearch(uri: str, *, read_only: bool = False) -> ElasticsearchStore:
    """See `taishi.store.elasticsearch.address.read_address`; the prefix of the data streams is `taishi` where
    none is given. Raises Problem where the URI is unusable; the server is not asked yet (`reach`).
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
    return ElasticsearchStore(server, streams, read_only=read_only)
