"""Papers that units send: sound ones are known by content, dangerous ones refused in plain words."""

import io
import os
import struct
import time
import zipfile
import zlib
from collections.abc import Callable, Mapping
from hashlib import sha256
from pathlib import Path

import pytest
from docx import Document
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pypdf import PdfWriter

from taishi.kit.digests import digests
from taishi.kit.papers.apart import check_apart
from taishi.kit.papers.checking import check_paper
from taishi.kit.papers.paper import LARGEST, MOST_PAGES, Sound, Unfit

Write = Callable[[bytes], Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def lay(content: bytes) -> Path:
        path = tmp_path / "paper.pdf"  # the name says nothing
        path.write_bytes(content)
        return path

    return lay


def pdf(pages: int = 1, change: Callable[[PdfWriter], object] = lambda _: None) -> bytes:
    writer = PdfWriter()
    for _ in range(pages):
        writer.add_blank_page(595, 842)
    change(writer)
    made = io.BytesIO()
    writer.write(made)
    return made.getvalue()


def png(wide: int = 3, high: int = 2) -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", wide, high, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", head)
        + chunk(b"IDAT", zlib.compress(b"\0" * 20))
        + chunk(b"IEND", b"")
    )


def jpeg(wide: int = 640, high: int = 480, *, comment: bytes = b"") -> bytes:
    """The segments of a picture; what its scan shows is of no matter here."""
    remark = b"\xff\xfe" + struct.pack(">H", 2 + len(comment)) + comment if comment else b""
    frame = b"\xff\xc0" + struct.pack(">HBHHB", 11, 8, high, wide, 1) + b"\x01\x11\x00"
    scan = b"\xff\xda" + struct.pack(">HB", 8, 1) + b"\x01\x00\x00\x3f\x00" + b"\x12\x34\x56"
    return (
        b"\xff\xd8"
        + b"\xff\xe0\x00\x10JFIF\x00\x01\x01\0\0\x01\0\x01\0\0"
        + remark
        + frame
        + scan
        + b"\xff\xd9"
    )


def container(parts: Mapping[str, bytes], how: int = zipfile.ZIP_DEFLATED) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", how) as packed:
        for name, content in parts.items():
            packed.writestr(name, content)
    return made.getvalue()


OFD = {
    "OFD.xml": b'<?xml version="1.0"?><ofd:OFD xmlns:ofd="http://www.ofdspec.org/2016" DocType="OFD">'
    b"<ofd:DocBody><ofd:DocRoot>Doc_0/Document.xml</ofd:DocRoot></ofd:DocBody></ofd:OFD>",
    "Doc_0/Document.xml": b'<ofd:Document xmlns:ofd="http://www.ofdspec.org/2016"><ofd:Pages>'
    b'<ofd:Page ID="1" BaseLoc="Pages/Page_0/Content.xml"/>'
    b'<ofd:Page ID="2" BaseLoc="Pages/Page_1/Content.xml"/>'
    b"</ofd:Pages></ofd:Document>",
    "Doc_0/Pages/Page_0/Content.xml": b"<Page/>",
}


def word(change: Mapping[str, bytes] | None = None, text: str = "报告") -> bytes:
    """A paper with some of its parts replaced or added."""
    document, made = Document(), io.BytesIO()
    document.add_paragraph(text)
    document.save(made)
    with zipfile.ZipFile(made) as packed:
        parts = {name: packed.read(name) for name in packed.namelist()}
    return container(parts | dict(change or {}))


def macro_types() -> bytes:
    types = zipfile.ZipFile(io.BytesIO(word())).read("[Content_Types].xml")
    plain = b"application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
    return types.replace(plain, b"application/vnd.ms-word.document.macroEnabled.main+xml")


def field(command: str) -> bytes:
    document = zipfile.ZipFile(io.BytesIO(word())).read("word/document.xml")
    half = len(command) // 2
    runs = "".join(
        f"<w:r><w:instrText>{part}</w:instrText></w:r>" for part in (command[:half], command[half:])
    )
    return document.replace("报告</w:t></w:r>".encode(), "报告</w:t></w:r>".encode() + runs.encode())


def relation(kind: str, target: str) -> bytes:
    formats = "http://schemas.openxmlformats.org"
    return (
        f'<Relationships xmlns="{formats}/package/2006/relationships"><Relationship Id="r1"'
        f' Type="{formats}/officeDocument/2006/relationships/{kind}" Target="{target}"'
        ' TargetMode="External"/></Relationships>'
    ).encode()


