"""What verdicts are weighed by besides their hits: the assets' grades, and how common a finding is here."""

from collections import defaultdict
from collections.abc import Iterable

from detections.weighing import Surroundings, common, graded_as
from taishi.app.owning import VERSION
from taishi.core.ports import Find, StateStore
from taishi.core.records import Alert, Asset, Hit

#: The most hosts of ours that spoke on one day, kept over restarts.
_HOSTS = "prevalence.hosts"


def surroundings(hits: Iterable[Hit], assets: Iterable[Asset], hosts: int) -> Surroundings:
    """Of a run that has an end. `hosts`: how many of ours spoke; subjects of hits are hosts at the least."""
    found = list(hits)
    subjects = len({hit.subject for hit in found})
    return Surroundings(_grades(assets), _counted(_by_rule(found)), max(hosts, subjects) if hosts else 0)


class Prevalence:
    """How many subjects show what, of all that is stored; grows with every round of detection.

    Only weaknesses of medium level and above are looked at: nothing else can be lowered by it.
    """

    def __init__(self, state: StateStore) -> None:
        self._state = state
        weak = Find(where={"threat": "risk", "level": ("high", "medium")})
        self._subjects = _by_rule(state.find(Hit, weak))
        self._hosts = int(state.setting(_HOSTS) or 0)
        self._common = self._now_common()

    def add(self, hits: Iterable[Hit]) -> None:
        for hit in hits:
            if hit.threat == "risk" and hit.level != "low":
                self._subjects[hit.rule].add(hit.subject)

    def around(self) -> Surroundings:
        """As things stand."""
        return Surroundings(_grades(self._state.find(Asset)), _counted(self._subjects), self._hosts)

    def turned(self, hosts: int) -> list[str]:
        """Subjects to be judged again: a rule on them has become common, or rare, since the last call."""
        if hosts > self._hosts:
            self._hosts = hosts
            self._state.set_setting(_HOSTS, str(hosts))
        now, before = self._now_common(), self._common
        self._common = now
        return sorted({subject for rule in now ^ before for subject in self._subjects[rule]})

    def _now_common(self) -> frozenset[str]:
        counts = _counted(self._subjects)
        return frozenset(rule for rule, shown in counts.items() if common(shown, self._hosts))


class Grades:
    """Which open alerts were weighed by a grade that their asset no longer has, or not by the one it has."""

    def __init__(self, state: StateStore) -> None:
        self._state = state
        self._version = ""

    def turned(self) -> list[str]:
        """Subjects to be judged again, looked for where the register is another than at the last call."""
        version = self._state.setting(VERSION) or ""
        if version == self._version:
            return []
        self._version = version
        grades = Surroundings(_grades(self._state.find(Asset)))
        return sorted(
            alert.verdict.subject
            for alert in self._state.find(Alert, Find(where={"state": ("new", "confirmed")}))
            if not graded_as(alert.verdict, grades)
        )


def _by_rule(hits: Iterable[Hit]) -> defaultdict[str, set[str]]:
    found = defaultdict[str, set[str]](set)
    for hit in hits:
        found[hit.rule].add(hit.subject)
    return found


def _counted(subjects: dict[str, set[str]]) -> dict[str, int]:
    return {rule: len(of) for rule, of in subjects.items()}


def _grades(assets: Iterable[Asset]) -> dict[str, int]:
    """The highest grade under each name."""
    found: dict[str, int] = {}
    for asset in assets:
        if asset.grade:
            found[asset.name] = max(asset.grade, found.get(asset.name, 0))
    return found
