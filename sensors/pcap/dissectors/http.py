"""HTTP/1.x on any port: every request with its response; credentials over clear text as logons."""

import re
from collections.abc import Iterator
from itertools import zip_longest

from sensors.pcap.carried import SEARCHED, worth_searching
from sensors.pcap.content import body_type
from sensors.pcap.conversation import Conversation, Found
from sensors.pcap.flow import Flow
from sensors.pcap.messages import Message, begins, messages, request_line, response_line
from sensors.pcap.parameters import parameters
from sensors.pcap.rows import address
from sensors.pcap.secrets import basic_user, has_password, masked, masked_header, user_in
from sensors.pcap.survey import is_check_in, is_survey
from taishi.core.event import Json, Value

_REQUEST_TEXT, _RESPONSE_TEXT = 4096, 2048
_HEADERS_TEXT = 8192
_TYPED_BYTES = 8192
#: A cookie that is one long encoded value and nothing else: what sessions of people never are.
_OPAQUE_COOKIE = re.compile(r"(?:[\w-]{1,24}=)?([A-Za-z0-9+/_-]{50,4000})={0,2};?")
_FILE_NAME = re.compile(r"filename\*?=(?:UTF-8'')?\"?([^\";\r\n]{1,200})", re.IGNORECASE)


class Http:
    name = "http"
    wants = 1 << 18

    def recognises(self, client: bytes, server: bytes, flow: Flow) -> bool:
        if flow.transport != 6:
            return False
        return begins(client.lstrip(b"\r\n"), request_line) or begins(server, response_line)

    def events(self, talk: Conversation) -> Iterator[Found]:
        requests = list(messages(talk.client.data, request_line))
        heads = iter([request.words[0] == "HEAD" for request in requests])
        responses = [
            response
            for response in messages(talk.server.data, response_line, heads)
            if not response.words[1].startswith("1") or response.words[1] == "101"
        ]
        for request, response in zip_longest(requests, responses):
            yield from _exchange(talk, request, response)


def _exchange(talk: Conversation, request: Message | None, response: Message | None) -> Iterator[Found]:
    row: dict[str, Value] = {}
    extra: dict[str, Json] = {}
    time = record = 0
    if response is not None:
        time, record = talk.server.moment(response.offset)
        row |= _response_columns(response)
        extra["http.response.headers"] = _header_text(response)
        extra |= _file_columns(response)
    if request is not None:
        time, record = talk.client.moment(request.offset)
        row |= _request_columns(request, talk.flow)
        extra |= _sent_columns(request)
        if _has_opaque_cookie(request):
            extra["http.request.cookie.opaque"] = True
        extra |= _parameters(request)
    if response is not None:
        status = int(response.words[1])
        row["event.outcome"] = "success" if status < 400 else "failure"
    yield Found("http", time, record, row, extra)
    if request is not None:
        yield from _logons(talk.flow, request, response, time, record)


def _request_columns(request: Message, flow: Flow) -> dict[str, Value]:
    method, target, version = request.words
    target = masked(target)
    host = request.header("host")
    path, _, query = _local(target).partition("?")
    body = _body(request, _REQUEST_TEXT)
    domain, port = _host_port(host, flow)
    return {
        "http.version": version,
        "http.request.method": method,
        "http.request.bytes": request.total,
        "http.request.body.bytes": request.size,
        "http.request.body.content": None if body is None else masked(body),
        "http.request.referrer": _masked(request.header("referer")),
        "http.request.mime_type": _mime(request),
        "url.original": target,
        "url.full": _full(target, host, flow),
        "url.domain": domain,
        "url.port": port,
        "url.path": path,
        "url.query": query or None,
        "user_agent.original": request.header("user-agent"),
        "taishi.http.headers": _header_text(request),
    }


def _response_columns(response: Message) -> dict[str, Value]:
    body = _body(response, _RESPONSE_TEXT)
    return {
        "http.version": response.words[0],
        "http.response.status_code": int(response.words[1]),
        "http.response.bytes": response.total,
        "http.response.body.bytes": response.size,
        "http.response.body.content": None if body is None else masked(body),
        "http.response.mime_type": _mime(response),
    }


def _body(message: Message, limit: int) -> str | None:
    """The beginning of a body; more of one that may hold personal data, so that the search can count it."""
    if message.size > limit and worth_searching(message.raw(SEARCHED)):
        limit = SEARCHED
    return message.text(limit)


