"""Logs of load balancers and reverse proxies in forms of their own, and TheHive's."""

from collections.abc import Callable

ALB = (
    "https 2026-03-01T00:00:00.186641Z app/portal/490d68edf04676fe 198.51.100.7:44740 10.0.0.1:8080 "
    "0.086 0.048 0.037 404 404 12 57 "
    '"GET https://www.example.gov.cn:443/list?id=1%20or%201 HTTP/1.1" "Mozilla/5.00 (Nikto/2.1.5)" '
    'ECDHE-RSA-AES128-GCM-SHA256 TLSv1.2 arn:aws:x "Root=1-5" "www.example.gov.cn" "-" 1 - "forward"\n'
)
ZORAXY = (
    "2026/03/01 08:00:02 [2026-03-01 08:00:02.417736] [router:host-http] [origin:www.example.gov.cn] "
    "[client: 198.51.100.7] [useragent: Mozilla/5.0 [zgrab] 0.x] GET /a b?c=1 444\n"
)
HIVE = "[info] o.t.s.AccessLogFilter [1e60|2989] 198.51.100.7 {} took 8ms and returned {} 65 bytes\n"


def test_a_load_balancers_request(read: Callable) -> None:
    (event,) = read(ALB.encode()).events
    assert event.time.isoformat() == "2026-03-01T00:00:00.186641+00:00"
    assert (event.text("source.ip"), event.text("destination.ip")) == ("198.51.100.7", "10.0.0.1")
    assert (event.text("url.domain"), event.text("url.original")) == (
        "www.example.gov.cn",
        "/list?id=1%20or%201",
    )
    assert (event.number("http.response.status_code"), event.number("http.request.bytes")) == (404, 12)
    assert event.text("user_agent.original") == "Mozilla/5.00 (Nikto/2.1.5)"


def test_a_target_that_never_answered(read: Callable) -> None:
    unanswered = ALB.replace("10.0.0.1:8080", "-").replace(" 404 404 ", " 503 - ")
    (event,) = read(unanswered.encode()).events
    assert (event.text("destination.ip"), event.number("http.response.status_code")) == ("", 503)


def test_a_request_through_zoraxy(read: Callable) -> None:
    (event,) = read(ZORAXY.encode()).events
    assert event.time.isoformat() == "2026-03-01T00:00:02.417736+00:00"
    assert (event.text("source.ip"), event.text("url.domain")) == ("198.51.100.7", "www.example.gov.cn")
    assert (event.text("url.original"), event.number("http.response.status_code")) == ("/a b?c=1", 444)
    assert event.text("user_agent.original") == "Mozilla/5.0 [zgrab] 0.x"


def test_logons_at_thehive_have_its_answer(read: Callable) -> None:
    sent = [("POST /api/v1/login", 401), ("POST /api/login", 200), ("GET /api/v1/case?range=all", 200)]
    found = read("".join(HIVE.format(*one) for one in sent).encode())
    refused, accepted, asked = found.events
    assert (refused.kind, refused.text("event.outcome")) == ("logon", "failure")
    assert (accepted.kind, accepted.text("event.outcome")) == ("logon", "success")
    assert (asked.kind, asked.text("url.query")) == ("http", "range=all")


def test_thehives_own_time_counts(read: Callable) -> None:
    (event,) = read(("2026-03-01 08:00:12,999 [INFO] from " + HIVE[7:].format("GET /", 200)).encode()).events
    assert event.time.isoformat() == "2026-03-01T00:00:12.999000+00:00"


def test_other_lines_are_set_aside_with_a_reason(read: Callable) -> None:
    for line in (ALB, ZORAXY, HIVE.format("GET /", 200)):
        found = read((line * 3 + "something else\n").encode())
        assert len(found.events) == 3
        assert found.rejected[0][1].startswith("no ")
