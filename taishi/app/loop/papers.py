"""The papers that units send: their bytes by hash in a folder, and whether an answer is complete."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from pathlib import Path

from notices.answers.checking import problems
from notices.answers.docx_form import read_form
from taishi.core.ids import stable_id
from taishi.core.notice_records import PAPER_NAMES, Notice, Paper, PaperKind, needed_papers
from taishi.core.ports import Find, StateStore
from taishi.core.text import Text
from taishi.kit.digests import digests
from taishi.kit.papers.apart import check_apart
from taishi.kit.papers.paper import MEDIA_TYPES
from taishi.kit.papers.word import main_part
from taishi.store.durable_files import write_whole

#: Where the papers' bytes lie in the data directory.
PAPERS = "papers"


class PaperFolder:
    """Bytes by their SHA-256. Durable before a record names them; the same bytes are kept once."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def keep(self, body: bytes) -> str:
        """The SHA-256 they are kept under. Raises OSError where the disk refuses."""
        digest = hashlib.sha256(body).hexdigest()
        path = self._folder / digest
        if not path.exists():
            write_whole(path, body)
        return digest

    def read(self, paper: Paper) -> bytes:
        """Raises OSError where it is gone."""
        return (self._folder / paper.sha256).read_bytes()

    def forget(self, paper: Paper) -> None:
        """Takes the bytes away of a paper that was never filed."""
        (self._folder / paper.sha256).unlink(missing_ok=True)

    def paper(
        self,
        notice: Notice,
        kind: PaperKind,
        name: str,
        body: bytes,
        by: str,
        at: datetime,
        media_type: str,
        pages: int = 0,
        fields: Mapping[str, str] | None = None,
        faults: Iterable[Text] = (),
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
            pages=pages,
            sha256=digest,
            sm3=digests(self._folder / digest).sm3,
            received_at=at,
            by=by,
            fields=dict(fields or {}),
            problems=tuple(faults),
            round=notice.reopened,
        )

    def take(self, notice: Notice, kind: PaperKind, path: Path, name: str, by: str, at: datetime) -> Paper:
        """A file from outside, checked by its content and, where it is a form, read. Raises Unfit (a Problem)
        for what must not be kept, OSError."""
        with path.open("rb"):  # what cannot be read is no fault of its content
            sound = check_apart(path)
        fields: Mapping[str, str] = {}
        wrong: list[Text] = []
        if kind == "disposal_report" and sound.kind == "docx":
            fields = read_form(main_part(path))
            wrong += problems(fields, notice.number or "", notice.unit, at).values()
        if kind == "commitment_letter" and sound.kind == "docx":
            wrong.append(Text("须加盖公章后扫描或拍照", "is to be stamped, then scanned or photographed"))
        return self.paper(
            notice, kind, name, path.read_bytes(), by, at, MEDIA_TYPES[sound.kind], sound.pages, fields, wrong
        )


def papers_of(state: StateStore, notice_id: str) -> Sequence[Paper]:
    """In the order they came."""
    found = state.find(Paper, Find(where={"notice_id": notice_id}))
    return sorted(found, key=lambda paper: (paper.received_at, paper.id))


def lacking(notice: Notice, papers: Sequence[Paper]) -> Sequence[Text]:
    """Why the papers are no complete answer to the letter; nothing where they are. Only what came since it
    was last opened counts, and of each kind the last one."""
    last = {paper.kind: paper for paper in papers if paper.round == notice.reopened}
    reasons: list[Text] = []
    for kind in needed_papers(notice.type):
        name = PAPER_NAMES[kind]
        if kind not in last:
            reasons.append(Text(f"缺{name.zh}", f"no {name.en}"))
            continue
        reasons += [Text(f"{name.zh}：{why.zh}", f"{name.en}: {why.en}") for why in last[kind].problems]
    return reasons
