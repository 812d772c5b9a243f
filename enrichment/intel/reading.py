"""Files of a source by name, over http(s) or out of a folder, with what tells that they are unchanged."""

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol
from urllib.parse import urlsplit

from taishi.core.indicators import IntelSource
from taishi.core.problems import Problem
from taishi.kit.fetch import MOST_BYTES, Asked, Unfetched, fetch, secret


@dataclass(frozen=True)
class File:
    """A file's content, and the mark to give next time. `body` None: it is as it was at that mark."""

    body: bytes | None
    mark: str


class Reader(Protocol):
    """Reads files of one source."""

    def read(self, name: str, mark: str = "") -> File:
        """`name` is a plain file name. Raises Problem where there is no such file, or none in bounds."""


def reader_of(source: IntelSource) -> Reader:
    """Raises Problem for a place that is neither http(s) nor a folder."""
    scheme = urlsplit(source.place).scheme
    if scheme in ("http", "https"):
        return _Web(source)
    if scheme and not Path(source.place).is_dir():
        raise Unfetched(f"{source.place}: is no http or https address and no folder")
    return _Folder(Path(source.place))


class _Web:
    """Asks with the ETag and date of the last answer (RFC 9110, 13.1)."""

    def __init__(self, source: IntelSource) -> None:
        self._base = source.place.rstrip("/").removesuffix("/manifest.json") + "/"
        self._ca = source.ca
        key = secret(source.key)
        self._headers = {"Authorization": key} if key else {}

    def read(self, name: str, mark: str = "") -> File:
        tag, _, date = mark.partition("\n")
        asking = dict(self._headers)
        if tag:
            asking["If-None-Match"] = tag
        if date:
            asking["If-Modified-Since"] = date
        answer = fetch(Asked(self._base + name, asking, ca=self._ca))
        if answer.status == 304 and mark:
            return File(None, mark)
        if answer.status != 200:
            raise Unfetched(f"{answer.url}: answers {answer.status}")
        told = f"{answer.headers.get('etag', '')}\n{answer.headers.get('last-modified', '')}"
        return File(answer.body, told if told.strip() else "")


class _Folder:
    """The mark is the content's hash, so a file touched but not changed is unchanged."""

    def __init__(self, folder: Path) -> None:
        if not folder.is_dir():
            raise Unfetched(f"{folder}: no such folder")
        self._folder = folder.resolve()

    def read(self, name: str, mark: str = "") -> File:
        path = self._folder / name
        try:
            if path.resolve().parent != self._folder:
                raise Problem(f"{path}: leads out of the feed's folder")
            if path.stat().st_size > MOST_BYTES:
                raise Problem(f"{path}: over the limit of {MOST_BYTES} bytes")
            body = path.read_bytes()
        except OSError as error:
            raise Unfetched(f"{path}: {error.strerror}") from None
        told = hashlib.sha256(body).hexdigest()
        return File(None if told == mark else body, told)
