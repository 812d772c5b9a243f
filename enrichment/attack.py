"""What ATT&CK's techniques are called, and which tactics they serve, after the MISP galaxy cluster.

The cluster (CC0 or BSD-2-Clause) comes with the package `pymispgalaxies` (BSD-3-Clause); it is read here
without it, since only names and tactics are asked for. Names and texts of ATT&CK are MITRE's: `NOTICE`.
"""

from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import msgspec

from taishi.core.text import Text

#: What MITRE asks for wherever ATT&CK is shown (https://attack.mitre.org/resources/legal-and-branding/terms-of-use/).
NOTICE = (
    "© The MITRE Corporation. MITRE ATT&CK is reproduced and distributed with the permission of "
    "The MITRE Corporation."
)


#: Tactics in both languages, the Chinese after common usage; version 19 parts defense evasion in two.
TACTICS = {
    "reconnaissance": Text("侦察", "Reconnaissance"),
    "resource-development": Text("资源开发", "Resource Development"),
    "initial-access": Text("初始访问", "Initial Access"),
    "execution": Text("执行", "Execution"),
    "persistence": Text("持久化", "Persistence"),
    "privilege-escalation": Text("权限提升", "Privilege Escalation"),
    "defense-evasion": Text("防御规避", "Defense Evasion"),
    "stealth": Text("隐蔽", "Stealth"),
    "defense-impairment": Text("削弱防御", "Defense Impairment"),
    "credential-access": Text("凭据访问", "Credential Access"),
    "discovery": Text("发现", "Discovery"),
    "lateral-movement": Text("横向移动", "Lateral Movement"),
    "collection": Text("收集", "Collection"),
    "command-and-control": Text("命令与控制", "Command and Control"),
    "exfiltration": Text("数据渗出", "Exfiltration"),
    "impact": Text("影响", "Impact"),
}


@dataclass(frozen=True)
class Technique:
    """One technique or sub-technique; tactics as ATT&CK spells them, such as `credential-access`."""

    id: str
    name: str
    tactics: tuple[str, ...]


class _Meta(msgspec.Struct):
    external_id: str = ""
    kill_chain: list[str] = []


class _Value(msgspec.Struct):
    value: str
    meta: _Meta = msgspec.field(default_factory=_Meta)


class _Cluster(msgspec.Struct):
    values: list[_Value]


def technique(identity: str) -> Technique | None:
    """By its id, as `T1110.001`. A sub-technique that is not known takes its parent's name; None where that
    is unknown, too.
    """
    known = _techniques()
    return known.get(identity) or known.get(identity.partition(".")[0])


def named(identity: str) -> Text:
    """Id, name and tactics in words; the id alone where nothing is known of it."""
    found = technique(identity)
    if found is None:
        return Text(identity, identity)
    tactics = [TACTICS[one] for one in found.tactics if one in TACTICS]
    zh, en = "、".join(one.zh for one in tactics), ", ".join(one.en for one in tactics)
    name = f"{identity} {found.name}"
    return Text(f"{name}（{zh}）", f"{name} ({en})") if tactics else Text(name, name)


@cache
def _techniques() -> dict[str, Technique]:
    """Nothing where the package is not installed."""
    found = find_spec("pymispgalaxies")
    if found is None or not found.submodule_search_locations:
        return {}
    folder = Path(found.submodule_search_locations[0]) / "data" / "misp-galaxy" / "clusters"
    cluster = msgspec.json.decode((folder / "mitre-attack-pattern.json").read_bytes(), type=_Cluster)
    return {
        one.meta.external_id: Technique(one.meta.external_id, _name(one), _tactics(one))
        for one in cluster.values
        if one.meta.external_id
    }


def _name(one: _Value) -> str:
    """`Password Guessing - T1110.001` without the id."""
    return one.value.removesuffix(f" - {one.meta.external_id}")


def _tactics(one: _Value) -> tuple[str, ...]:
    """`attack-Linux:credential-access` names a platform first; each tactic once, in the cluster's order."""
    return tuple(dict.fromkeys(step.rpartition(":")[2] for step in one.meta.kill_chain))
