"""What could not be read: kept aside, for somebody to look at."""

from collections.abc import Iterable

from taishi.app.doctor.finding import Finding, Ground
from taishi.core.text import Text

#: Folder of the data directory.
_FOLDER = "quarantine"


class Quarantine:
    """Fits `taishi.app.doctor.finding.Check`."""

    name = "quarantine"
    needs_desk = False

    def look(self, ground: Ground) -> Iterable[Finding]:
        files = [path for path in (ground.data / _FOLDER).rglob("*") if path.is_file()]
        size = sum(path.stat().st_size for path in files)
        said = Text(f"隔离区有 {len(files)} 个文件", f"{len(files)} files in quarantine")
        remedy = Text("看其中写明的原因，改正来源", "read the reasons in them and mend the sources")
        evidence = {"files": len(files), "bytes": size}
        yield Finding(
            self.name, "warn" if files else "ok", said, remedy if files else None, evidence=evidence
        )


CHECK = Quarantine()
