"""The rules: all packs load, attacks from outside and inside are looked for."""

from collections.abc import Iterable

import msgspec

from taishi.app.doctor.finding import Finding, Ground
from taishi.app.rule_costs import Searches, read_costs
from taishi.app.rule_loading import RuleLoading
from taishi.core.text import Text
from taishi.kit.kept import Kept, default_folder


class Rules:
    """Fits `taishi.app.doctor.finding.Check`."""

    name = "rules"
    needs_desk = False

    def look(self, ground: Ground) -> Iterable[Finding]:
        loading = RuleLoading(ground.data, Kept(default_folder()))
        pack = loading.first()
        if loading.problem:
            yield Finding(
                self.name,
                "fail",
                Text(f"规则包未能全部装入：{loading.problem}", f"not every pack loads: {loading.problem}"),
                Text("看 taishi rules list", "see taishi rules list"),
                ("C3", "C7"),
            )
        number, refused = len(pack.rules), len(pack.refused)
        yield Finding(
            self.name,
            "warn" if refused else "ok",
            Text(
                f"装入 {number} 条规则，拒收 {refused} 个文件",
                f"{number} rules loaded, {refused} files refused",
            ),
            Text("看 taishi rules list --state refused", "see taishi rules list") if refused else None,
            ("C3", "C7"),
            {"rules": number, "refused": refused},
        )
        costs = read_costs(ground.data)
        if costs is not None and costs.searches is not None:
            yield self._searched(costs.searches)

    def _searched(self, done: Searches) -> Finding:
        """Where the service lets rules search an Elasticsearch store."""
        left = len(done.unanswered)
        return Finding(
            self.name,
            "warn" if left else "ok",
            Text(
                f"{done.rules} 条规则以查询方式运行，其中 {left} 条的查询未能答全，由引擎补查",
                f"{done.rules} rules run as queries; the engine stood in for {left}",
            ),
            Text("看 taishi rules costs", "see taishi rules costs") if left else None,
            evidence=msgspec.to_builtins(done),
        )


CHECK = Rules()
