"""Data leaves a health-insurance desk inside DNS: long random names of one domain."""

from base64 import b32encode
from datetime import datetime, timedelta
from random import Random

from taishi.core.text import Text
from taishi.sample.conversation import Udp
from taishi.sample.county import INSURANCE_BUREAU, INSURANCE_DESK, RESOLVER
from taishi.sample.scene import PCAP, Scene, Told, Truth, Week
from taishi.sample.wire.dns import generic, lookup

DOMAIN = "example.org"
ZONE = f"s1.{DOMAIN}"
QUERIES = 2600
#: RFC 1035, 2.3.4: a label has 63 octets at most.
LABEL = 60


def tell(week: Week) -> Told:
    dice = week.dice("dns_tunnel")
    told = Told()
    first = at = week.moment(2, 13, 5)
    for _ in range(QUERIES):
        told.conversations.append(carried(at, dice))
        last, at = at, at + timedelta(seconds=dice.expovariate(1 / 3.2))
    what = Text(
        f"医保经办终端以 {DOMAIN} 的长随机子域名发出 {QUERIES} 次 TXT/NULL/CNAME 查询，外传数据",
        f"A health-insurance desk sends {QUERIES} TXT/NULL/CNAME questions for long random names of {DOMAIN}",
    )
    told.truths.append(
        Truth(
            scene="dns_tunnel",
            threat="compromised",
            level="high",
            subject=INSURANCE_DESK,
            subject_kind="ip",
            unit=INSURANCE_BUREAU.name,
            first_seen=first,
            last_seen=last,
            seen_in=(PCAP,),
            what=what,
            peers=(RESOLVER, DOMAIN),
        )
    )
    return told


def carried(at: datetime, dice: Random) -> Udp:
    """One question that carries up to 70 bytes out, and an answer that carries some in."""
    name = f"{labels(dice, dice.randrange(45, 70))}.{ZONE}"
    kind = dice.choices(("TXT", "NULL", "CNAME"), weights=(6, 3, 2))[0]
    if kind == "TXT":
        data = f'"{b32encode(dice.randbytes(dice.randrange(20, 90))).decode().strip("=").lower()}"'
    elif kind == "NULL":
        data = generic(dice.randbytes(dice.randrange(30, 140)))
    else:
        data = f"{labels(dice, dice.randrange(20, 40))}.{ZONE}."
    think = dice.randrange(24_000, 60_000)
    return lookup(at, INSURANCE_DESK, RESOLVER, dice, name, kind=kind, data=(data,), ttl_s=0, think_us=think)


def labels(dice: Random, size: int) -> str:
    """`size` random bytes as Base32 labels."""
    text = b32encode(dice.randbytes(size)).decode().strip("=").lower()
    return ".".join(text[start : start + LABEL] for start in range(0, len(text), LABEL))


SCENE = Scene("dns_tunnel", tell)
