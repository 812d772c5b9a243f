"""Records that could not be read, with their reasons, kept for whoever mends the source."""

import json
import os
from collections.abc import Iterable
from pathlib import Path
from typing import BinaryIO

from detections.personal.shield import masked_text
from taishi.app.intake import Rejected
from taishi.store.durable_files import sync_folder


class Quarantine:
    """A folder of files, one a source, one JSON object a line; personal data in them is masked."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def reading(self, name: str, path: str) -> "BadRecords":
        """What one reading of a source finds bad, in place of what an earlier one kept under this name."""
        return BadRecords(self._path(name), path)

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


class BadRecords:
    """Takes bad records as they are found, however many; what is settled is durable."""

    def __init__(self, target: Path, path: str) -> None:
        self._target, self._path = target, path
        self._half = target.with_name(f".{target.name}.half")
        self._file: BinaryIO | None = None

    def add(self, one: Rejected) -> None:
        if self._file is None:
            self._target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            handle = os.open(self._half, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            self._file = os.fdopen(handle, "wb")
        self._file.write(_line(self._path, one))

    def settle(self) -> None:
        """All that was added is there after a crash; before the first time, what was kept earlier is."""
        if self._file is None:
            return
        self._file.flush()
        os.fsync(self._file.fileno())
        if self._half.exists():
            self._half.replace(self._target)
            sync_folder(self._target.parent)

    def close(self) -> None:
        if self._file is not None:
            self._file.close()


def _lines(path: str, records: Iterable[Rejected]) -> bytes:
    return b"".join(_line(path, one) for one in records)


def _line(path: str, one: Rejected) -> bytes:
    raw, _ = masked_text(one.raw.decode("utf-8", "backslashreplace"))
    told = {"path": path, "record": one.record, "reason": one.reason, "raw": raw}
    return json.dumps(told, ensure_ascii=False).encode("utf-8", "backslashreplace") + b"\n"
