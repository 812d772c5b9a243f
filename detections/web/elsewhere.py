"""What in a request points to a site: addresses in parameters, sessions handed over by the page before."""

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import NamedTuple
from urllib.parse import urlsplit

from detections.public_suffix import split_name
from detections.traits import is_address
from detections.web.families import signs
from detections.web.matcher import Seen
from detections.web.parts import Part
from detections.web.views import decoded

#: Names of parameters that are meant to hold an address of any site, or any text.
_MEANT = re.compile(
    r"(?i)url|uri|link|redir|return|next|callback|goto|target|ref|src|href|from|continue|dest|origin|site|share|"
    r"service|back|feed|image|img|logo|avatar|video|host|domain|wsdl|issuer|realm|relay|audience|jump|to$|page$|"
    r"query|word|search|text|content|title|desc|comment|message|note|body|data|json|xml|"
    r"^(?:u|r|d|dl|dr|l|p|cb|state|scope|q|s|wd|kw)$"
)
#: Names under which servers know a session again (PHP, Java, .NET, Node, Ruby, Python, ColdFusion).
_SESSION = re.compile(
    r"(?i)^(?:php|j|asp\.?net_?|asp|jserv|jw|zend_?|cf|_?rails_?|laravel_?|rack\.?|symfony_?|play_?|__host-.*|__secure-.*|viewstate|"
    r"express\.?|koa[.:]?|sails\.?|connect\.?|ci_?|_?flask_?|django_?|shiny-?|weblogic)(?:session(?:[-_]?(?:id|token|key))?|sess(?:id)?|sid)\w*$"
    r"|^(?:cfid|cftoken|shiny-token|.+[-._]session[-_.]?(?:id|token))$"
)
#: The same where other things are called so too: there the value must look like a session's.
_MAYBE_SESSION = re.compile(r"(?i)^(?:_?session[-_.]?(?:id|token|key)?|sess(?:[-_]?id)?|sid)$")
#: Letters and digits mixed, or longer than a number of anything is.
_DRAWN = re.compile(r"(?=.{0,80}\d)(?=.{0,80}[A-Za-z])[\w.+/=:%-]{6,}|[\w.+/=:%-]{20,}")
#: A session after the path, as Java servers write it.
_IN_PATH = re.compile(r"(?i);(jsessionid)=([^;/?]{1,200})")
#: Slashes near the beginning, as they are or encoded once or more.
_MAY_BE_ADDRESS = re.compile(r"(?i)^.{0,30}(?:/|%(?:25)*2f|&#|\\)", re.DOTALL)
_ADDRESS = re.compile(r"(?i)^\W{0,2}(?:url:)?((?:https?|ftps?)://.{1,300})")
#: An address as a number, or with a port. By private ones (RFC 1918) systems of one house call each other.
_ODD = re.compile(
    r"(?i)(?:https?|ftps?)://(?!10\.|192\.168\.|172\.(?:1[6-9]|2\d|3[01])\.)(?:[\w.-]+\.[a-z]{2,12}:\d{2,5}|\d{1,3}(?:\.\d{1,3}){3}(?::\d+)?)(?:/|$)"
)


class Pointer(NamedTuple):
    """A sign that counts where the site it points to was not the one asked. `value`: as it was sent."""

    site: str
    seen: Seen
    value: str


def pointers(found: Iterable[Part], referrer: str) -> Iterator[Pointer]:
    """Whom a request points to, whoever was asked."""
    found, before = list(found), site_of(referrer)
    for part in found:
        if part.place == "value" and _MAY_BE_ADDRESS.search(part.value) and not _MEANT.search(part.name):
            address = _ADDRESS.match(decoded(part.value))
            if address and (site := site_of(address[1])):
                yield Pointer(site, Seen(signs()["rfi/elsewhere"], address[1][:120]), part.value)
    if before:
        for name, value in sessions(found):
            text = f"{name[:60]} ← {referrer[:60]}"
            yield Pointer(before, Seen(signs()["fixation/handed-over"], text), value)


def sessions(found: Iterable[Part]) -> Iterator[tuple[str, str]]:
    """Names and values of sessions in a request's address or form; whoever links has no say in cookies."""
    for part in found:
        if part.place == "path" and (carried := _IN_PATH.search(part.value)):
            yield carried[1], carried[2]
        elif part.place == "value" and _is_session(part.name, part.value):
            yield part.name, part.value


def _is_session(name: str, value: str) -> bool:
    sure, maybe = _names_session(name)
    return sure or (maybe and bool(_DRAWN.fullmatch(value)))


@lru_cache(maxsize=4096)
def _names_session(name: str) -> tuple[bool, bool]:
    """Whether a name is a session's for sure, and whether it may be."""
    return bool(_SESSION.match(name)), bool(_MAYBE_SESSION.match(name))


def of_request(found: Iterable[Part], site: str, referrer: str) -> Iterator[Seen]:
    """Pointers to other sites than the one under whose name the server was asked; without a name odd ones."""
    here = registered(site)
    for one in pointers(found, referrer):
        if site and one.site != here:
            yield one.seen
        elif not site and _ODD.match(one.seen.text):
            yield Seen(signs()["rfi/odd-address"], one.seen.text)


@lru_cache(maxsize=16384)
def site_of(address: str) -> str:
    """The registered domain that an address names, empty where it is none."""
    try:
        host = (urlsplit(address.strip()).hostname or "").lower()
    except ValueError:
        return ""
    return registered(host)


@lru_cache(maxsize=16384)
def registered(host: str) -> str:
    """The registered domain of a name; an address is itself."""
    return host if is_address(host) else split_name(host)[1] or host
