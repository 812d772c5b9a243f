"""DNS tunnels: one host asks ever new, long, random-looking names below one registered domain."""

import math
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence

import numpy as np
import pyarrow.compute as pc

from detections.hits import Finding, hit
from detections.ledger.exhibits import QuestionRow, gathered
from detections.ledger.view import View
from taishi.core.records import Hit
from taishi.core.text import Text

#: Names below this many are too few to carry a session.
MIN_NAMES = 40
#: Of all questions below the domain, the share that never came before: a cache is of no use to a tunnel.
MIN_NEW = 0.7
#: Mean length of the part below the registered domain: DNS names of people and services are shorter.
MIN_LENGTH = 24
#: Bits a character: hexadecimal text has at most 4, base32 5, words about 2.5 to 3.5.
MIN_ENTROPY = 3.2
#: Bytes carried upward by the names alone.
MIN_BYTES = 1500
#: Zones that are asked about files and addresses by design: reputation services (RFC 5782 and vendors').
_REPUTATION = (
    ".hash.cymru.com", ".avqs.mcafee.com", ".avts.mcafee.com", ".sophosxl.net", ".spamhaus.org", ".surbl.org",
    ".uribl.com", ".barracudacentral.org", ".spamcop.net", ".senderbase.org", ".dnswl.org", ".mailspike.net",
    ".gti.mcafee.com", ".e5.sk", ".ctmail.com", ".cloudfilter.net",
)  # fmt: skip

FINDING = Finding(
    "taishi.behaviour.dns-tunnel",
    Text("DNS 隧道", "DNS tunnel"),
    "compromised",
    "high",
    ("T1071.004", "T1572", "T1048.003"),
    Text(
        "立即断网隔离该主机，在 DNS 服务器上停止解析该域名，查明发起查询的进程并清除，评估外传数据。",
        "Isolate the host, stop resolving the domain, find and remove the asking process, assess what left.",
    ),
)


def judge(view: View) -> Iterator[Hit]:
    """Hosts that carry data in the names they ask for."""
    asked = view.questions
    if asked.num_rows < MIN_NAMES:
        return
    counted = asked.group_by(["src", "domain"]).aggregate([("below", "count_distinct")])
    many = counted.filter(np.asarray(counted["below_count_distinct"]) >= MIN_NAMES)
    wanted = set(zip(many["src"].to_pylist(), many["domain"].to_pylist(), strict=True))
    if not wanted:
        return
    groups: dict[tuple[str, str], list[QuestionRow]] = defaultdict(list)
    for row in asked.filter(pc.is_in(asked["domain"], many["domain"].combine_chunks())).to_pylist():
        if (row["src"], row["domain"]) in wanted and not _asks_reputation(row):
            groups[row["src"], row["domain"]].append(row)
    for (source, domain), rows in sorted(groups.items()):
        names = {row["below"] for row in rows} - {""}
        questions = sum(row["n"] for row in rows)
        if source and is_tunnel(names, questions):
            yield _hit(view, source, domain, names, questions, rows)


def _asks_reputation(row: QuestionRow) -> bool:
    return f".{row['below']}.{row['domain']}".endswith(_REPUTATION)


def _hit(
    view: View, source: str, domain: str, names: set[str], asked: int, rows: Sequence[QuestionRow]
) -> Hit:
    outside = {row["server"] for row in rows if row["server"] and not view.networks.inside(row["server"])}
    number, sent, bits = len(names), sum(map(len, names)), entropy(_letters(names))
    return hit(
        FINDING,
        gathered(rows, kind="dns"),
        key=domain,
        subject=source,
        subject_kind="ip",
        peers=[domain, *outside],
        summary=Text(
            f"{source} 向域名 {domain} 发出 {asked} 次查询，{number} 个不重复的长随机子域名"
            f"（平均 {sent / number:.0f} 字符，熵 {bits:.1f} 位/字符），携带约 {sent / 1024:.1f} KB",
            f"{source} asked {asked} times below {domain}: {number} different long random names "
            f"({sent / number:.0f} characters and {bits:.1f} bits a character in the mean) carrying about "
            f"{sent / 1024:.1f} KB",
        ),
    )


def is_tunnel(names: set[str], asked: int) -> bool:
    """Many new, long and random names: all of it, since each alone has innocent causes."""
    number, length = len(names), sum(map(len, names))
    return (
        number >= MIN_NAMES
        and number / asked >= MIN_NEW
        and length >= MIN_BYTES
        and length / number >= MIN_LENGTH
        and entropy(_letters(names)) >= MIN_ENTROPY
    )


def _letters(names: set[str]) -> Counter[str]:
    return Counter("".join(names).replace(".", ""))


def entropy(letters: Counter[str]) -> float:
    """Shannon entropy in bits a character."""
    total = letters.total()
    return -sum(n / total * math.log2(n / total) for n in letters.values()) if total else 0.0


BEHAVIOUR = judge
