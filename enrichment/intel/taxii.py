"""A TAXII 2.1 collection: `place` is its address, https://…/collections/ID/.

https://docs.oasis-open.org/cti/taxii/v2.1/taxii-v2.1.html, 5.4 and 3.4. The key is the whole value of the
Authorization header, such as `Basic …`. What a collection drops stays until it expires: it does not tell.
"""

from collections.abc import Mapping, Sequence
from urllib.parse import urlencode

import msgspec

from enrichment.intel.source import Keep, Outcome, Sighted
from enrichment.intel.stix_objects import read_objects
from taishi.core.indicators import IntelSource
from taishi.core.problems import Problem
from taishi.kit.fetch import Asked, fetch, secret

_MEDIA = "application/taxii+json;version=2.1"
_AFTER = "added_after"
#: Pages of one look; what is beyond them comes with the next.
_MOST_PAGES = 200


class _Envelope(msgspec.Struct):
    more: bool = False
    next: str | int | None = None
    objects: list[msgspec.Raw] = []


class TaxiiCollection:
    """The state of a look: when the newest object seen was added."""

    kind = "taxii"

    def look(self, source: IntelSource, before: Mapping[str, str], keep: Keep) -> Outcome:
        """Pages are kept only when all have come: an indicator and who made it may be on different ones."""
        after, page = before.get(_AFTER, ""), ""
        objects: list[msgspec.Raw] = []
        last = after
        for _ in range(_MOST_PAGES):
            envelope, added = _page(source, after, page)
            objects += envelope.objects
            last = added or last
            if not envelope.more or envelope.next in (None, ""):
                break
            page = str(envelope.next)
        found, problems = read_objects(source.id, objects)
        for parsed in found:
            keep(parsed.report, parsed.indicators)
            problems += parsed.problems
        return Outcome(fetched=len(objects), unusable=problems, state={_AFTER: last} if last else {})

    def tell(self, source: IntelSource, sighted: Sequence[Sighted]) -> int:  # noqa: ARG002 - the port names them
        """Not told to collections."""
        return 0


def _page(source: IntelSource, after: str, page: str) -> tuple[_Envelope, str]:
    """One page, and when its last object was added."""
    asked = {name: value for name, value in ((_AFTER, after), ("next", page)) if value}
    place = f"{source.place.rstrip('/')}/objects/" + (f"?{urlencode(asked)}" if asked else "")
    key = secret(source.key)
    headers = {"Accept": _MEDIA, **({"Authorization": key} if key else {})}
    answer = fetch(Asked(place, headers, ca=source.ca))
    if answer.status != 200:
        raise Problem(f"{source.place}: answers {answer.status}; what is known is kept")
    try:
        envelope = msgspec.json.decode(answer.body or b"{}", type=_Envelope)
    except (msgspec.DecodeError, msgspec.ValidationError) as error:
        raise Problem(f"{source.place}: is no TAXII envelope ({error}); what is known is kept") from None
    return envelope, answer.headers.get("x-taxii-date-added-last", "")


SOURCE = TaxiiCollection()
