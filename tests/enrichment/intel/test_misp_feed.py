"""Static MISP feeds, over HTTP on loopback: read once, and never worse off for a feed that fails or lies."""

import json
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest

from enrichment.intel.misp_feed import SOURCE
from enrichment.intel.source import Outcome
from taishi.core.indicators import Indicator, IntelSource, Report
from taishi.core.problems import Problem
from tests.enrichment.intel.feeds import STAMP, attribute, event, write_feed
from tests.servers.feed_server import Reply, folder, site

NOW = datetime(2026, 11, 17, tzinfo=UTC)


class Kept:
    """What a look handed over, by report."""

    def __init__(self) -> None:
        self.reports: dict[str, list[Indicator]] = {}

    def __call__(self, report: Report, indicators: Sequence[Indicator]) -> None:
        self.reports[report.id] = list(indicators)

    @property
    def indicators(self) -> list[Indicator]:
        return [one for found in self.reports.values() for one in found]

    @property
    def values(self) -> set[str]:
        return {one.value for one in self.indicators}


def look(
    place: object, before: dict[str, str] | None = None, kept: Kept | None = None
) -> tuple[Outcome, Kept]:
    kept = Kept() if kept is None else kept
    source = IntelSource("s", "feed", "misp-feed", str(place), NOW)
    return SOURCE.look(source, before or {}, kept), kept


def test_the_real_feed_is_read_whole_and_then_not_again(corpus: Path) -> None:
    with site(folder(corpus / "misp-feed-anssi")) as running:
        first, kept = look(running.url)
        assert (len(kept.reports), first.problems, first.unusable) == (7, [], [])
        found = [one for one in kept.indicators if one.to_ids]
        assert len({one.attribute for one in found}) == 706
        types = Counter(one.type for one in found)
        assert (types["domain"], types["address"], types["md5"], types["sha1"]) == (289, 290, 34, 38)
        running.sent.clear()
        second, again = look(running.url, first.state)
        assert (running.sent, second.fetched, second.unchanged, again.reports) == ([], 0, 7, {})


def test_a_folder_is_read_like_an_address(tmp_path: Path) -> None:
    write_feed(tmp_path / "feed", event("one", attribute("ip-dst", "198.51.100.7")))
    first, kept = look(tmp_path / "feed")
    assert kept.values == {"198.51.100.7"}
    assert look(tmp_path / "feed", first.state)[0].fetched == 0


def test_only_what_changed_is_fetched_and_what_is_withdrawn_goes(tmp_path: Path) -> None:
    one, two = event("one", attribute("domain", "a.example")), event("two", attribute("domain", "b.example"))
    feed = write_feed(tmp_path, one, two)
    with site(folder(feed)) as running:
        first, _ = look(running.url)
        newer = event("two", attribute("domain", "c.example"), timestamp=str(STAMP + 60))
        (feed / f"{one['uuid']}.json").unlink()
        write_feed(feed, newer)
        running.sent.clear()
        second, kept = look(running.url, first.state)
        assert kept.values == {"c.example"}
        assert second.gone == {one["uuid"]}
        assert running.sent == ["/manifest.json", "/hashes.csv", f"/{two['uuid']}.json"]


def test_composite_values_ports_and_damaged_attributes(tmp_path: Path) -> None:
    feed = write_feed(
        tmp_path,
        event(
            "one",
            attribute("domain|ip", "Bad.Example|198.51.100.7"),
            attribute("ip-dst|port", "198.51.100.8|4444"),
            attribute("filename|md5", "a.exe|D41D8CD98F00B204E9800998ECF8427E"),
            attribute("ip-dst", "198.51.100.300"),
            attribute("ip-src", "198.51.100.0/28"),
            attribute("url", "https://Bad.example:443/x?y=1#z"),
            attribute("domain", "not sought.example", to_ids=False),
            attribute("domain", "gone.example", deleted=True),
        ),
    )
    outcome, kept = look(feed)
    assert kept.values == {
        "bad.example",
        "198.51.100.7",
        "198.51.100.8",
        "d41d8cd98f00b204e9800998ecf8427e",
        "198.51.100.0/28",
        "bad.example/x?y=1",
    }
    assert [one.port for one in kept.indicators if one.value == "198.51.100.8"] == [4444]
    assert len(outcome.unusable) == 2
    assert outcome.problems == []


