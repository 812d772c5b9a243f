"""One changed byte, part or name is found and named; what the file proves is proved without the system."""

import io
import json
import os
import shutil
import subprocess
import zipfile
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from taishi.app.evidence_file.against_data import data_problems
from taishi.app.evidence_file.checking import Checked, check, check_file
from taishi.app.evidence_file.making import make_evidence
from taishi.app.evidence_file.manifest import MANIFEST, SIGNATURE, Manifest
from taishi.app.seal import Seal
from taishi.core.notice_records import Notice
from taishi.core.problems import Problem, Refused
from taishi.core.records import Decision
from taishi.kit.digests import digests_of
from taishi.kit.plain_zip import MAX_BYTES, Member, read_plain_zip, write_plain_zip
from tests.app.evidence_file.conftest import HOST, ID_CARD, UNIT, Matter

#: Each flip of the property test costs a check; the whole file under TAISHI_SOAK.
FLIPS = 100_000 if os.environ.get("TAISHI_SOAK") else 60


def named(checked: Checked) -> set[str]:
    return {name for name, _ in checked.problems}


def members(matter: Matter) -> list[Member]:
    return list(read_plain_zip(matter.file).members)


def with_part(matter: Matter, name: str, change: Callable[[bytes], bytes], seal: Seal | None = None) -> bytes:
    """The file with one part changed; with `seal` by somebody who also makes the manifest anew."""
    parts = {one: change(body) if one == name else body for one, body in members(matter)}
    if seal is not None:
        manifest = msgspec.json.decode(parts[MANIFEST], type=Manifest)
        made = []
        for part in manifest.parts:
            told = digests_of(parts[part.name])
            size = len(parts[part.name])
            made.append(msgspec.structs.replace(part, size=size, sha256=told.sha256, sm3=told.sm3))
        manifest = msgspec.structs.replace(manifest, parts=tuple(made), certificate=seal.fingerprint)
        parts[MANIFEST] = msgspec.json.encode(manifest)
        parts[SIGNATURE] = seal.sign(parts[MANIFEST])
    return write_plain_zip(parts.items())


def test_a_whole_file_is_whole(matter: Matter) -> None:
    checked = check(matter.file)
    assert checked.problems == []
    assert checked.manifest is not None
    assert (checked.manifest.unit, checked.manifest.made_by) == (UNIT, "某auditor")
    assert checked.manifest.missing_events == ("gone",)
    assert checked.known is None
    assert check(matter.file, matter.desk.seal.certificate_pem).known is True


def test_it_holds_everything_that_the_letter_stands_on(matter: Matter) -> None:
    with zipfile.ZipFile(io.BytesIO(matter.file)) as file:
        assert file.testzip() is None
        names = file.namelist()
        texts = {
            name: file.read(name).decode() for name in names if name.endswith((".json", ".jsonl", ".txt"))
        }
    assert names[:4] == ["manifest.json", "manifest.json.sig", "README.txt", "certificate.pem"]
    assert {"letter/letter.docx", "papers/01-disposal_report.pdf", "papers/02-commitment_letter.pdf"} <= set(
        names
    )
    (event,) = [json.loads(line) for line in texts["events.jsonl"].splitlines()]
    assert event["source.ip"] == HOST
    assert ID_CARD not in "".join(texts.values()), "what was masked when it was stored stays masked"
    assert "idcard=3405" in event["event.original"]
    acts = [json.loads(line)["action"] for line in texts["audit.jsonl"].splitlines()]
    assert {"draft", "approve", "issue", "propose", "apply", "take_evidence"} <= set(acts)
    assert "如何核验" in texts["manifest.json"]
    assert matter.desk.seal.fingerprint.upper()[:2] + ":" in texts["README.txt"]


def test_another_units_matter_is_not_in_it(matter: Matter) -> None:
    blocks = [json.loads(line) for line in dict(members(matter))["blocks.jsonl"].splitlines()]
    assert [(one["address"], one["alerts"]) for one in blocks] == [
        ("203.0.113.9", ["A-2026-000001"]),
        (HOST, ["A-2026-000001"]),
    ]
    assert b"10.34.9.9" not in matter.file
    assert "县水利局".encode() not in matter.file


