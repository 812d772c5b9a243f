"""What we say of the world outside, for others: what was entered by hand, and who stands behind alerts that a
person has confirmed. Nothing of ours is named: no unit, no address inside.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from ipaddress import ip_address

from detections.intel.roles import Role
from detections.networks import Networks
from enrichment.intel.stix_bundle import Said, Seen, bundle
from taishi.app.desk import Desk
from taishi.app.hand_entries import PURPOSES
from taishi.app.roles import TRIAGE, require_or_system
from taishi.core.records import Asset, Verdict

#: A person of ours has confirmed the alert.
_CONFIRMED = 80


@dataclass(frozen=True)
class Exported:
    """A STIX 2.1 bundle, how much is in it, and what STIX has no name for."""

    document: str
    entered: int
    found: int
    left_out: tuple[str, ...]


def export(
    desk: Desk, by: str, why: str, *, since: datetime | None, until: datetime | None, tlp: str
) -> Exported:
    """Everything last touched in a half-open span of time; the act is audited, since it leaves the house.

    `tlp` marks what does not say it itself.
    """
    by = require_or_system(desk.state, by, *TRIAGE)
    entered = [one for one in _entered(desk, tlp) if _within(one.at, since, until)]
    known = {(one.type, one.value) for one in entered}
    found = [
        one
        for one in _found(desk, tlp)
        if _within(one.at, since, until) and (one.type, one.value) not in known
    ]
    document, left_out = bundle(desk.bureau.name, [*entered, *found])
    said = f"{len(entered)} entered, {len(found)} found, TLP {tlp}"
    desk.state.decide(desk.clock.now(), by, "export", "intel", "stix", said, why)
    return Exported(document, len(entered), len(found), tuple(left_out))


def _within(at: datetime, since: datetime | None, until: datetime | None) -> bool:
    return (since is None or at >= since) and (until is None or at < until)


def _entered(desk: Desk, tlp: str) -> Iterator[Said]:
    now = desk.clock.now()
    for one in desk.hand_entries.all():
        of = one.indicator
        if of.expires is None or of.expires > now:
            yield Said(
                of.type, of.value, one.report.info, of.comment, one.report.at, of.confidence, of.tlp or tlp,
                of.expires,
            )  # fmt: skip


def _found(desk: Desk, tlp: str) -> Iterator[Said]:
    """Each outside address behind confirmed alerts once, by the latest of these."""
    listed = (one.value for one in desk.state.find(Asset) if one.kind in ("cidr", "address"))
    networks = Networks((*desk.settings.internal(), *listed))
    behind: dict[str, list[tuple[Role, Verdict]]] = defaultdict(list)
    for alert in desk.alerts.list(limit=None).alerts:
        if alert.state == "confirmed":
            role, hostile = _hostile(alert.verdict)
            for address in filter(networks.public, hostile):
                behind[str(ip_address(address))].append((role, alert.verdict))
    for address, known in sorted(behind.items()):
        yield _said(address, "control" if any(role == "control" for role, _ in known) else "attacker",
                    [verdict for _, verdict in known], tlp)  # fmt: skip


def _hostile(verdict: Verdict) -> tuple[Role, tuple[str, ...]]:
    """Who attacked; where a host of ours is taken over and nobody attacked, whom it calls."""
    if verdict.threat == "compromised" and not verdict.attackers:
        return "control", verdict.peers
    return "attacker", verdict.attackers if verdict.threat != "risk" else ()


def _said(address: str, role: Role, verdicts: Sequence[Verdict], tlp: str) -> Said:
    latest = max(verdicts, key=lambda one: one.last_seen)
    techniques = dict.fromkeys(name for one in verdicts for why in one.because for name in why.technique)
    return Said(
        "address",
        address,
        latest.because[0].title.zh,
        PURPOSES[role].zh,
        latest.last_seen,
        _CONFIRMED,
        tlp,
        techniques=tuple(techniques),
        seen=Seen(
            min(one.first_seen for one in verdicts), latest.last_seen, sum(one.count for one in verdicts)
        ),
    )
