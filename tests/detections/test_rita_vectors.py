"""RITA v5's own data sets and unit vectors: our score within its tests' tolerance."""

import gzip
from pathlib import Path

import numpy as np
import pytest

from detections.networks import Networks
from detections.regularity import (
    Regularity,
    duration_score,
    evenness,
    histogram,
    histogram_score,
    longest_run,
    regularity,
    timestamp_score,
    two_heights,
)

Log = list[dict[str, str]]
DAY = 86400
NETWORKS = Networks()


def log(corpus: Path, pattern: str) -> Log:
    rows: Log = []
    for path in sorted((corpus / "network/intake/zeek-logs").glob(pattern)):
        raw = path.read_bytes()
        names: list[str] = []
        for line in (gzip.decompress(raw) if path.suffix == ".gz" else raw).decode().splitlines():
            parts = line.split("\t")
            if parts[0] == "#fields":
                names = parts[1:]
            elif not line.startswith("#"):
                rows.append(dict(zip(names, parts, strict=True)))
    return rows


def seconds(row: dict[str, str]) -> int:
    return int(float(row["ts"]))


def scored(
    corpus: Path, data: str, source: str, *, host: str = "", address: str = ""
) -> tuple[int, Regularity]:
    """How RITA groups: CONNECTs by host, or connections by address, of the last day; measured against the
    span of everything that leaves the network."""
    conns, requests = log(corpus, f"{data}__conn.*"), log(corpus, f"{data}__http.*")
    by_uid = {row["uid"]: row for row in conns}
    proxied = {
        row["uid"]: row["host"] for row in requests if row["method"] == "CONNECT" and row["uid"] in by_uid
    }
    leaving = [row for row in conns if row["uid"] in proxied or outward(row)]
    end = max(map(seconds, leaving))
    start = max(min(map(seconds, leaving)), end - DAY)
    hour = start // 3600 * 3600
    group = [
        row
        for row in leaving
        if row["id.orig_h"] == source
        and seconds(row) >= hour
        and (proxied.get(row["uid"]) == host if host else row["id.resp_h"] == address)
    ]
    sizes = [float(row["orig_ip_bytes"]) for row in group]
    return len(group), regularity([*map(seconds, group)], sizes, start, end)


def outward(row: dict[str, str]) -> bool:
    inside, unicast = NETWORKS.inside, NETWORKS.unicast
    return inside(row["id.orig_h"]) and not inside(row["id.resp_h"]) and unicast(row["id.resp_h"])


@pytest.mark.parametrize(
    ("host", "count", "parts", "score"),
    [
        ("www.honestimnotevil.com", 357, (0.921, 0.995, 1, 1), 0.979),
        ("www.google.com", 6, (0.48, 0.865, 1, 0), 0.586),
    ],
)
def test_calls_through_a_proxy(
    corpus: Path, host: str, count: int, parts: tuple[float, float, float, float], score: float
) -> None:
    number, found = scored(corpus, "proxy", "10.136.0.18", host=host)
    assert number == count
    assert (found.timestamp, found.size, found.duration, found.histogram) == pytest.approx(parts, abs=0.05)
    assert found.score == pytest.approx(score, abs=0.05)


def test_a_resolver_and_a_proxied_service_within_a_thousandth(corpus: Path) -> None:
    number, found = scored(corpus, "proxy_rolling", "10.0.0.238", address="75.75.75.75")
    assert (number, found.score) == (1160, pytest.approx(0.673, abs=0.001))
    number, found = scored(corpus, "proxy_rolling", "10.0.0.111", host="safebrowsing.googleapis.com:443")
    assert (number, found.score) == (46, pytest.approx(0.624, abs=0.001))


@pytest.mark.parametrize(
    ("intervals", "score"),
    [
        ([60] * 9, 1.0),
        ([98, 99, 99, 100, 100, 100, 101, 101, 102], 0.995),
        ([98, 300] * 5, 0.746),
        ([1, 299, 25, 4975, 90, 2, 42, 500, 1500], 0.083),
    ],
)
def test_timestamps(intervals: list[int], score: float) -> None:
    moments = np.cumsum([1517338924, *intervals])
    assert timestamp_score(moments) == pytest.approx(score, abs=0.001)


@pytest.mark.parametrize("moments", [[60] * 9, [1, 2], []])
def test_fewer_than_four_moments_are_no_rhythm(moments: list[int]) -> None:
    with pytest.raises(ValueError, match="four"):
        timestamp_score(np.array(moments, np.int64))


@pytest.mark.parametrize(
    ("sizes", "score"),
    [
        ([1, 2, 3, 4, 5, 6, 7, 8, 9, 10], 0.773),
        ([524885, 1, 5000, 98654, 50, 41, 965842, 3], 0.008),
        ([0] * 10, 0.5),
    ],
)
def test_sizes(sizes: list[int], score: float) -> None:
    assert evenness(np.sort(np.array(sizes, float)), otherwise=0.0) == pytest.approx(score, abs=0.001)


@pytest.mark.parametrize(
    ("counts", "score"),
    [
        ([1, 2, 3, 4, 5, 6, 7, 8, 9, 10], 0.478),
        ([1] * 24, 1.0),
        ([1, 0, 2, 0, 3, 0, 2, 1], 0.064),
        ([7, 2, 1, 0, 0, 1, 0, 0, 0, 1], 0.0),
        ([10] + [0] * 23, 0.0),
        ([4, 1] * 6, 1.0),
    ],
)
def test_histograms(counts: list[int], score: float) -> None:
    assert histogram_score(np.array(counts)) == pytest.approx(score, abs=0.001)


def test_the_end_of_the_window_belongs_to_the_last_bar() -> None:
    moments = np.array([98, 99, 99, 100, 100, 100, 101, 101, 102])
    assert histogram(moments, 98, 102, bars=8).tolist() == [1, 0, 2, 0, 3, 0, 2, 1]


def test_two_heights_explain_a_histogram_but_for_one_outlier() -> None:
    assert two_heights(np.array([1] * 50 + [2] * 30 + [3] + [4] * 2)) == pytest.approx(80 / 82, abs=0.001)


@pytest.mark.parametrize(
    ("filled", "first", "last", "score"),
    [(24, 0, 24, 1.0), (6, 12, 18, 0.5), (12, 12, 24, 1.0), (3, 6, 18, 0.0)],
)
def test_durations(filled: int, first: int, last: int, score: float) -> None:
    counts = np.array([1] * filled + [0] * (24 - filled))
    assert duration_score(counts, first * 3600, last * 3600, 0, DAY) == pytest.approx(score, abs=0.001)


def test_the_last_bar_and_the_first_are_neighbours() -> None:
    assert longest_run([2, 0, 3, 0, 1]) == 2
    assert longest_run([1] * 5) == 5
    assert longest_run([0] * 5) == 0