@settings(max_examples=FLIPS, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(place=st.integers(0, (1 << 31) - 1), bit=st.integers(0, 7))
def test_one_flipped_bit_anywhere_is_found(matter: Matter, place: int, bit: int) -> None:
    changed = bytearray(matter.file)
    changed[place % len(changed)] ^= 1 << bit
    assert check(bytes(changed)).problems


def test_a_flipped_bit_in_what_the_zip_says_of_itself_is_found(matter: Matter) -> None:
    """Every byte of every head and of the directory: names, sizes, dates, order, attributes, comment."""
    at = 0
    heads = []
    for name, body in members(matter):
        heads += range(at, at + 30 + len(name))
        at += 30 + len(name) + len(body)
    for place in (*heads, *range(at, len(matter.file))):
        changed = bytearray(matter.file)
        changed[place] ^= 1
        assert read_plain_zip(bytes(changed)).damage is not None, place


def test_a_part_that_was_changed_is_named(matter: Matter) -> None:
    for name, _ in members(matter):
        checked = check(
            with_part(matter, name, lambda body: body[:-1] + bytes([body[-1] ^ 1]) if body else b"x")
        )
        wanted = SIGNATURE if name == MANIFEST and checked.manifest else name
        assert wanted in named(checked), name


@pytest.mark.parametrize(
    ("change", "part", "what"),
    [
        (lambda m: [*m, ("extra.txt", b"x")], "extra.txt", "is not in the manifest"),
        (lambda m: m[:-1], "audit.jsonl", "is missing"),
        (lambda m: [*m, m[5]], "letter/letter.pdf", "is there 2 times"),
        (lambda m: [*m[:-2], m[-1], m[-2]], "audit.jsonl", "stands in another order"),
        (lambda m: [*m[:-1], ("audit2.jsonl", m[-1][1])], "audit2.jsonl", "is not in the manifest"),
        (lambda m: m[1:], "manifest.json", "is missing"),
        (lambda m: [m[0], *m[2:]], "manifest.json.sig", "is missing"),
    ],
)
def test_members_added_taken_doubled_moved_renamed_are_named(
    matter: Matter, change: Callable[[list[Member]], list[Member]], part: str, what: str
) -> None:
    checked = check(write_plain_zip(change(members(matter))))
    assert (part, what) in [(name, said.en) for name, said in checked.problems]


def test_what_is_before_behind_or_packed_is_not_of_the_form(matter: Matter) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as file:
        for name, body in members(matter):
            file.writestr(name, body)
    for other in (b"x" + matter.file, matter.file + b"x", matter.file[:-1], packed.getvalue(), b""):
        assert "zip" in named(check(other)) or MANIFEST in named(check(other))


def test_a_bomb_costs_nothing(tmp_path: Path) -> None:
    bomb = io.BytesIO()
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr(MANIFEST, bytes(1 << 26))
    checked = check(bomb.getvalue())
    assert named(checked) == {"zip", MANIFEST}
    assert sum(len(body) for _, body in checked.members) <= len(bomb.getvalue())
    huge = tmp_path / "huge.zip"
    with huge.open("wb") as sparse:
        sparse.truncate(MAX_BYTES + 1)
    assert "more than" in check_file(huge).problems[0][1].en


@given(st.binary(max_size=400))
def test_any_bytes_are_a_finding_and_no_failure(body: bytes) -> None:
    assert check(body).problems
    assert check(b"PK\x03\x04" + body).problems


@given(st.binary(max_size=60))
def test_any_manifest_is_a_finding_and_no_failure(body: bytes) -> None:
    assert check(write_plain_zip([(MANIFEST, body), (SIGNATURE, body)])).problems


def test_another_key_is_told_from_ours(matter: Matter, tmp_path: Path) -> None:
    """Whoever makes everything anew needs our key: his own makes another certificate."""
    from taishi.app.seal import open_seal

    theirs = open_seal(tmp_path, matter.desk.clock, lambda: matter.desk.bureau.name)
    forged = with_part(matter, "certificate.pem", lambda _: theirs.certificate_pem, theirs)
    checked = check(forged, matter.desk.seal.certificate_pem)
    assert checked.known is False
    assert "certificate.pem" in named(checked)
    assert "letter/letter.pdf" in named(checked)
    told = data_problems(check(forged), matter.desk.state, matter.desk.seal.fingerprint)
    assert ("certificate.pem", "is not this system's seal") in [(name, said.en) for name, said in told]


def test_whoever_has_the_key_cannot_put_another_text_under_the_approval(matter: Matter) -> None:
    def other(body: bytes) -> bytes:
        return body.replace("县教育局".encode(), "县公安局".encode())

    checked = check(with_part(matter, "letter/content.json", other, matter.desk.seal))
    assert [(name, said.en) for name, said in checked.problems] == [
        ("letter/content.json", "is not the text that was approved")
    ]


def test_whoever_has_the_key_cannot_change_the_evidence_or_a_line(matter: Matter) -> None:
    checked = check(with_part(matter, "events.jsonl", lambda _: b"", matter.desk.seal))
    assert "is missing" in checked.problems[0][1].en

    def later(body: bytes) -> bytes:
        lines = [msgspec.json.decode(line, type=Decision) for line in body.splitlines()]
        changed = [msgspec.structs.replace(line, actor="nobody") for line in lines]
        return b"\n".join(map(msgspec.json.encode, changed))

    checked = check(with_part(matter, "audit.jsonl", later, matter.desk.seal))
    assert named(checked) == {"audit.jsonl"}
    checked = check(with_part(matter, "papers/01-disposal_report.pdf", lambda _: b"x", matter.desk.seal))
    assert named(checked) == {"papers/01-disposal_report.pdf"}


def test_against_the_data_its_lines_stand_in_the_chain(matter: Matter) -> None:
    desk = matter.desk
    checked = check(matter.file)
    assert data_problems(checked, desk.state, desk.seal.fingerprint) == []

    def shorter(body: bytes) -> bytes:
        return b"".join(body.splitlines(keepends=True)[1:])

    left_out = check(with_part(matter, "audit.jsonl", shorter, desk.seal))
    assert left_out.problems == [], "without the data nobody can tell"
    told = data_problems(left_out, desk.state, desk.seal.fingerprint)
    assert [said.en for _, said in told] == ["line 1 was left out"]


def test_the_sealed_letter_bears_a_seal_and_no_picture(matter: Matter) -> None:
    from pypdf import PdfReader

    pdf = dict(members(matter)).get("letter/letter.pdf")
    if pdf is None:
        assert shutil.which("soffice") is None
        pytest.skip("LibreOffice is missing")
    reader = PdfReader(io.BytesIO(pdf))
    fields = [one.get_object() for page in reader.pages for one in page.get("/Annots", [])]
    (seal,) = [one for one in fields if one.get("/FT") == "/Sig"]
    assert list(seal["/Rect"]) == [0, 0, 0, 0]
    assert matter.desk.letters.pdf(matter.letter) == pdf, "the same bytes ever after"


def test_by_hand_as_the_readme_says(matter: Matter, tmp_path: Path) -> None:
    if shutil.which("openssl") is None:
        pytest.skip("openssl is missing")
    with zipfile.ZipFile(io.BytesIO(matter.file)) as file:
        file.extractall(tmp_path)

    def openssl(*words: str) -> str:
        done = subprocess.run(("openssl", *words), cwd=tmp_path, capture_output=True, text=True, check=True)
        return done.stdout

    shown = openssl("x509", "-in", "certificate.pem", "-noout", "-fingerprint", "-sha256")
    assert shown.strip().partition("=")[2] in (tmp_path / "README.txt").read_text("utf-8")
    (tmp_path / "seal.pub").write_text(openssl("x509", "-in", "certificate.pem", "-pubkey", "-noout"))
    said = openssl("dgst", "-sha256", "-verify", "seal.pub", "-signature", SIGNATURE, MANIFEST)
    assert "Verified OK" in said
    for part in json.loads((tmp_path / MANIFEST).read_text("utf-8"))["parts"]:
        assert part["sm3"] in openssl("dgst", "-sm3", part["name"])


def test_a_letter_that_has_not_left_has_none(matter: Matter) -> None:
    notice = matter.desk.letters.get(matter.letter)
    draft = msgspec.structs.replace(notice, id="N-2026-000099", number=None, state="drafted")
    matter.desk.state.put(draft)
    with pytest.raises(Refused, match="尚未发出"):
        make_evidence(matter.desk, draft.id, "auditor")
    with pytest.raises(Refused, match="不能执行此操作"):
        make_evidence(matter.desk, notice.id, "nobody")
    matter.desk.state.delete(Notice, draft.id)


def test_a_held_certificate_that_is_none_is_said(tmp_path: Path) -> None:
    with pytest.raises(Problem, match="no certificate"):
        check_file(tmp_path / "x.zip", b"nonsense")
    with pytest.raises(Problem, match="No such file"):
        check_file(tmp_path / "x.zip")
