"""STIX 2.1 bundles and TAXII 2.1 collections."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from enrichment.intel.stix import SOURCE as STIX
from enrichment.intel.taxii import SOURCE as TAXII
from taishi.core.indicators import IntelSource
from taishi.core.problems import Problem
from tests.enrichment.intel.test_misp_feed import Kept
from tests.servers.feed_server import Reply, site

NOW = datetime(2026, 11, 17, tzinfo=UTC)
MAKER = {"type": "identity", "id": "identity--1", "name": "CERT", "modified": "2026-11-01T00:00:00Z"}


def indicator(number: int, pattern: str, **more: object) -> dict[str, object]:
    return {
        "type": "indicator",
        "id": f"indicator--{number}",
        "name": "Actor X",
        "pattern": pattern,
        "pattern_type": "stix",
        "created_by_ref": "identity--1",
        "modified": "2026-11-01T00:00:00Z",
        "valid_from": "2026-11-01T00:00:00Z",
        **more,
    }


def bundle(*objects: dict[str, object]) -> str:
    return json.dumps({"type": "bundle", "id": "bundle--1", "objects": [MAKER, *objects]})


def source(place: object, kind: str = "stix") -> IntelSource:
    return IntelSource("s", "x", kind, str(place), NOW)


def test_a_bundle_keeps_type_source_confidence_and_validity(tmp_path: Path) -> None:
    path = tmp_path / "b.json"
    more = {
        "confidence": 85,
        "valid_until": "2026-12-01T00:00:00Z",
        "object_marking_refs": ["marking-definition--f88d31f6-486f-44da-b317-01333bde0b82"],
        "kill_chain_phases": [{"kill_chain_name": "x", "phase_name": "command-and-control"}],
    }
    path.write_text(
        bundle(
            indicator(1, "[ipv4-addr:value = '198.51.100.7']", **more),
            indicator(2, "[domain-name:value = 'Bad.example.org' OR url:value = 'http://bad.example.org/x']"),
            indicator(3, f"[file:hashes.'SHA-256' = '{'a' * 64}'] OR [file:hashes.MD5 = '{'b' * 32}']"),
            indicator(4, "[ipv4-addr:value = '198.51.100.8' AND domain-name:value = 'x.example.org']"),
            indicator(5, "[ipv4-addr:value = '198.51.100.9']", revoked=True),
        )
    )
    kept = Kept()
    first = STIX.look(source(path), {}, kept)
    assert kept.values == {
        "198.51.100.7", "bad.example.org", "bad.example.org/x", "a" * 64, "b" * 32, "198.51.100.9"
    }  # fmt: skip
    (one,) = kept.reports["indicator--1"]
    assert (one.type, one.confidence, one.tlp) == ("address", 85, "amber")
    assert one.expires == datetime(2026, 12, 1, tzinfo=UTC)
    assert [one.to_ids for one in kept.reports["indicator--5"]] == [False]
    assert len(first.unusable) == 1
    second = STIX.look(source(path), first.state, Kept())
    assert second.fetched == 0
    path.write_text(bundle(indicator(1, "[ipv4-addr:value = '198.51.100.7']")))
    assert STIX.look(source(path), second.state, Kept()).gone == {f"indicator--{n}" for n in (2, 3, 4, 5)}


@pytest.mark.parametrize("text", ["", "{", "[]", '{"type": "report"}', '{"type": "bundle", "objects": 3}'])
def test_what_is_no_bundle_is_told(tmp_path: Path, text: str) -> None:
    path = tmp_path / "b.json"
    path.write_text(text)
    with pytest.raises(Problem, match="STIX"):
        STIX.look(source(path), {}, Kept())


def test_a_bundle_over_http() -> None:
    body = bundle(indicator(1, "[ipv4-addr:value = '198.51.100.7']")).encode()
    with site(lambda *_: Reply(200, body)) as running:
        kept = Kept()
        STIX.look(source(f"{running.url}/a/b.json"), {}, kept)
        assert kept.values == {"198.51.100.7"}
        assert running.asked == ["GET /a/b.json"]


def test_a_collection_is_read_by_pages_and_then_from_where_it_was() -> None:
    pages = {
        "/c/objects/": {
            "more": True,
            "next": "2",
            "objects": [indicator(1, "[ipv4-addr:value = '198.51.100.7']")],
        },
        "/c/objects/?next=2": {"objects": [MAKER, indicator(2, "[domain-name:value = 'bad.example.org']")]},
    }

    def answer(_method: str, path: str, headers: dict[str, str], _body: bytes) -> Reply:
        assert headers["accept"] == "application/taxii+json;version=2.1"
        told = {"X-TAXII-Date-Added-Last": "2026-11-02T00:00:00Z"} if path in pages else {}
        return Reply(200, json.dumps(pages.get(path, {})).encode(), told)

    with site(answer) as running:
        kept = Kept()
        first = TAXII.look(source(f"{running.url}/c/", "taxii"), {}, kept)
        assert kept.values == {"198.51.100.7", "bad.example.org"}
        second = TAXII.look(source(f"{running.url}/c/", "taxii"), first.state, Kept())
        assert (second.fetched, second.state) == (0, first.state)
        assert "added_after=2026-11-02" in running.asked[-1]


def test_a_collection_that_is_away_or_none_is_told() -> None:
    with site(lambda *_: Reply(404)) as running, pytest.raises(Problem, match="404"):
        TAXII.look(source(running.url, "taxii"), {}, Kept())
    with site(lambda *_: Reply(200, b"<html>")) as running, pytest.raises(Problem, match="envelope"):
        TAXII.look(source(running.url, "taxii"), {}, Kept())
