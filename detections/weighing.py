"""From what the rules say to what the verdict says: named factors, each shown with its effect.

Pure: the same hits and the same surroundings give the same steps, whatever the order. The factors are data
(`verdicts/factors.yml`).
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cache
from importlib.resources import files

import msgspec
import yaml

from taishi.core.records import LEVELS, Factor, Hit, Level, Threat, Verdict
from taishi.core.text import Text


@dataclass(frozen=True)
class Surroundings:
    """What is known beside the hits. `grades`: 等保 grade by the name of an asset; `shown`: on how many
    subjects each rule has hits; `hosts`: how many hosts of ours are seen at all (0: nobody counted).
    """

    grades: Mapping[str, int] = field(default_factory=dict)
    shown: Mapping[str, int] = field(default_factory=dict)
    hosts: int = 0


class _Said(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    zh: str
    en: str

    def words(self, **values: object) -> Text:
        return Text(self.zh.format(**values), self.en.format(**values))


class Promotion(_Said, frozen=True, forbid_unknown_fields=True):
    """Evidence that an attempt succeeded: hits of these rules towards the attacker after the attack."""

    name: str
    within_h: float
    rules: tuple[str, ...]
    incident: str


class GradeFactor(_Said, frozen=True, forbid_unknown_fields=True):
    at_least: int
    classes: tuple[Threat, ...]


class IntelligenceFactor(_Said, frozen=True, forbid_unknown_fields=True):
    classes: tuple[Threat, ...]


class PrevalenceFactor(_Said, frozen=True, forbid_unknown_fields=True):
    classes: tuple[Threat, ...]
    least_hosts: int
    share: float


class Factors(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The page `factors.yml`."""

    promotions: tuple[Promotion, ...]
    asset_grade: GradeFactor
    intelligence: IntelligenceFactor
    prevalence: PrevalenceFactor


@cache
def factors() -> Factors:
    """The page as it is shipped."""
    text = files("detections").joinpath("verdicts", "factors.yml").read_text("utf-8")
    return msgspec.convert(yaml.safe_load(text), Factors)


def weigh(verdict: Verdict, hits: Sequence[Hit], around: Surroundings) -> Verdict:
    """The verdict with every factor that holds applied in the page's order."""
    page = factors()
    for promotion in page.promotions:
        verdict = _promoted(verdict, hits, promotion)
    for factor in (
        _grade(verdict, around, page.asset_grade),
        _intelligence(verdict, hits, page.intelligence),
        _prevalence(verdict, around, page.prevalence),
    ):
        if factor is not None:
            step = _step(verdict.level, -1 if factor.name == "prevalence" else 1)
            factor = msgspec.structs.replace(factor, was=verdict.level, became=step)
            verdict = msgspec.structs.replace(verdict, level=step, factors=(*verdict.factors, factor))
    return verdict


def _step(level: Level, up: int) -> Level:
    """One step up or down, as far as there is one."""
    place = LEVELS.index(level) - up
    return LEVELS[min(max(place, 0), len(LEVELS) - 1)]


def _promoted(verdict: Verdict, hits: Sequence[Hit], promotion: Promotion) -> Verdict:
    if verdict.threat != "attempted":
        return verdict
    for attempt, proof, attacker in _proofs(hits, promotion):
        words = Text(
            promotion.words(attacker=attacker, rule=proof.title.zh).zh,
            promotion.words(attacker=attacker, rule=proof.title.en).en,
        )
        factor = Factor(promotion.name, words, verdict.threat, "compromised")
        return msgspec.structs.replace(
            verdict,
            threat="compromised",
            level=min(attempt.level, proof.level, verdict.level, key=LEVELS.index),
            peers=tuple(sorted({*verdict.peers, attacker})),
            incident=promotion.incident,
            factors=(*verdict.factors, factor),
        )
    return verdict


def _proofs(hits: Sequence[Hit], promotion: Promotion) -> Iterator[tuple[Hit, Hit, str]]:
    """Attempt, what followed, and the attacker; the earliest first."""
    attempts = [hit for hit in hits if hit.threat == "attempted" and hit.attackers]
    acts = [hit for hit in hits if hit.rule in promotion.rules and hit.threat == "risk"]
    within = timedelta(hours=promotion.within_h)
    for proof in sorted(acts, key=lambda hit: (hit.last_seen, hit.id)):
        for attempt in sorted(attempts, key=lambda hit: (hit.first_seen, hit.id)):
            met = sorted(set(attempt.attackers) & set(proof.peers))
            followed = attempt.first_seen <= proof.last_seen <= attempt.last_seen + within
            if met and followed:
                yield attempt, proof, met[0]


def _grade(verdict: Verdict, around: Surroundings, factor: GradeFactor) -> Factor | None:
    grade = around.grades.get(verdict.asset or "", 0)
    if grade < factor.at_least or verdict.threat not in factor.classes:
        return None
    return Factor("asset-grade", factor.words(asset=verdict.asset, grade=grade), "", "")


def graded_as(verdict: Verdict, around: Surroundings) -> bool:
    """Whether the verdict was weighed by its asset's grade as it stands in `around`."""
    told = [one.words for one in verdict.factors if one.name == "asset-grade"]
    now = _grade(verdict, around, factors().asset_grade)
    return told == ([now.words] if now else [])


def _intelligence(verdict: Verdict, hits: Sequence[Hit], factor: IntelligenceFactor) -> Factor | None:
    """Where the worst reason is intelligence itself, its level says it already."""
    if verdict.threat not in factor.classes or verdict.because[0].kind == "intel":
        return None
    seen = (hit for hit in hits if hit.kind != "intel" and hit.threat == verdict.threat)
    about = {peer for hit in seen for peer in hit.peers}
    for hit in sorted(hits, key=lambda hit: hit.id):
        met = sorted(about & set(hit.peers))
        if hit.kind == "intel" and hit.threat != "risk" and met:
            zh, en = (factor.words(peer=met[0], rule=name) for name in (hit.title.zh, hit.title.en))
            return Factor("intelligence", Text(zh.zh, en.en), "", "")
    return None


def _prevalence(verdict: Verdict, around: Surroundings, factor: PrevalenceFactor) -> Factor | None:
    """Of the worst reasons every one must be common: a rare one among them stands for itself."""
    if verdict.threat not in factor.classes or verdict.level == LEVELS[-1]:
        return None
    said = verdict.threat, verdict.level
    worst = [one.rule for one in verdict.because if (one.threat, one.level) == said]
    shown = min((around.shown.get(rule, 0) for rule in worst), default=0)
    if not common(shown, around.hosts, factor):
        return None
    return Factor("prevalence", factor.words(hosts=max(around.hosts, shown), shown=shown), "", "")


def common(shown: int, hosts: int, factor: PrevalenceFactor | None = None) -> bool:
    """Whether a rule with hits on so many of so many hosts says how things are done here.

    Where nobody counted the hosts (0: logs alone) nothing is known to be common.
    """
    factor = factor or factors().prevalence
    return hosts > 0 and shown >= factor.least_hosts and shown >= factor.share * hosts
