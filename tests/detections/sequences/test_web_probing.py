"""Searches through a web server's paths, and what only looks like one."""

from detections.sequences.web_probing import FINDING


def asked(event, target, status, number=0, method="GET"):
    return event(
        "http", number, source__ip="198.51.100.7", destination__ip="10.0.0.5", url__original=target,
        http__request__method=method, http__response__status_code=status,
    )  # fmt: skip


def found(hits, *events):
    return [hit for hit in hits(*events) if hit.rule == FINDING.rule]


def test_a_list_of_paths_that_are_not_there(event, hits):
    (hit,) = found(hits, *[asked(event, f"/dir{n}/", 404, n) for n in range(15)])
    assert (hit.threat, hit.level, hit.subject, hit.attackers) == (
        "attempted", "low", "10.0.0.5", ("198.51.100.7",),
    )  # fmt: skip


def test_a_thorough_search_is_worse(event, hits):
    (hit,) = found(hits, *[asked(event, f"/dir{n}/", 404, n) for n in range(120)])
    assert hit.level == "medium"


def test_request_lines_that_are_no_http(event, hits):
    assert found(hits, *[asked(event, "\\x16\\x03\\x01", 400, n, None) for n in range(3)])
    assert not found(hits, asked(event, "\\x16\\x03\\x01", 400, 0, None))


def test_a_crawler_a_broken_page_and_a_health_check_are_no_search(event, hits):
    crawler = [asked(event, f"/old{n}", 404 if n % 3 else 200, n) for n in range(40)]
    page = [asked(event, f"/img/{n}.png", 404, n) for n in range(40)]
    check = [asked(event, "/health", 404, n) for n in range(40)]
    assert found(hits, *crawler) == found(hits, *page) == found(hits, *check) == []
