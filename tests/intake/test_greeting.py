"""What log shippers ask before they send."""

import pytest

from tests.intake.conftest import Sender, desk, sender

__all__ = ["desk", "sender"]


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/_license",
        "/_xpack",
        "/_cluster/health",
        "/_nodes/http",
        "/_nodes/ingest",
        "/_cat/health",
        "/_security/_authenticate",
    ],
)
def test_it_greets_as_elasticsearch_does(sender: Sender, path: str) -> None:
    answer = sender.ask("GET", path)
    assert answer.status_code == 200
    assert answer.headers["x-elastic-product"] == "Elasticsearch"
    assert answer.json()


def test_it_says_which_version_it_speaks(sender: Sender) -> None:
    told = sender.ask("GET", "/").json()
    assert told["version"]["number"].startswith("8.19.")
    assert told["tagline"] == "You Know, for Search"
    assert sender.ask("GET", "/_license").json()["license"]["status"] == "active"
    assert sender.ask("GET", "/_cluster/health").json()["status"] == "green"


def test_a_look_at_the_address_is_answered(sender: Sender) -> None:
    answer = sender.ask("HEAD", "/")
    assert (answer.status_code, answer.content) == (200, b"")
    assert answer.headers["x-elastic-product"] == "Elasticsearch"


@pytest.mark.parametrize(
    "path",
    [
        "/_index_template/filebeat-8.19.0",
        "/_template/logstash",
        "/_component_template/x@mappings",
        "/_ilm/policy/filebeat",
        "/_ingest/pipeline/filebeat-nginx",
        "/_data_stream/filebeat-8.19.0",
        "/_alias/winlogbeat",
        "/filebeat-8.19.0",
        "/logs/_mapping",
    ],
)
def test_what_is_brought_is_thanked_for_and_not_there(sender: Sender, path: str) -> None:
    assert sender.ask("HEAD", path).status_code == 404
    assert sender.ask("GET", path).status_code == 404
    assert sender.ask("PUT", path, b"{}").json() == {"acknowledged": True}
    assert sender.ask("GET", path).status_code == 404


@pytest.mark.parametrize("path", ["/_search", "/logs/_search", "/_snapshot", "/logs/_doc/1", "/_nothing"])
def test_what_an_intake_has_not_is_said_so(sender: Sender, path: str) -> None:
    answer = sender.ask("GET", path)
    assert answer.status_code == 404
    assert path in answer.json()["error"]["reason"]


def test_documents_are_sent_by_post(sender: Sender) -> None:
    answer = sender.ask("GET", "/_bulk")
    assert (answer.status_code, answer.headers["allow"]) == (405, "POST, PUT")
