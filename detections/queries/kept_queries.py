"""Queries kept on disk by all that they are made from, as writing thousands of them takes half a minute."""

import hashlib
from collections.abc import Collection
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path

import msgspec

from detections.engine.load import RulePack
from detections.queries.lucene import KindQuery, RuleQuery, rule_queries
from taishi.core import ecs
from taishi.core.searching import Naming
from taishi.kit.kept import Kept

_encode = msgspec.msgpack.Encoder().encode


class _Saved(msgspec.Struct, array_like=True):
    queries: tuple[KindQuery, ...]
    reason: str


def kept_queries(pack: RulePack, naming: Naming, feeding: Collection[str], kept: Kept) -> list[RuleQuery]:
    """As `rule_queries`."""
    told = _told(pack, naming, feeding)
    saved = _known(kept.get("queries", told), len(pack.rules))
    if saved is not None:
        return [RuleQuery(rule, one.queries, one.reason) for rule, one in zip(pack.rules, saved, strict=True)]
    made = rule_queries(pack, naming, feeding)
    kept.put("queries", told, _encode([_Saved(one.queries, one.reason) for one in made]))
    return made


def _known(content: bytes | None, rules: int) -> list[_Saved] | None:
    if content is None:
        return None
    try:
        saved = msgspec.msgpack.decode(content, type=list[_Saved])
    except msgspec.DecodeError:
        return None
    return saved if len(saved) == rules else None


def _told(pack: RulePack, naming: Naming, feeding: Collection[str]) -> str:
    """All that decides what queries say."""
    digest = hashlib.blake2b(_encode([pack.plan.rules, pack.plan.atoms, pack.plan.variants, sorted(feeding)]))
    fields = sorted({field for atom in pack.plan.atoms for field in atom.fields})
    for kind in ecs.KINDS:
        digest.update(_encode([naming.places(kind, field) for field in fields]))
    for name in ("pysigma", "pysigma-backend-elasticsearch"):
        digest.update(version(name).encode())
    for path in sorted(Path(str(files("detections.queries"))).glob("*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()