def _file_columns(response: Message) -> dict[str, Json]:
    """What the body is by its bytes, and the name it is to be saved under (RFC 6266)."""
    told: dict[str, Json] = {}
    if kind := body_type(response.raw(_TYPED_BYTES)):
        told["http.response.body.type"] = kind
    if named := _FILE_NAME.search(response.header("content-disposition") or ""):
        told["http.response.file.name"] = named[1].strip()
    return told


def _sent_columns(request: Message) -> dict[str, Json]:
    """Whether the body tells of the host that sends it."""
    body = request.raw(_TYPED_BYTES)
    if not body:
        return {}
    text = body.decode("utf-8", "replace")
    told: dict[str, Json] = {"http.request.body.type": kind} if (kind := body_type(body)) else {}
    if is_survey(text) or is_check_in(text):
        told["http.request.survey"] = True
    return told


def _has_opaque_cookie(request: Message) -> bool:
    """Encoded data alone: upper case, lower case and digits mixed as base64 has them."""
    found = _OPAQUE_COOKIE.fullmatch((request.header("cookie") or "").strip())
    if found is None:
        return False
    counts = [sum(map(test, found[1])) for test in (str.isupper, str.islower, str.isdigit)]
    return min(counts) * 12 >= len(found[1])


def _parameters(request: Message) -> dict[str, Json]:
    query = request.words[1].partition("?")[2].partition("#")[0]
    found: list[Json] = [*parameters(query, request.text(_REQUEST_TEXT), _mime(request))]
    return {"http.request.parameters": found} if found else {}


def _local(target: str) -> str:
    """The path and query of a target that a proxy was sent whole (RFC 9112, 3.2.2)."""
    scheme, separator, rest = target.partition("://")
    if separator and scheme.lower() in ("http", "https", "ftp", "ws"):
        return "/" + rest.partition("/")[2]
    return target


def _host_port(host: str | None, flow: Flow) -> tuple[str, int]:
    if not host:
        return address(flow.destination.address), flow.destination.port
    name, colon, port = host.rpartition(":")
    if colon and port.isdecimal() and not name.endswith(":"):
        return name.strip("[]"), min(int(port), 65535)
    return host.strip("[]"), flow.destination.port


def _full(target: str, host: str | None, flow: Flow) -> str:
    if not target.startswith("/"):
        return target
    if not host:
        host = address(flow.destination.address)
        host = f"[{host}]" if ":" in host else host
        host += "" if flow.destination.port == 80 else f":{flow.destination.port}"
    return f"http://{host}{target}"


def _mime(message: Message) -> str | None:
    value = message.header("content-type")
    return value.partition(";")[0].strip().lower() if value else None


def _masked(value: str | None) -> str | None:
    return None if value is None else masked(value)


def _header_text(message: Message) -> str:
    lines = (f"{name}: {masked_header(name, value)}" for name, value in message.headers)
    return "\n".join(lines)[:_HEADERS_TEXT]


def _logons(
    flow: Flow, request: Message, response: Message | None, time: int, record: int
) -> Iterator[Found]:
    """Who sent a password so that everybody on the way could read it."""
    status = int(response.words[1]) if response is not None else 0
    users: dict[str, str | None] = {}
    for header in ("authorization", "proxy-authorization"):
        value = request.header(header) or ""
        if value.lower().startswith("basic "):
            users["basic"] = basic_user(value) or None
    form = request.text(_REQUEST_TEXT) or ""
    query = request.words[1].partition("?")[2]
    if request.words[0] != "GET" and has_password(form):
        users["form"] = user_in(form)
    elif has_password(query) and user_in(query):
        users["query"] = user_in(query)
    for how, user in users.items():
        row: dict[str, Value] = {
            "event.action": "logon",
            "event.outcome": _outcome(status, how),
            "network.protocol": "http",
            "user.name": user,
            "taishi.logon.method": "password",
            "taishi.logon.cleartext": True,
        }
        extra: dict[str, Json] = {
            "http.logon": how,
            "url.path": masked(_local(request.words[1])).partition("?")[0],
        }
        yield Found(
            "logon", time, record, row, {**extra, "url.domain": _host_port(request.header("host"), flow)[0]}
        )


def _outcome(status: int, how: str) -> str | None:
    """A form answers a wrong password with a page like any other; who was let in is mostly sent elsewhere."""
    if status in (401, 403, 407):
        return "failure"
    if how == "basic":
        return "success" if 200 <= status < 400 else None
    return "success" if 300 <= status < 400 else None


DISSECTOR = Http()
