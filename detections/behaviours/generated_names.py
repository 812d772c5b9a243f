"""Generated domains: a host asks for many registered domains that do not exist and look made by a machine.

Malware that meets its server under names made from the date asks for them until one answers; nearly all
are not registered (NXDOMAIN). People mistype few; mail servers' block lists ask below one domain only.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence

import pyarrow.compute as pc

from detections.hits import Finding, hit
from detections.ledger.exhibits import QuestionRow, gathered
from detections.ledger.view import View
from taishi.core.records import Hit
from taishi.core.text import Text

#: Different registered domains that do not exist, and their share of all domains the host asked for.
MIN_DOMAINS, MIN_SHARE = 15, 0.3
#: The share of those that look random.
MIN_RANDOM = 0.6
#: A label shorter than this says nothing; of a label's letter pairs, the share that language has at most.
_MIN_LABEL, _COMMON_PAIRS = 7, 0.4
#: Letter pairs that English words and pinyin are made of: about two thirds of those in real names.
_PAIR_TEXT = (
    "th he in er an re nd at on nt ha es st en ed to it ou ea hi is or ti as te et ng of al de se le sa si "
    "ar ve ra ld ur me co ro ri io ic ne li ma el la ce ch om il ta us ho ac be no pe tr ee lo so ai ao ia "
    "ua uo ei ie ui iu zh sh gu gg ni mi ji xi qi yi wa ya yo yu zi bo bu da di do du fa fu ga go gr ho hu "
    "ke ko ki ku lu mo mu na nu pa pi po pr pl sc sp su te tu vi wo wi we ck ss ll oo ot op ol os ow ay ey "
    "am im um em ap ip up ep ab ib ub ad id od ud ag ig og eg ak ik ok ek av iv ov ev ex ax ix ox"
)
_PAIRS = frozenset(_PAIR_TEXT.split())

FINDING = Finding(
    "taishi.behaviour.generated-names",
    Text("查询大量随机生成域名（DGA）", "Machine-made domain names (DGA)"),
    "compromised",
    "medium",
    ("T1568.002",),
    Text(
        "查明发起查询的进程并清除；在 DNS 服务器上监视该主机最终解析成功的同类域名。",
        "Find and remove the asking process; watch for names of that kind that do resolve for this host.",
    ),
)


def judge(view: View) -> Iterator[Hit]:
    """Hosts that ask for made-up domains."""
    asked = view.questions
    missing = asked.filter(pc.equal(asked["rcode"], "NXDOMAIN"))
    if missing.num_rows < MIN_DOMAINS:
        return
    groups: dict[str, list[QuestionRow]] = defaultdict(list)
    for row in missing.to_pylist():
        groups[row["src"]].append(row)
    for source, rows in sorted(groups.items()):
        gone = {row["domain"] for row in rows}
        if len(gone) < MIN_DOMAINS:
            continue
        told = asked.filter(pc.equal(asked["src"], source))["domain"].unique()
        odd = {domain for domain in gone if looks_random(domain)}
        if len(gone) >= MIN_SHARE * len(told) and len(odd) >= max(MIN_DOMAINS, MIN_RANDOM * len(gone)):
            yield _hit(source, [row for row in rows if row["domain"] in odd], len(odd), len(told))


def looks_random(domain: str) -> bool:
    """Whether the label that was registered has few of the letter pairs that words have, or many digits."""
    label = domain.split(".")[0].replace("-", "")
    if len(label) < _MIN_LABEL or label.startswith("xn--"):
        return False
    pairs = [label[at : at + 2] for at in range(len(label) - 1)]
    return sum(pair in _PAIRS for pair in pairs) <= _COMMON_PAIRS * len(pairs)


def _hit(source: str, rows: Sequence[QuestionRow], number: int, all_domains: int) -> Hit:
    return hit(
        FINDING,
        gathered(rows, kind="dns"),
        key="names",
        subject=source,
        subject_kind="ip",
        peers=sorted({row["domain"] for row in rows})[:100],
        summary=Text(
            f"{source} 查询了 {number} 个不存在且形似随机生成的注册域名（共查询 {all_domains} 个域名）",
            f"{source} asked for {number} registered domains that do not exist and look machine-made, "
            f"of {all_domains} domains asked for",
        ),
    )


BEHAVIOUR = judge
