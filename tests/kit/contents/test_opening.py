"""Files as texts with numbered lines: encodings, office files, archives, and what is refused with words."""

import io
import zipfile
from pathlib import Path

import pytest
from docx import Document
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import Workbook

from taishi.core.problems import Problem
from taishi.kit.contents.opening import parts
from taishi.kit.contents.part import Limits, Part, Unread


def pdf(drawn: bytes) -> bytes:
    """A page with what is drawn on it (ISO 32000-1, 7.5), offsets and all."""
    bodies = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/Contents 4 0 R/Resources<</Font<</F 5 0 R>>>>>>",
        b"<</Length %d>> stream\n%b\nendstream" % (len(drawn), drawn),
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
    ]
    out, places = b"%PDF-1.4\n", []
    for number, body in enumerate(bodies, start=1):
        places.append(len(out))
        out += b"%d 0 obj %b endobj\n" % (number, body)
    table = b"0000000000 65535 f \n" + b"".join(b"%010d 00000 n \n" % place for place in places)
    end = b"xref\n0 6\n%btrailer <</Root 1 0 R/Size 6>>\nstartxref\n%d\n%%%%EOF\n" % (table, len(out))
    return out + end


def told(path: Path, limits: Limits | None = None) -> dict[str, object]:
    """Each part's lines, or why it was not read."""
    out: dict[str, object] = {}
    for one in parts(path, limits or Limits()):
        try:
            out[one.within] = one.why if isinstance(one, Unread) else list(one.lines)
        except Problem as problem:
            out[one.within] = str(problem)
    return out


def kept(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16", "utf-16-le", "utf-16-be"])
def test_encodings_of_text(tmp_path: Path, encoding: str) -> None:
    text = "name,phone,abc\r\n姓名，手机\r\n"
    assert told(kept(tmp_path / "a.txt", text.encode(encoding)))[""] == [
        (1, "name,phone,abc"),
        (2, "姓名，手机"),
    ]


def test_a_log_that_changes_its_encoding(tmp_path: Path) -> None:
    content = "一\n".encode() + "二\n".encode("gb18030") + b"\xff\xff\n"
    assert [number for number, _ in told(kept(tmp_path / "a.log", content))[""]] == [1, 2, 3]


def book() -> bytes:
    made = Workbook()
    made.active.append(["姓名", "手机"])
    made.active.append(["张三", 13912345678])
    out = io.BytesIO()
    made.save(out)
    return out.getvalue()


def test_workbooks_and_papers(tmp_path: Path) -> None:
    assert told(kept(tmp_path / "a.xlsx", book()))[""] == [(1, "姓名\t手机"), (2, "张三\t13912345678")]
    paper = Document()
    paper.add_paragraph("一")
    paper.add_table(1, 2).rows[0].cells[1].text = "二"
    paper.add_paragraph("三")
    paper.save(tmp_path / "a.docx")
    assert told(tmp_path / "a.docx")[""] == [(1, "一"), (2, "\t二"), (3, "三")]


def test_text_of_a_pdf(tmp_path: Path) -> None:
    drawn = b"BT /F 12 Tf 72 700 Td (one) Tj 0 -20 Td (tel 13912345678) Tj ET"
    assert told(kept(tmp_path / "a.pdf", pdf(drawn)))[""] == [(1, "one"), (2, "tel 13912345678")]
    assert "没有文字" in str(told(kept(tmp_path / "scan.pdf", pdf(b"0 0 m")))[""])
    assert "PDF" in str(told(kept(tmp_path / "b.pdf", b"%PDF-1.7 nothing"))[""])


def packed(members: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return out.getvalue()


def test_archives_within_archives(tmp_path: Path) -> None:
    inner = packed({"名单.xlsx": book(), "b.txt": b"b"})
    found = told(kept(tmp_path / "a.zip", packed({"inner.zip": inner, "c.txt": b"c"})))
    assert found == {
        "inner.zip!名单.xlsx": [(1, "姓名\t手机"), (2, "张三\t13912345678")],
        "inner.zip!b.txt": [(1, "b")],
        "c.txt": [(1, "c")],
    }


def test_bombs_are_refused_with_words(tmp_path: Path) -> None:
    content = packed({"bomb": b"0" * 30_000_000, "fine.txt": b"fine"})
    found = told(kept(tmp_path / "a.zip", content))
    assert "未读" in str(found["bomb"])
    assert found["fine.txt"] == [(1, "fine")]
    for _ in range(6):
        content = packed({"deeper.zip": content})
    assert "层以上" in str(told(kept(tmp_path / "deep.zip", content)))
    many = packed({f"{n}.txt": b"x" for n in range(30)})
    assert "文件过多" in str(told(kept(tmp_path / "many.zip", many), Limits(entries=10)))
    assert "超过限度" in str(told(kept(tmp_path / "big.xlsx", book()), Limits(office=1000)))


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"\0\1\2\3" * 100, "格式"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "旧版"),
        (b"\x1f\x8b\x08\0", "不支持"),
        (b"PK\x03\x04 broken", "损坏"),
    ],
)
def test_what_cannot_be_read_is_told(tmp_path: Path, content: bytes, words: str) -> None:
    assert words in str(told(kept(tmp_path / "x", content))[""])


@given(
    st.binary(max_size=400),
    st.sampled_from([b"", b"PK\x03\x04", b"%PDF-1.4\n", b"\xff\xfe", b"\xef\xbb\xbf"]),
)
def test_any_bytes_are_text_or_a_reason(tmp_path_factory, content: bytes, head: bytes) -> None:
    path = kept(tmp_path_factory.mktemp("any") / "x", head + content)
    assert all(isinstance(one, (list, str)) for one in told(path).values())


def test_cut_office_files_are_told(tmp_path: Path) -> None:
    whole = book()
    for at in range(100, len(whole), 700):
        assert all(
            isinstance(one, (list, str)) for one in told(kept(tmp_path / "c.xlsx", whole[:at])).values()
        )


def test_parts_say_their_kind(tmp_path: Path) -> None:
    (one,) = parts(kept(tmp_path / "a.xlsx", book()))
    assert isinstance(one, Part)
    assert one.kind == "xlsx"


def test_a_member_without_a_name_costs_no_other(tmp_path: Path) -> None:
    content = packed({"a.txt": b"a", "z": b"z"})
    at = content.rindex(b"PK\x01\x02")
    nameless = content[: at + 46] + b"\0" + content[at + 47 :]  # zipfile ends a name at its first zero
    found = told(kept(tmp_path / "a.zip", nameless))
    assert found["a.txt"] == [(1, "a")]
