"""Attacks of every family, made for these tests, are told; what only looks like one passes."""

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest

from detections.web import parts
from detections.web.elsewhere import of_request
from detections.web.judging import charges
from detections.web.matcher import all_seen

HERE = Path(__file__).parent
_ESCAPES = {"n": "\n", "r": "\r", "t": "\t", "0": "\0"}


def lines(name: str) -> list[str]:
    """Lines of a file, those that begin with two words of explanation apart."""
    return [line for line in (HERE / name).read_text("utf-8").split("\n")[1:] if line]


def value(text: str) -> str:
    """What a line of the files stands for."""

    def letters() -> Iterator[str]:
        given = iter(text)
        for letter in given:
            after = next(given, "") if letter == "\\" else ""
            yield _ESCAPES.get(after, after) if letter == "\\" else letter

    return "".join(letters())


def charged(text: str) -> list[str]:
    found = list(parts.of_url("/a?x=" + quote(value(text), safe="")))
    seen = all_seen(found)
    seen |= {one.sign.name: one for one in of_request(found, "www.example.gov.cn", "")}
    return [charge.family.id for charge in charges(seen.values())]


@pytest.mark.parametrize("family", sorted({line.partition("\t")[0] for line in lines("attacks.txt")}))
def test_attacks_are_told(family: str) -> None:
    sent = [
        text for kind, _, text in (line.partition("\t") for line in lines("attacks.txt")) if kind == family
    ]
    assert [text for text in sent if not charged(text)] == []


def test_what_looks_a_little_like_one_passes() -> None:
    assert {text: found for text in lines("near_misses.txt") if (found := charged(text))} == {}


#: Requests that a published exploit sends and no user of the product: target, headers, body.
EXPLOITS = [
    ("/index.php?s=/index/think/app/invokefunction&function=call_user_func_array&vars[0]=phpinfo", "", ""),
    ("/seeyon/htmlofficeservlet", "", ""),
    (
        "/seeyon/thirdpartyController.do",
        "",
        "method=access&enc=TT5uZnR0YmhmL21qb2wvZmRvLyM&clientPath=127.0.0.1",
    ),
    ("/cgi-bin/status", "X-Trace: () { :;}; /bin/bash -c id", ""),
    ("/autodiscover/autodiscover.json?@example.com/owa/", "", ""),
    (
        "/autodiscover/autodiscover.json?a=%40example.com/mapi/",
        "Cookie: Email=autodiscover/autodiscover.json?@a.b",
        "",
    ),
    ("/ecp/y.js", "Cookie: X-BEResource=localhost~1942062522", ""),
    ("/tmui/login.jsp/..;/tmui/locallb/workspace/fileRead.jsp?fileName=/etc/passwd", "", ""),
    ("/console/css/%252e%252e%252fconsole.portal", "", ""),
    ("/%76endor/phpunit/phpunit/src/Util/PHP/eval-stdin.php", "", ""),
    ("/functionRouter", "spring.cloud.function.routing-expression: T(java.lang.Runtime)", "test"),
    (
        "/solr/core0/config",
        "Content-Type: application/json",
        '{"a": {"params.resource.loader.enabled": "true"}}',
    ),
    ("/device.rsp?opt=sys&cmd=___S_O_S_T_R_E_A_MAX___&mdb=sos", "", ""),
    ("/nacos/v1/auth/users?pageNo=1&pageSize=9", "agent Nacos-Server", ""),
    ("/", "Accept-Encoding: doar-e, ftw, imo, ,", ""),
]
#: What users of the same products send.
USERS = [
    ("/autodiscover/autodiscover.json?Email=a%40example.gov.cn&Protocol=Autodiscoverv1", "", ""),
    ("/autodiscover/autodiscover.json/v1.0/a@example.gov.cn?Protocol=EWS", "", ""),
    ("/owa/auth/logon.aspx", "Accept-Encoding: gzip, deflate, br", ""),
    ("/seeyon/thirdpartyController.do?ticket=a1b2c3", "", ""),
    ("/ispirit/im/upload.php", "", ""),
    ("/nacos/v1/auth/users?pageNo=1&pageSize=9&accessToken=ey", "", ""),
    ("/cgi-bin/luci/;stok=0f3a/admin/status", "", ""),
    ("/solr/core0/config", "", ""),
    ("/actuator/gateway/routes/a1", "", ""),
]


def families_of(target: str, headers: str, body: str) -> list[str]:
    agent = headers.removeprefix("agent ") if headers.startswith("agent ") else ""
    found = [
        *parts.of_url(target),
        parts.Part("agent", "", agent or "Mozilla/5.0 (X11; Linux x86_64)", form=False),
    ]
    found += [*parts.of_headers(headers if not agent else ""), *(parts.of_body(body, "") if body else [])]
    return [charge.family.id for charge in charges(all_seen(found).values())]


@pytest.mark.parametrize(("target", "headers", "body"), EXPLOITS)
def test_known_exploits_are_told(target: str, headers: str, body: str) -> None:
    assert families_of(target, headers, body)


@pytest.mark.parametrize(("target", "headers", "body"), USERS)
def test_users_of_the_same_products_pass(target: str, headers: str, body: str) -> None:
    assert "known_exploit" not in families_of(target, headers, body)
