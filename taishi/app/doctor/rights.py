"""Who may read the data: nobody but the service's own account."""

import stat
from collections.abc import Iterable
from pathlib import Path

from taishi.app.doctor.finding import Finding, Ground
from taishi.core.text import Text

#: So many files are named of those that others may read.
_NAMED = 5
_OTHERS = stat.S_IRWXG | stat.S_IRWXO


class Rights:
    """Fits `taishi.app.doctor.finding.Check`."""

    name = "rights"
    needs_desk = False

    def look(self, ground: Ground) -> Iterable[Finding]:
        if not ground.data.is_dir():
            return
        if not ground.data.stat().st_mode & _OTHERS:
            yield _fine()  # nobody else gets in, whatever lies inside
            return
        open_ones = [path for path in _files(ground.data) if path.lstat().st_mode & _OTHERS]
        if not open_ones:
            yield _fine()
            return
        names = ", ".join(str(path.relative_to(ground.data)) for path in open_ones[:_NAMED])
        yield Finding(
            self.name,
            "fail" if any(path.name in ("key.pem", "state.sqlite") for path in open_ones) else "warn",
            Text(
                f"{len(open_ones)} 个文件可被其他账号读取：{names} …",
                f"{len(open_ones)} files can be read by other accounts: {names} …",
            ),
            Text(f"执行 chmod -R go-rwx {ground.data}", f"run chmod -R go-rwx {ground.data}"),
            ("C9", "C10"),
            {"files": len(open_ones)},
        )


def _fine() -> Finding:
    said = Text("数据只有本服务的账号可读", "only the service's own account can read the data")
    return Finding(Rights.name, "ok", said, clauses=("C9", "C10"))


def _files(folder: Path) -> Iterable[Path]:
    """Files that lie in folders others can enter."""
    for path in sorted(folder.iterdir()):
        if path.is_symlink():
            continue
        if path.is_file():
            yield path
        elif path.is_dir() and path.stat().st_mode & _OTHERS:
            yield from _files(path)


CHECK = Rights()
