"""Names cut at the registered domain, by the shape of public suffixes."""

import re
from functools import lru_cache

#: Second levels below which names are registered, under country codes (IANA delegation records, CNNIC's
#: rules for .cn, Nominet, JPRS, auDA, registro.br …).
_SECOND = frozenset(
    {"com", "net", "org", "gov", "edu", "mil", "ac", "co", "or", "ne", "go", "ltd", "plc", "sch", "me",
     "nom", "gob", "gouv", "govt", "id", "in", "info", "biz", "idv", "web", "school", "asn"}
)  # fmt: skip
#: CNNIC: the 34 province codes that stand as second levels below .cn.
_PROVINCE_TEXT = (
    "ah bj cq fj gd gs gz gx ha hb he hi hk hl hn jl js jx ln mo nm nx qh sc sd sh sn sx tj tw xj xz yn zj"
)
_PROVINCES = frozenset(_PROVINCE_TEXT.split())
#: Names that anyone can have below them without asking the domain's owner (dynamic DNS, hosting): there the
#: label before them is what somebody registered.
_HOSTED = frozenset(
    {"duckdns.org", "no-ip.org", "ddns.net", "hopto.org", "zapto.org", "sytes.net", "dyndns.org",
     "github.io", "herokuapp.com", "workers.dev", "pages.dev", "web.app", "blogspot.com", "ngrok.io",
     "ngrok-free.app", "trycloudflare.com", "azurewebsites.net", "cloudfront.net", "s3.amazonaws.com",
     "myqcloud.com", "aliyuncs.com"}
)  # fmt: skip
#: What a top-level domain looks like (RFC 3696 section 2: alphabetic, or an A-label).
_TOP_LEVEL = re.compile(r"[a-z]{2,24}|xn--[a-z0-9-]+")


@lru_cache(maxsize=65536)
def split_name(name: str) -> tuple[str, str]:
    """What stands below the registered domain, and that domain; no domain where the name has no public top.

    `name` in lower case without a final dot.
    """
    labels = name.split(".")
    if len(labels) < 2 or not _TOP_LEVEL.fullmatch(labels[-1]):
        return name, ""
    top, second = labels[-1], labels[-2]
    keep = 2
    if len(top) == 2 and (second in _SECOND or (top == "cn" and second in _PROVINCES)):
        keep = 3
    elif any(".".join(labels[-size:]) in _HOSTED for size in (2, 3)):
        keep = 4 if ".".join(labels[-3:]) in _HOSTED else 3
    return ".".join(labels[:-keep]), ".".join(labels[-keep:])
