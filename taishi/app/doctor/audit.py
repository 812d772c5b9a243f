"""The audit: its chain is whole."""

from collections.abc import Iterable

from taishi.app.doctor.finding import Finding, Ground, desk_of
from taishi.core.text import Text


class Audit:
    """Fits `taishi.app.doctor.finding.Check`."""

    name = "audit"
    needs_desk = True

    def look(self, ground: Ground) -> Iterable[Finding]:
        state = desk_of(ground).state
        problems = state.verify()
        if not problems:
            lines = len(state.decisions())
            said = Text(f"审计链完整，共 {lines} 条", f"the audit chain is whole, {lines} lines")
            yield Finding(self.name, "ok", said, clauses=("C6",), evidence={"lines": lines})
        for problem in problems:
            remedy = Text("查明何人何时改动；从备份恢复", "find out who changed it when; restore a backup")
            yield Finding(self.name, "fail", problem, remedy, ("C6",))


CHECK = Audit()
