"""`taishi intel` as a person uses it."""

import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from taishi.core.clock import SystemClock
from tests.cli.ran import Ran, assert_one_line
from tests.enrichment.intel.feeds import attribute, event, write_feed
from tests.enrichment.mmdb import write_mmdb
from tests.servers.feed_server import folder, site

Taishi = Callable[..., Ran]


def flow(source: str, target: str) -> str:
    record = {
        "@timestamp": "2026-11-17T02:00:00Z",
        "event": {"category": ["network"]},
        "source": {"ip": source, "port": 50123},
        "destination": {"ip": target, "port": 443},
        "network": {"transport": "tcp"},
    }
    return json.dumps(record) + "\n"


def test_analyze_with_a_feed(taishi: Taishi, tmp_path: Path) -> None:
    feed = write_feed(
        tmp_path / "feed",
        event("Actor X", attribute("ip-dst", "198.51.100.7"), attribute("ip-dst", "10.34.2.99")),
    )
    (tmp_path / "flows.jsonl").write_text(
        flow("10.34.2.15", "198.51.100.7") + flow("10.34.2.15", "10.34.2.99")
    )
    ran = taishi("analyze", tmp_path / "flows.jsonl", "--intel", feed, "--json")
    (verdict,) = ran.json["verdicts"]
    assert (verdict["subject"], verdict["class"], verdict["level"]) == ("10.34.2.15", "compromised", "high")
    (because,) = verdict["because"]
    assert because["kind"] == "intel"
    (origin,) = because["intel"]
    assert (origin["value"], origin["info"], origin["tlp"]) == ("198.51.100.7", "Actor X", "amber")


def test_analyze_with_no_feed_there(taishi: Taishi, tmp_path: Path) -> None:
    (tmp_path / "flows.jsonl").write_text(flow("10.34.2.15", "198.51.100.7"))
    assert_one_line(
        taishi("analyze", tmp_path / "flows.jsonl", "--intel", tmp_path / "none"), "no such folder"
    )
    assert_one_line(taishi("analyze", tmp_path / "flows.jsonl", "--intel", "ftp://192.0.2.1/x"), "no http")


def test_the_life_of_a_source(taishi: Taishi, tmp_path: Path) -> None:
    data, feed = tmp_path / "data", tmp_path / "feed"
    write_feed(
        feed, event("Actor X", attribute("domain", "bad.example.org"), attribute("ip-src", "10.0.0.1"))
    )
    with site(folder(feed)) as running:
        assert taishi("intel", "add", "cert", "--place", running.url, "--data", data).status == 0
        first = taishi("intel", "sync", "--data", data, "--json")
        (source,) = first.json["sources"]
        assert (source["indicators"], source["sought"], source["silenced"]) == (2, 1, 1)
        running.sent.clear()
        assert taishi("intel", "sync", "cert", "--data", data).status == 0
        assert running.sent == []
    away = taishi("intel", "sync", "--data", data, "--json")
    assert away.status == 1
    (source,) = away.json["sources"]
    assert source["indicators"] == 2
    assert "refused" in source["sync"]["problems"][0]
    assert "refused" in taishi("intel", "list", "--data", data).out
    found = taishi("intel", "find", "www.bad.example.org", "--data", data, "--json").json["indicators"]
    assert [one["info"] for one in found] == ["Actor X"]
    (silenced,) = taishi("intel", "find", "10.0.0.1", "--data", data, "--json").json["indicators"]
    assert silenced["state"] == "silenced"
    assert taishi("intel", "find", "203.0.113.5", "--data", data).status == 1
    lists = taishi("intel", "lists", "rfc1918", "--data", data, "--json").json["lists"]
    assert (lists[0]["effect"], lists[0]["marked"]) == ("silence", 1)
    for name in ("rfc1918", "rfc5735"):
        assert taishi("intel", "lists", name, "--effect", "note", "--data", data).status == 0
    (source,) = taishi("intel", "list", "--data", data, "--json").json["sources"]
    assert (source["sought"], source["silenced"]) == (2, 0)
    assert [
        one["info"] for one in taishi("intel", "show", "cert", "--data", data, "--json").json["reports"]
    ] == ["Actor X"]
    assert taishi("intel", "remove", "cert", "--data", data).status == 0
    assert taishi("intel", "list", "--data", data, "--json").json["sources"] == []


