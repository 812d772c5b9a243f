"""Records that could not be read, with their reasons, kept for whoever mends the source."""

import json
import os
from collections.abc import Iterable
from pathlib import Path

from detections.personal.shield import masked_text
from taishi.app.intake import Input, Rejected
from taishi.store.durable_files import sync_folder, write_whole


class Quarantine:
    """A folder of files, one a source, one JSON object a line; personal data in them is masked."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        #: The file that was written last, and how many records were bad in its source then.
        self._last = ("", 0)

    def keep(self, name: str, report: Input) -> None:
        """What a file's reader rejected so far, in place of what was kept of the file before. Durable."""
        if report.kept and self._last != (name, report.quarantined):
            write_whole(self._path(name), _lines(report.path, report.kept))
            self._last = name, report.quarantined

    def add(self, name: str, path: str, records: Iterable[Rejected]) -> None:
        """Records behind those that are kept under this name; durable on return."""
        added = _lines(path, records)
        if not added:
            return
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle = os.open(self._path(name), os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        with os.fdopen(handle, "wb") as file:
            file.write(added)
            file.flush()
            os.fsync(file.fileno())
        sync_folder(self._folder)

    def _path(self, name: str) -> Path:
        return self._folder / f"{name}.jsonl"


def _lines(path: str, records: Iterable[Rejected]) -> bytes:
    return b"".join(_line(path, one) for one in records)


def _line(path: str, one: Rejected) -> bytes:
    raw, _ = masked_text(one.raw.decode("utf-8", "backslashreplace"))
    told = {"path": path, "record": one.record, "reason": one.reason, "raw": raw}
    return json.dumps(told, ensure_ascii=False).encode("utf-8", "backslashreplace") + b"\n"
