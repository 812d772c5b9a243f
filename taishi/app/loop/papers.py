"""The papers that units send: their bytes by hash in a folder, and whether an answer is complete."""

import hashlib
import os
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from taishi.core.ids import stable_id
from taishi.core.notice_records import NEEDED_PAPERS, PAPER_NAMES, Notice, Paper, PaperKind
from taishi.core.ports import Find, StateStore
from taishi.core.text import Text
from taishi.store.embedded.folder import sync_folder

#: Where the papers' bytes lie in the data directory.
PAPERS = "papers"
_OWN = 0o600


class PaperFolder:
    """Bytes by their SHA-256. Durable before a record names them; the same bytes are kept once."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def keep(self, body: bytes) -> str:
        """The SHA-256 they are kept under. Raises OSError where the disk refuses."""
        digest = hashlib.sha256(body).hexdigest()
        path = self._folder / digest
        if not path.exists():
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            half = path.with_name(f".{digest}.{os.getpid()}.{os.urandom(4).hex()}")
            with os.fdopen(os.open(half, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _OWN), "wb") as file:
                file.write(body)
                file.flush()
                os.fsync(file.fileno())
            half.replace(path)
            sync_folder(self._folder)
        return digest

    def read(self, paper: Paper) -> bytes:
        """Raises OSError where it is gone."""
        return (self._folder / paper.sha256).read_bytes()

    def paper(
        self, notice: Notice, kind: PaperKind, name: str, body: bytes, by: str, at: datetime, media_type: str
    ) -> Paper:
        """A paper of the letter's present round, its bytes kept; the same one sent twice is one."""
        digest = self.keep(body)
        return Paper(
            id=stable_id("paper", notice.id, notice.reopened, kind, digest),
            notice_id=notice.id,
            kind=kind,
            name=name,
            media_type=media_type,
            size=len(body),
            pages=0,
            sha256=digest,
            sm3=hashlib.new("sm3", body).hexdigest(),
            received_at=at,
            by=by,
        )


def papers_of(state: StateStore, notice_id: str) -> Sequence[Paper]:
    """In the order they came."""
    found = state.find(Paper, Find(where={"notice_id": notice_id}))
    return sorted(found, key=lambda paper: (paper.received_at, paper.id))


def lacking(papers: Sequence[Paper], since: datetime | None) -> Sequence[Text]:
    """Why an answer made of the papers that came at or after `since` is not complete; nothing where it is.

    Of each kind the last one counts.
    """
    last = {paper.kind: paper for paper in papers if since is None or paper.received_at >= since}
    reasons: list[Text] = []
    for kind in NEEDED_PAPERS:
        name = PAPER_NAMES[kind]
        if kind not in last:
            reasons.append(Text(f"缺{name.zh}", f"no {name.en}"))
            continue
        reasons += [Text(f"{name.zh}：{why.zh}", f"{name.en}: {why.en}") for why in last[kind].problems]
    return reasons
