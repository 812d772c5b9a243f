"""The manifest: which parts the file has, in their order, with their digests. The seal is over its bytes."""

from datetime import datetime
from typing import Annotated

import msgspec

from taishi.core.text import Text
from taishi.kit.digests import digests_of
from taishi.kit.plain_zip import Member

FORMAT = "taishi-evidence-1"
#: First in the zip; the parts follow in the order of the manifest.
MANIFEST, SIGNATURE = "manifest.json", "manifest.json.sig"

README, CERTIFICATE = "README.txt", "certificate.pem"
DOCX, PDF, CONTENT = "letter/letter.docx", "letter/letter.pdf", "letter/content.json"
NOTICE, HISTORY, RELATED = "letter/notice.json", "letter/history.jsonl", "letter/related.jsonl"
EVENTS, PAPERS, BLOCKS, AUDIT = "events.jsonl", "papers/papers.jsonl", "blocks.jsonl", "audit.jsonl"


class Part(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One part; `size` in bytes, digests as hexadecimal digits."""

    name: str
    size: int
    sha256: str
    sm3: str
    what: Text


class ChainHead(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The last line of the audit chain when the file was made."""

    serial: int
    hash: str


class Manifest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the seal is over. `certificate`: SHA-256 of the sealing certificate (DER). `lacking`: what belongs
    here and is not in the file, with the reason. `missing_events`: ids of evidence no longer stored."""

    format: str
    letter: str
    number: str
    unit: str
    title: str
    text_hash: str
    made_at: Annotated[datetime, msgspec.Meta(tz=True)]
    made_by: str
    bureau: str
    certificate: str
    chain: ChainHead
    parts: tuple[Part, ...]
    missing_events: tuple[str, ...] = ()
    lacking: tuple[Text, ...] = ()


def part_of(member: Member, what: Text) -> Part:
    name, body = member
    told = digests_of(body)
    return Part(name, len(body), told.sha256, told.sm3, what)
