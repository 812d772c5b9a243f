"""Signs that compare a request with the site it went to: addresses elsewhere, sessions handed over."""

import re
from collections.abc import Iterable, Iterator
from urllib.parse import urlsplit

from detections.public_suffix import split_name
from detections.traits import is_address
from detections.web.families import signs
from detections.web.matcher import Seen
from detections.web.parts import Part
from detections.web.views import decoded

#: Names of parameters that are meant to hold an address of any site.
_MEANT = re.compile(
    r"(?i)url|uri|link|redir|return|next|callback|goto|target|ref|src|href|from|continue|dest|origin|site|share|"
    r"service|back|feed|image|img|logo|avatar|video|host|domain|wsdl|issuer|realm|relay|audience|jump|to$|page$|"
    r"^(?:u|r|d|dl|dr|l|p|cb|state|scope)$"
)
#: Names under which servers know a session again (PHP, Java, .NET, Node, Ruby, Python, ColdFusion).
_SESSION = re.compile(
    r"(?i)^(?:php|j|asp\.?net_?|asp|jserv|jw|zend_?|cf|_?rails_?|laravel_?|rack\.?|symfony_?|play_?|__host-.*|__secure-.*|viewstate|"
    r"express\.?|koa\.?|sails\.?|connect\.?|ci_?|flask_?|django_?|shiny-?)?(?:session(?:[-_]?(?:id|token|key))?|sess(?:id)?|sid)\w*$"
    r"|^(?:cfid|cftoken|shiny-token|phpsession|_session_id|sid|connect\.sid|sails\.sid|.*session[-_.]?(?:id|token))$"
)
_ADDRESS = re.compile(r"(?i)^\W{0,2}(?:url:)?((?:https?|ftps?)://.{1,300})")


def of_request(found: Iterable[Part], site: str, referrer: str) -> Iterator[Seen]:
    """What only the whole request tells. `site`: the name under which the server was asked."""
    here = _owned(site)
    handed_over = _is_elsewhere(referrer, here)
    for part in found:
        if part.place == "value" and "//" in decoded(part.value[:40]) and not _MEANT.search(part.name):
            address = _ADDRESS.match(decoded(part.value))
            if address and _is_elsewhere(address[1], here):
                yield Seen(signs()["rfi/elsewhere"], address[1][:120])
        elif part.place == "name" and handed_over and _SESSION.match(decoded(part.value)):
            yield Seen(signs()["fixation/handed-over"], f"{part.value[:60]} ← {referrer[:60]}")


def _is_elsewhere(address: str, here: str) -> bool:
    try:
        host = (urlsplit(address.strip()).hostname or "").lower()
    except ValueError:
        return False
    return bool(host) and _owned(host) != here


def _owned(host: str) -> str:
    """The registered domain of a name; an address is itself."""
    return host if is_address(host) else split_name(host)[1] or host
