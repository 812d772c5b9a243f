"""HTTP messages: where they begin, and that no content makes looking for that slow."""

from time import perf_counter

import pytest

from sensors.pcap.messages import begins, messages, request_line, response_line

SIZE = 1 << 18
#: Took minutes when every word began a search of its own; a fraction of a second when lines are judged once.
SECONDS = 5


def repeated(text: bytes) -> bytes:
    return text * (SIZE // len(text))


@pytest.mark.parametrize(
    "body",
    [
        repeated(b"AA "),
        repeated(b"AA ") + b"\r\n",
        repeated(b"AA ") + b" HTTP/1.1\r\n",
        repeated(b"AA HTTP/1.1 "),
        repeated(b"AA x HTTP/1.1\r"),
        repeated(b"HTTP/1.1 200 "),
        repeated(b"HTTP/1.1 200 ") + b"\rx\n",
        repeated(b"A"),
        repeated(b"\r"),
        repeated(b"\n"),
        repeated(b"xAA / HTTP/1.1\n"),
    ],
    ids=lambda body: repr(body[:14] + body[-4:]),
)
def test_no_content_is_slow(body):
    began = perf_counter()
    for kind in (request_line, response_line):
        list(messages(b"GET / HTTP/1.1\r\nHost: a.example\r\n\r\n" + body, kind))
        begins(body, kind)
    assert perf_counter() - began < SECONDS


@pytest.mark.parametrize(
    ("line", "words"),
    [
        (b"GET / HTTP/1.1\r\n", ("GET", "/", "1.1")),
        (b"GET /a b  c HTTP/1.0\n", ("GET", "/a b  c", "1.0")),
        (b"GET  HTTP/1.1\r\n", ("GET", "", "1.1")),
        (b"GET HTTP/1.1\r\n", ("GET", "", "1.1")),
        (b"GET /HTTP/1.1 HTTP/1.1\r\n", ("GET", "/HTTP/1.1", "1.1")),
        (b"M-SEARCH * HTTP/1.1\r\n", ("M-SEARCH", "*", "1.1")),
    ],
)
def test_request_lines(line, words):
    (message,) = messages(line + b"Host: a.example\r\n\r\n", request_line)
    assert (message.words, message.header("host"), message.offset) == (words, "a.example", 0)


@pytest.mark.parametrize(
    "line", [b"get / HTTP/1.1\r\n", b"GET / HTTP/1.1", b"GET / HTTP/1.1 x\r\n", b"HTTP/1.1\n"]
)
def test_no_request_lines(line):
    assert list(messages(line, request_line)) == []
    assert not begins(line, request_line)


def test_inside_a_line_a_request_counts_only_before_a_header():
    lost = b"what is left of a bodyGET /b HTTP/1.1\r\n"
    assert [found.words[1] for found in messages(lost + b"Host: b.example\r\n\r\n", request_line)] == ["/b"]
    assert list(messages(lost + b"nothing of the kind\r\n\r\n", request_line)) == []


def test_status_lines():
    (message,) = messages(b"HTTP/1.1 200\r\nContent-Length: 2\r\n\r\nhi", response_line)
    assert (message.words, message.body) == (("1.1", "200"), b"hi")
    assert list(messages(b"HTTP/1.1 2000 OK\r\n\r\n", response_line)) == []
