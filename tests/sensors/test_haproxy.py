"""HAProxy's requests within syslog."""

from collections.abc import Callable

REQUEST = (
    "Mar  2 10:00:01 lb haproxy[71]: 203.0.113.7:5123 [02/Mar/2026:10:00:01.250] https-in~ app/srv1 "
    '0/0/1/2/3 401 512 - - ---- 1/1/0/0/0 0/0 {portal.example|curl} "POST /login?next=%2F HTTP/1.1"\n'
)


def test_a_request_is_one(read: Callable) -> None:
    (event,) = read(REQUEST.encode()).events
    assert event.kind == "http"
    assert event.time.isoformat() == "2026-03-02T02:00:01.250000+00:00"
    assert (event.text("source.ip"), event.text("url.path")) == ("203.0.113.7", "/login")
    assert (event.text("http.request.method"), event.number("http.response.status_code")) == ("POST", 401)
    assert event.text("host.name") == "lb"
    assert event.extra["backend"] == "app"


def test_other_words_are_plain_syslog(read: Callable) -> None:
    said = b"Mar  2 10:00:01 lb haproxy[71]: Server app/srv1 is DOWN, reason: Layer4 timeout\n"
    (event,) = read(said).events
    assert event.kind == "other"


def test_a_wrong_time_is_told(read: Callable) -> None:
    found = read(REQUEST.replace("[02/Mar", "[42/Mar").encode() + REQUEST.encode())
    assert len(found.events) == 1
    assert "time" in found.rejected[0][1]