def test_secrets_are_references(taishi: Taishi, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    data = tmp_path / "data"
    add = ("intel", "add", "m", "--place", "http://127.0.0.1:9/", "--data", data)
    assert_one_line(taishi(*add, "--key", "s3cr3t-value-itself"), "env:NAME")
    assert_one_line(taishi(*add, "--key", "env:NOT_THERE"), "NOT_THERE")
    monkeypatch.setenv("MISP_KEY", "s3cr3t-value-itself")
    assert taishi(*add, "--key", "env:MISP_KEY").status == 0
    assert all(b"s3cr3t" not in path.read_bytes() for path in data.rglob("*") if path.is_file())


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("sync", "nobody"), "no source of that name"),
        (("add", "x", "--place", "p", "--kind", "carrier-pigeon"), "no such kind"),
        (("add", "x", "--place", "p", "--every", "5s"), "60 s"),
        (("lists", "nothing", "--effect", "note"), "no such list"),
        (("lists", "rfc1918", "--effect", "shout"), "silence"),
        (("add", "x", "--place", "p", "--as", "nobody"), "nobody of that name"),
    ],
)
def test_wrong_usage_is_one_line(taishi: Taishi, tmp_path: Path, words: tuple[str, ...], said: str) -> None:
    data = tmp_path / "data"
    taishi("intel", "lists", "rfc1918", "--data", data)
    ran = taishi("intel", *words, "--data", data)
    assert ran.status in (1, 2)
    assert_one_line(ran, said, status=ran.status)


def test_places_from_a_file_of_one_s_own(taishi: Taishi, tmp_path: Path) -> None:
    data, events = tmp_path / "data", tmp_path / "events.jsonl"
    countries = write_mmdb(tmp_path / "own.mmdb", {"8.8.8.0/24": {"country_code": "TW"}})
    (tmp_path / "flows.jsonl").write_text(flow("10.34.2.15", "8.8.8.8"))
    asked = ("analyze", tmp_path / "flows.jsonl", "--geography", countries, "--events-out", events, "--json")
    assert taishi(*asked).status == 0
    (line,) = map(json.loads, events.read_text().splitlines())
    assert line["destination.geo.country_iso_code"] == "TW"
    assert "source.geo.country_iso_code" not in line

    assert taishi("intel", "geography", "--file", countries, "--data", data).status == 0
    shown = taishi("intel", "geography", "--data", data, "--json").json
    assert (shown["files"][0]["path"], shown["problems"]) == (str(countries), [])
    place = taishi("intel", "find", "8.8.8.8", "--data", data, "--json").json["place"]
    assert (place["country"], place["country_name"]) == ("TW", "中国台湾")
    assert "中国台湾" in taishi("intel", "find", "8.8.8.8", "--data", data).out
    assert taishi("intel", "find", "10.0.0.1", "--data", data, "--json").json["place"] is None

    countries.write_text("gone bad")
    assert "own.mmdb" in taishi("intel", "geography", "--data", data, "--json").json["problems"][0]
    assert_one_line(
        taishi("intel", "geography", "--file", countries, "--data", data), "own.mmdb: cannot be read"
    )
    assert_one_line(taishi("analyze", events, "--geography", tmp_path / "no.mmdb"), "no.mmdb: cannot be read")


def test_indicators_of_one_s_own(taishi: Taishi, tmp_path: Path) -> None:
    data, both = tmp_path / "data", ("198.51.100.7", "bad.example.org")
    refused = taishi("intel", "enter", *both, "--why", "通报", "--until", "2099-01-01", "--data", data)
    assert_one_line(refused, "a year at most", status=1)
    day = (SystemClock().now() + timedelta(days=30)).date().isoformat()
    said = ("--why", "通报", "--until", day, "--tlp", "amber")
    made = taishi("intel", "enter", *both, *said, "--data", data, "--json").json["entries"]
    assert {one["value"] for one in made} == set(both)
    assert {(one["tlp"], one["purpose"], one["level"]) for one in made} == {("amber", "控制端", "medium")}
    assert "通报" in taishi("intel", "find", "bad.example.org", "--data", data).out
    assert "withdrawn" in taishi("intel", "withdraw", "bad.example.org", "--why", "误报", "--data", data).out
    assert len(taishi("intel", "enter", "--data", data, "--json").json["entries"]) == 1
    assert_one_line(taishi("intel", "enter", "nonsense", "--why", "x", "--data", data), "no domain name")
    assert_one_line(taishi("intel", "withdraw", "1.1.1.1", "--why", "x", "--data", data), "nobody entered")
    assert_one_line(taishi("intel", "sightings", "--schedule", "on", "--data", data), "name the source")


def test_our_own_indicators_for_others(taishi: Taishi, tmp_path: Path) -> None:
    data, out = tmp_path / "data", tmp_path / "ours.json"
    assert taishi("intel", "enter", "198.51.100.7", "--why", "通报", "--data", data).status == 0
    made = taishi("intel", "export", "--out", out, "--why", "报送", "--data", data, "--json").json
    assert made == {"entered": 1, "found": 0, "left_out": []}
    assert json.loads(out.read_text("utf-8"))["type"] == "bundle"
    flows = tmp_path / "flows.jsonl"
    flows.write_text(flow("10.34.2.15", "198.51.100.7"))
    (verdict,) = taishi("analyze", flows, "--intel", out, "--json").json["verdicts"]
    assert (verdict["subject"], verdict["class"]) == ("10.34.2.15", "compromised")
    assert_one_line(taishi("intel", "export", "--out", tmp_path, "--data", data), "is a folder")
