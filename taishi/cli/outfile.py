"""Files that commands write: whole or not at all, and never over an input."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import NamedTemporaryFile

from taishi.core.problems import Problem


@contextmanager
def replacing(path: Path, option: str, inputs: Iterable[Path]) -> Iterator[Path]:
    """A file beside `path` to write into; it takes its place when all went well.

    Raises Problem where the path is one of the inputs or cannot be written.
    """
    meant = path.resolve()
    if any(meant == one.resolve() or meant.is_relative_to(one.resolve()) for one in inputs):
        raise Problem(f"{option} {path}: is one of the inputs; name another file")
    if meant.is_dir():
        raise Problem(f"{option} {path}: is a folder; name a file")
    try:
        with NamedTemporaryFile(dir=meant.parent, prefix=f".{meant.name}.", delete=False) as made:
            new = Path(made.name)
    except OSError as error:
        raise Problem(f"{option} {path}: {error.strerror}; choose a file that can be written") from None
    try:
        yield new
        new.replace(meant)
    except OSError as error:
        raise Problem(f"{option} {path}: {error.strerror}; choose a file that can be written") from None
    finally:
        new.unlink(missing_ok=True)
