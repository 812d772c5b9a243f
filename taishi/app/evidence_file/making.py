"""Makes the evidence file of a letter."""

import msgspec

from taishi.app.desk import Desk
from taishi.app.evidence_file.manifest import (
    CERTIFICATE,
    FORMAT,
    MANIFEST,
    README,
    SIGNATURE,
    ChainHead,
    Manifest,
    part_of,
)
from taishi.app.evidence_file.parts import gather
from taishi.app.evidence_file.readme import readme
from taishi.app.refusal import Refusal
from taishi.app.roles import SYSTEM, require_or_system
from taishi.core.records import Person, Role
from taishi.core.text import Text
from taishi.kit.plain_zip import write_plain_zip

#: Whoever may read the letter: all staff.
MAY: tuple[Role, ...] = ("admin", "analyst", "approver", "auditor")
ACT = "take_evidence"


def make_evidence(desk: Desk, notice_id: str, by: str, why: str = "") -> bytes:
    """The zip. Taking it is a line of the audit, which the file already holds.

    Raises Refusal for a letter that has not left, and for who may not.
    """
    actor = require_or_system(desk.state, by, *MAY)
    notice = desk.letters.get(notice_id)
    if notice.number is None:
        raise Refusal(f"函件 {notice_id} 尚未发出，没有证据包", f"letter {notice_id} has not left yet")
    seal = desk.seal
    desk.state.decide(desk.clock.now(), actor, ACT, "notice", notice.id, f"sealed by {seal.fingerprint}", why)
    gathered = gather(desk, notice)
    (head,) = desk.state.decisions(1)
    said = readme(notice.number, notice.unit, seal.fingerprint).encode()
    first = [
        ((README, said), Text("如何核验", "how to check this")),
        ((CERTIFICATE, seal.certificate_pem), Text("系统签章证书", "the certificate of the system's seal")),
    ]
    parts = [*first, *gathered.parts]
    manifest = Manifest(
        format=FORMAT,
        letter=notice.id,
        number=notice.number,
        unit=notice.unit,
        title=notice.title,
        text_hash=notice.text_hash or "",
        made_at=desk.clock.now(),
        made_by=_name(desk, actor),
        bureau=desk.bureau.name,
        certificate=seal.fingerprint,
        chain=ChainHead(head.serial, head.hash),
        parts=tuple(part_of(member, what) for member, what in parts),
        missing_events=gathered.missing_events,
        lacking=tuple(gathered.lacking),
    )
    body = msgspec.json.format(msgspec.json.encode(manifest), indent=1)
    members = [(MANIFEST, body), (SIGNATURE, seal.sign(body)), *(member for member, _ in parts)]
    try:
        return write_plain_zip(members)
    except ValueError as error:
        raise Refusal(f"函件 {notice_id} 的证据包过大（{error}）", f"letter {notice_id}: {error}") from None


def _name(desk: Desk, actor: str) -> str:
    person = None if actor == SYSTEM else desk.state.get(Person, actor)
    return person.name if person else actor