def catalog(entry: bytes) -> bytes:
    return pdf().replace(b"/Type /Catalog", b"/Type /Catalog " + entry)


OWN_TEMPLATE = relation("attachedTemplate", r"file:///C:\\Users\\li\\Normal.dotm")


@pytest.mark.parametrize(
    ("content", "sound"),
    [
        (word({"word/_rels/settings.xml.rels": OWN_TEMPLATE}), Sound("docx", 1)),
        (pdf(3), Sound("pdf", 3)),
        (png(), Sound("png", 1)),
        (jpeg(), Sound("jpg", 1)),
        (jpeg() + b"\0" * 64 + jpeg(160, 120), Sound("jpg", 1)),  # a phone's second picture behind the first
        (container(OFD), Sound("ofd", 2)),
        (word(), Sound("docx", 1)),
        (
            word({"word/_rels/footer1.xml.rels": relation("hyperlink", "https://example.invalid/")}),
            Sound("docx", 1),
        ),
    ],
    ids=["docx-template", "pdf", "png", "jpg", "jpg-two", "ofd", "docx", "docx-link"],
)
def test_sound_papers_are_known_by_their_content(write: Write, content: bytes, sound: Sound) -> None:
    assert check_paper(write(content)) == sound


def _attached(writer: PdfWriter) -> None:
    writer.add_attachment("setup.exe", b"MZ")


TEMPLATE = relation("attachedTemplate", "http://198.51.100.7/t.dotm")
SOUND = OFD["Doc_0/Document.xml"].replace(b"<ofd:Pages>", b"<ofd:Sound/><ofd:Pages>")
HOSTILE = {
    "script": (b"#!/bin/sh\nrm -rf /\n", "脚本"),
    "page": (b"<!DOCTYPE html><html><script>alert(1)</script>", "网页"),
    "svg": (b'<?xml version="1.0"?><svg xmlns="x" onload="alert(1)"/>', "矢量图"),
    "php": (b"\n <?php system($_GET[0]);", "脚本"),
    "exe": (b"MZ\x90\0" + b"\0" * 60, "程序"),
    "elf": (b"\x7fELF\x02\x01", "程序"),
    "empty": (b"", "空的"),
    "zeros": (b"\0" * 5000, "空的"),
    "old-word": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "旧版"),
    "heic": (b"\0\0\0\x24ftypheic\0\0\0\0mif1heic", "HEIC"),
    "gif": (b"GIF89a\x01\0", "GIF"),
    "archive": (container({"a.pdf": pdf()}), "压缩包"),
    "sheet": (container({"xl/workbook.xml": b"<a/>"}), "Excel"),
    "rar": (b"Rar!\x1a\x07\x01\0", "压缩包"),
    "noise": (bytes(range(128, 256)) * 4, "认不出"),
    "pdf-javascript": (catalog(b"/OpenAction << /S /JavaScript /JS (app.alert) >>"), "脚本"),
    "pdf-rendition": (catalog(b"/AA << /WC << /S /Rendition /JS (app.alert) >> >>"), "脚本"),
    "pdf-escaped": (catalog(b"/AA << /O << /S /J#61vaScript >> >>"), "脚本"),
    "pdf-attached": (pdf(1, _attached), "附件"),
    "pdf-launch": (catalog(b"/OpenAction << /S /Launch >>"), "启动程序"),
    "pdf-locked": (pdf(1, lambda one: one.encrypt("secret")), "密码"),
    "pdf-locked-open": (pdf(1, lambda one: one.encrypt("", "owner")), "密码"),
    "pdf-cut": (pdf(2)[:200], "损坏"),
    "pdf-none": (pdf(0), "损坏"),
    "pdf-long": (pdf(MOST_PAGES + 1), "页"),
    "pdf-and-zip": (pdf() + container({"a": b"b"}), "压缩包"),
    "jpg-cut": (jpeg()[:-2], "损坏"),
    "jpg-script": (jpeg(comment=b"<?php eval($_POST[1]);?>"), "脚本"),
    "jpg-and-zip": (jpeg() + container({"a": b"b"}), "附加"),
    "png-cut": (png()[:-5], "损坏"),
    "png-changed": (png().replace(b"IDAT", b"IDAU"), "损坏"),
    "png-huge": (png(60_000, 60_000), "尺寸"),
    "docx-macro-part": (word({"word/vbaProject.bin": b"\xd0\xcf\x11\xe0"}), "宏"),
    "docx-macro-type": (word({"[Content_Types].xml": macro_types()}), "宏"),
    "docx-object": (word({"word/embeddings/oleObject1.bin": b"abc"}), "嵌入"),
    "docx-template": (word({"word/_rels/settings.xml.rels": TEMPLATE}), "外部"),
    "docx-dde": (word({"word/document.xml": field("DDEAUTO c:\\\\windows\\\\cmd.exe")}), "外部"),
    "docx-program": (word({"word/media/a.png": b"MZ\x90\0"}), "程序"),
    "docx-nested": (word({"word/media/a.png": container({"a": b"b"})}), "压缩包"),
    "docx-entities": (
        word({"word/document.xml": b'<!DOCTYPE d [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]><d>&b;</d>'}),
        "定义",
    ),
    "docx-bomb": (word({"word/document.xml": b"<w>" + b" " * (90 << 20)}), "巨大"),
    "docx-many": (word({f"word/media/{n}.png": b"" for n in range(2100)}), "巨大"),
    "docx-path": (word({"word/../../etc/passwd": b"x"}), "路径"),
    "docx-cut": (word()[:-400], "损坏"),
    "docx-deep": (word({"word/document.xml": b"<a>" * 9000 + b"</a>" * 9000}), "损坏"),
    "ofd-attached": (container(OFD | {"Doc_0/Attachs/Attachments.xml": b"<a/>"}), "附件"),
    "ofd-sound": (container(OFD | {"Doc_0/Document.xml": SOUND}), "动作"),
    "ofd-none": (container({"OFD.xml": OFD["OFD.xml"]}), "损坏"),
    "ofd-program": (container(OFD | {"Doc_0/run.exe": b"x"}), "程序"),
}  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_what_could_do_harm_is_refused_in_plain_words(write: Write, name: str) -> None:
    content, word_ = HOSTILE[name]
    began = time.monotonic()
    with pytest.raises(Unfit) as refused:
        check_paper(write(content))
    said = refused.value.text
    assert word_ in said.zh
    assert "\n" not in said.zh + said.en
    assert said.en
    assert time.monotonic() - began < 5


