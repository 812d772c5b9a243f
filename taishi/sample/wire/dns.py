"""DNS questions and answers between a client and its resolver (RFC 1035)."""

from datetime import datetime
from random import Random

import dns.flags
import dns.message
import dns.rcode
import dns.rdataclass
import dns.rdatatype
import dns.rrset

from taishi.sample.conversation import ANY_PORT, Udp, answer, ask

PORT = 53


def lookup(
    at: datetime,
    client: str,
    resolver: str,
    dice: Random,
    name: str,
    *,
    kind: str = "A",
    data: tuple[str, ...] = (),
    ttl_s: int = 300,
    exists: bool = True,
    think_us: int = 8000,
) -> Udp:
    """A question and its answer; `data` in zone-file form; none means NODATA, or NXDOMAIN if not `exists`."""
    query = dns.message.make_query(name, kind, id=dice.getrandbits(16))
    response = dns.message.make_response(query, recursion_available=True)
    if data:
        owner = query.question[0].name
        response.answer.append(dns.rrset.from_text(owner, ttl_s, dns.rdataclass.IN, kind, *data))
    elif not exists:
        response.set_rcode(dns.rcode.NXDOMAIN)
    says = (ask(query.to_wire(), wait_us=0), answer(response.to_wire(), wait_us=think_us))
    return Udp(at, client, ANY_PORT, resolver, PORT, says)


def generic(data: bytes) -> str:
    """Record data of any type in zone-file form (RFC 3597)."""
    return f"\\# {len(data)} {data.hex()}"
