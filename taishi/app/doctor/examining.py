"""All checks over one installation, and what they come to."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import cast, get_args

import taishi.app.doctor as package
from taishi.app.desk import Desk
from taishi.app.doctor.finding import Check, Clause, Finding, Grade, Ground
from taishi.core.discover import discover
from taishi.core.problems import Problem
from taishi.core.text import Text

#: From good to bad.
_ORDER: tuple[Grade, ...] = ("ok", "open", "warn", "fail")


@dataclass(frozen=True)
class Examination:
    """Every finding, in the order of the checks' names."""

    at: datetime
    findings: Sequence[Finding]

    @property
    def ok(self) -> bool:
        return not any(one.grade == "fail" for one in self.findings)

    def clauses(self) -> dict[Clause, Grade]:
        """Each clause by the worst of what was found for it; `open` where nothing was."""
        graded: dict[Clause, Grade] = {}
        for clause in get_args(Clause):
            of = [one.grade for one in self.findings if clause in one.clauses]
            graded[clause] = max(of, key=_ORDER.index) if of else "open"
        return graded


def checks() -> list[Check]:
    return cast(list[Check], list(discover(package, "CHECK")))


def examine(data: Path, desk: Desk | None, now: datetime, shut: Problem | None = None) -> Examination:
    """`shut`: why there is no desk."""
    ground = Ground(data, now, desk)
    findings: list[Finding] = []
    if shut is not None:
        findings.append(_shut(shut))
    for check in checks():
        if desk is not None or not check.needs_desk:
            findings += _looked(check, ground)
    return Examination(now, findings)


def _shut(problem: Problem) -> Finding:
    return Finding(
        "data",
        "fail",
        Text(f"数据无法打开：{problem}", f"the data cannot be opened: {problem}"),
        Text(
            "按上述原因处理后重试；必要时从备份恢复", "mend that and ask again; restore a backup if need be"
        ),
    )


def _looked(check: Check, ground: Ground) -> Iterable[Finding]:
    """A check that breaks is itself something found."""
    try:
        return list(check.look(ground))
    except Exception as error:  # noqa: BLE001 - the other checks are still wanted
        said = f"{type(error).__name__}: {error}"
        return [
            Finding(
                check.name,
                "fail",
                Text(f"检查“{check.name}”未能完成：{said}", f"check {check.name} could not be made: {said}"),
                Text("查看该部分的数据或权限", "look at the data and rights of that part"),
            )
        ]


def examination_document(made: Examination) -> dict[str, object]:
    """As JSON tells it."""
    return {
        "ok": made.ok,
        "at": made.at,
        "findings": [
            {
                "check": one.check,
                "grade": one.grade,
                "zh": one.said.zh,
                "en": one.said.en,
                "remedy": {"zh": one.remedy.zh, "en": one.remedy.en} if one.remedy else None,
                "clauses": list(one.clauses),
                "evidence": dict(one.evidence),
            }
            for one in made.findings
        ],
        "clauses": made.clauses(),
    }
