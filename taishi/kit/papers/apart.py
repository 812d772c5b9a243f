"""The check in a process of its own, with little memory and time: whatever a file does to its reader, it
does there."""

import json
import resource
import subprocess
import sys
from pathlib import Path
from threading import BoundedSemaphore

from taishi.kit.papers.checking import check_paper
from taishi.kit.papers.paper import MEDIA_TYPES, Sound, Unfit

#: Bytes of memory and seconds of a core that one paper may cost, and seconds until nobody waits any more.
_MEMORY, _CPU_S, _PATIENCE_S = 1 << 30, 20, 60.0
#: So many papers are looked at at a time.
_PLACES = BoundedSemaphore(2)


def check_apart(path: Path) -> Sound:
    """Like `check_paper`. Raises Unfit also where the check itself did not come to an end."""
    with _PLACES:
        try:
            done = subprocess.run(  # noqa: S603 - our own module
                [sys.executable, "-m", __name__, str(path)],
                capture_output=True,
                timeout=_PATIENCE_S,
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise _unchecked() from None
    try:
        said = json.loads(done.stdout)
    except ValueError:
        raise _unchecked() from None
    if "zh" in said:
        raise Unfit(said["zh"], said["en"])
    return Sound(next(kind for kind in MEDIA_TYPES if kind == said["kind"]), int(said["pages"]))


def _unchecked() -> Unfit:
    return Unfit(
        "文件过于复杂，无法检查，没有接收；请打印后扫描成 PDF，或者拍成照片再传",
        "the file is too complex to check and was not taken; send a scan or a photo",
    )


def main(path: str) -> None:
    """Prints one JSON object: what the paper is, or why it is refused."""
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (_CPU_S, _CPU_S))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    try:
        found = check_paper(Path(path))
        said: dict[str, str | int] = {"kind": found.kind, "pages": found.pages}
    except Unfit as unfit:
        said = {"zh": unfit.text.zh, "en": unfit.text.en}
    print(json.dumps(said))


if __name__ == "__main__":
    main(sys.argv[1])