def test_a_locked_container_is_refused(write: Write) -> None:
    """The flag of encryption in every header (APPNOTE 4.4.4)."""
    content = bytearray(word())
    for magic, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        start = content.find(magic)
        while start >= 0:
            content[start + at] |= 1
            start = content.find(magic, start + 4)
    with pytest.raises(Unfit, match="密码"):
        check_paper(write(bytes(content)))


def test_two_gigabytes_are_refused_unread(tmp_path: Path) -> None:
    path = tmp_path / "large"
    with path.open("wb") as file:
        file.write(b"%PDF-1.7\n")
        os.truncate(path, 2 << 30)
    began = time.monotonic()
    with pytest.raises(Unfit, match=f"{LARGEST >> 20} MB"):
        check_paper(path)
    assert time.monotonic() - began < 0.5


def test_apart_says_the_same(write: Write) -> None:
    assert check_apart(write(pdf(2))) == Sound("pdf", 2)
    with pytest.raises(Unfit) as refused:
        check_apart(write(HOSTILE["pdf-rendition"][0]))
    assert "脚本" in refused.value.text.zh


def test_both_digests_are_the_published_ones(write: Write) -> None:
    """GB/T 32905-2016 A.1."""
    found = digests(write(b"abc"))
    assert found.sm3 == "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"
    assert found.sha256 == sha256(b"abc").hexdigest()


@given(
    base=st.sampled_from([pdf(2), png(), jpeg(), container(OFD), word()]),
    changes=st.lists(st.tuples(st.integers(0, 1 << 20), st.integers(0, 255)), min_size=1, max_size=8),
    keep=st.floats(0.1, 1),
)
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_damage_is_refused_or_harmless(
    write: Write, base: bytes, changes: list[tuple[int, int]], keep: float
) -> None:
    content = bytearray(base[: max(int(len(base) * keep), 1)])
    for at, value in changes:
        content[at % len(content)] = value
    try:
        assert check_paper(write(bytes(content))).pages >= 1
    except Unfit as unfit:
        assert unfit.text.zh  # noqa: PT017 - either end is right