def lying(feed: Path, how: str) -> None:
    """Spoils a feed of one event in one way."""
    manifest = json.loads((feed / "manifest.json").read_text())
    name = next(iter(manifest))
    path = feed / f"{name}.json"
    document = json.loads(path.read_text())
    manifest[name]["timestamp"] += 60
    document["Event"]["timestamp"] = str(STAMP + 60)
    document["Event"]["Attribute"][0]["value"] = "changed.example"
    if how == "missing":
        path.unlink()
    elif how == "broken json":
        path.write_text(path.read_text()[:-20])
    elif how == "another uuid":
        path.write_text(
            json.dumps({"Event": document["Event"] | {"uuid": "11111111-1111-4111-8111-111111111111"}})
        )
    elif how == "older than said":
        path.write_text(json.dumps({"Event": document["Event"] | {"timestamp": str(STAMP)}}))
    elif how == "hashes":
        path.write_text(json.dumps(document))
        (feed / "hashes.csv").write_text(f"{'0' * 32},{name}\n")
    elif how == "no event":
        path.write_text("[]")
    (feed / "manifest.json").write_text(json.dumps(manifest))


@pytest.mark.parametrize(
    "how", ["missing", "broken json", "another uuid", "older than said", "hashes", "no event"]
)
def test_a_lying_feed_changes_nothing_and_is_told(tmp_path: Path, how: str) -> None:
    write_feed(tmp_path, event("one", attribute("domain", "a.example")))
    with site(folder(tmp_path)) as running:
        first, kept = look(running.url)
        lying(tmp_path, how)
        second, _ = look(running.url, first.state, kept)
        assert kept.values == {"a.example"}
        assert len(second.problems) == 1
        assert second.gone == set()
        third, _ = look(running.url, second.state, kept)
        assert len(third.problems) == 1, "it is tried again until it is right"


@pytest.mark.parametrize("name", ["../../etc/passwd", "..%2f..%2fx", "x" * 5000, "a b", "http://192.0.2.1/x"])
def test_names_that_lead_elsewhere_are_not_fetched(tmp_path: Path, name: str) -> None:
    write_feed(tmp_path, event("one", attribute("domain", "a.example")))
    manifest = json.loads((tmp_path / "manifest.json").read_text())
    (tmp_path / "manifest.json").write_text(json.dumps({name: {"timestamp": 1}, **manifest}))
    with site(folder(tmp_path)) as running:
        outcome, kept = look(running.url)
        assert kept.values == {"a.example"}
        assert len(outcome.problems) == 1
        assert len(outcome.problems[0]) < 300
        assert [path for path in running.asked if "passwd" in path or "x" * 40 in path] == []


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'{"a": 1}', b"\xff\xfe", b'{"' + b"x" * 100])
def test_a_half_written_manifest_keeps_all(tmp_path: Path, body: bytes) -> None:
    write_feed(tmp_path, event("one", attribute("domain", "a.example")))
    first, _ = look(tmp_path)
    (tmp_path / "manifest.json").write_bytes(body)
    with pytest.raises(Problem, match="manifest"):
        look(tmp_path, first.state)


def test_an_emptied_manifest_keeps_all(tmp_path: Path) -> None:
    write_feed(tmp_path, event("one", attribute("domain", "a.example")))
    first, _ = look(tmp_path)
    (tmp_path / "manifest.json").write_text("{}")
    with pytest.raises(Problem, match="is kept"):
        look(tmp_path, first.state)


def test_a_feed_that_is_away_says_so() -> None:
    with site(folder(Path("/nowhere"))) as running:
        away = running.url
    with pytest.raises(Problem, match="refused"):
        look(away)


def _only(reply: Reply) -> object:
    return lambda *_: reply


@pytest.mark.parametrize(
    ("reply", "why"),
    [
        (Reply(302, headers={"Location": "file:///etc/passwd"}), "no http or https"),
        (Reply(302, headers={"Location": "http://localhost:1/manifest.json"}), "refused|no public address"),
        (Reply(200, b"{}", length=10_000_000_000), "over the limit"),
        (Reply(200, b'{"a"', length=400), "broke off"),
        (Reply(500), "answers 500"),
        (Reply(200, b"\x1f\x8bnot gzip", {"Content-Encoding": "gzip"}), "127.0.0.1"),
    ],
)
def test_answers_that_are_none(reply: Reply, why: str) -> None:
    with site(_only(reply)) as running, pytest.raises(Problem, match=why):
        look(running.url)


def test_a_redirect_to_another_private_server_is_not_followed(tmp_path: Path) -> None:
    write_feed(tmp_path, event("one", attribute("domain", "a.example")))
    with site(folder(tmp_path)) as inner:
        to = Reply(302, headers={"Location": f"{inner.url}/manifest.json"})
        with site(_only(to)) as outer, pytest.raises(Problem, match="no public address"):
            look(outer.url)
        assert inner.asked == []


def test_a_redirect_within_the_same_server_is_followed(tmp_path: Path) -> None:
    write_feed(tmp_path, event("one", attribute("domain", "a.example")))
    files = folder(tmp_path)

    def answer(method: str, path: str, headers: dict[str, str], body: bytes) -> Reply:
        if not path.startswith("/new"):
            return Reply(301, headers={"Location": f"/new{path}"})
        return files(method, path.removeprefix("/new"), headers, body)

    with site(answer) as running:
        assert look(running.url)[1].values == {"a.example"}
