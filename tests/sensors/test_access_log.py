from collections.abc import Callable
from datetime import datetime

HEAD = "192.0.2.1 - - [01/Mar/2026:08:00:00 +0800]"


def test_combined(read: Callable) -> None:
    event = read(f'{HEAD} "GET /a/b?c=d HTTP/1.1" 404 162 "http://example.org/" "curl/7.68.0"').only
    expected = {
        "@timestamp": datetime.fromisoformat("2026-03-01T00:00:00+00:00"),
        "source.ip": "192.0.2.1",
        "http.request.method": "GET",
        "http.version": "1.1",
        "http.response.status_code": 404,
        "http.response.body.bytes": 162,
        "http.request.referrer": "http://example.org/",
        "url.original": "/a/b?c=d",
        "url.path": "/a/b",
        "url.query": "c=d",
        "user_agent.original": "curl/7.68.0",
        "event.dataset": "apache.access",
    }
    assert {name: event.fields.get(name) for name in expected} == expected
    assert "host.name" not in event.fields


def test_common_vhost_ipv6_user_and_no_bytes(read: Callable) -> None:
    made = read(
        f'{HEAD} "GET / HTTP/1.1" 304 -\n'
        '2001:db8::1 - bob [01/Mar/2026:08:00:00 +0800] "GET / HTTP/1.1" 200 5\n'
        'www.example.org 192.0.2.1 - - [01/Mar/2026:08:00:00 +0800] "GET / HTTP/1.1" 200 5 "-" "x"\n'
        'www.example.org:8443 192.0.2.1 - - [01/Mar/2026:08:00:00 +0800] "GET / HTTP/1.1" 200 5 "-" "x" "-"\n'
        'client.example.org - - [01/Mar/2026:08:00:00 +0800] "GET / HTTP/1.1" 200 5\n'
    )
    assert "http.response.body.bytes" not in made.events[0].fields
    assert (made.events[1].text("source.ip"), made.events[1].text("user.name")) == ("2001:db8::1", "bob")
    assert made.events[2].text("url.domain") == "www.example.org"
    assert made.events[3].number("url.port") == 8443
    assert made.events[4].text("source.domain") == "client.example.org"
    assert not made.rejected


def test_requests_that_are_none_are_kept(read: Callable) -> None:
    made = read(
        f'{HEAD} "\\x16\\x03\\x01 \\x02" 400 226 "-" "-"\n'
        f'{HEAD} "-" 408 0 "-" "-"\n'
        f'{HEAD} "GET /?q=\\"quoted\\" HTTP/1.1" 200 1 "-" "a \\"b\\" c"\n'
        f'{HEAD} "GET /?q="raw" HTTP/1.1" 200 1 "-" "x"\n'
        f'{HEAD} "CONNECT evil.example:443 HTTP/1.1" 405 1 "-" "x"\n'
        f'{HEAD} "GET http://evil.example/x?y HTTP/1.1" 200 1 "-" "x"\n'
    )
    assert not made.rejected
    assert made.events[0].text("url.original") == "\\x16\\x03\\x01 \\x02"
    assert made.events[2].text("user_agent.original") == 'a \\"b\\" c'
    assert made.events[3].text("url.original") == '/?q="raw"'
    assert made.events[4].text("http.request.method") == "CONNECT"
    assert (made.events[5].text("url.domain"), made.events[5].text("url.path")) == ("evil.example", "/x")


def test_damaged_lines_say_why(read: Callable) -> None:
    good = f'{HEAD} "GET / HTTP/1.1" 200 5\n'
    made = read(good * 3 + "nonsense\n" + good.replace("Mar", "Foo"))
    assert len(made.events) == 3
    assert made.reasons[1] == "no time: '01/Foo/2026:08:00:00 +0800'"


def test_iis(read: Callable) -> None:
    made = read(
        "#Software: Microsoft Internet Information Services 10.0\n#Version: 1.0\n"
        "#Fields: date time s-ip cs-method cs-uri-stem cs-uri-query s-port cs-username c-ip cs(User-Agent) "
        "cs(Referer) sc-status sc-substatus sc-win32-status time-taken\n"
        "2026-03-01 00:00:00 198.51.100.2 GET /a.aspx id=1 80 EX\\bob 192.0.2.1 "
        "Mozilla/5.0+(X) - 500 0 0 15\n"
        "2026-03-01 00:00:00 198.51.100.2 GET\n"
    )
    event = made.only
    assert made.sensor == "iis"
    assert event.text("event.dataset") == "iis.access"
    assert event.text("url.original") == "/a.aspx?id=1"
    assert event.text("user_agent.original") == "Mozilla/5.0 (X)"
    assert (event.text("user.domain"), event.text("user.name")) == ("EX", "bob")
    assert event.extra == {"sc-substatus": "0", "sc-win32-status": "0", "time-taken": "15"}
    assert made.reasons == ["4 values for 15 fields"]
