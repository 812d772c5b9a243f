"""Files that are no paper: what each is called, and what to send instead."""

import re
from collections.abc import Iterable

from taishi.kit.papers.paper import Unfit

_SAVE = "请另存为 PDF 或 .docx 再传", "save it as PDF or .docx and upload that"
_UNPACK = "请解开后逐个上传里面的文件", "unpack it and upload its files"
_PHOTO = "请另存为 JPG 图片再传", "save it as a JPG picture and upload that"
_NOT = "没有接收；只能传 PDF、OFD、JPG、PNG 或 .docx", "not taken; send PDF, OFD, JPG, PNG or .docx"

#: Leading bytes, what it is, what to do; in both languages.
_MAGIC: tuple[tuple[bytes, tuple[str, str], tuple[str, str]], ...] = (
    (b"MZ", ("程序文件", "a program"), _NOT),
    (b"\x7fELF", ("程序文件", "a program"), _NOT),
    (b"\xca\xfe\xba\xbe", ("程序文件", "a program"), _NOT),
    (b"\xcf\xfa\xed\xfe", ("程序文件", "a program"), _NOT),
    (b"L\0\0\0\x01\x14\x02\0", ("快捷方式", "a shortcut"), _NOT),
    (b"#!", ("脚本", "a script"), _NOT),
    (b"\xd0\xcf\x11\xe0", ("旧版（.doc、.wps）或加了密码的文件", "an old or locked Office file"), _SAVE),
    (b"{\\rtf", ("RTF 文件", "an RTF file"), _SAVE),
    (b"GIF8", ("GIF 图片", "a GIF picture"), _PHOTO),
    (b"BM", ("BMP 图片", "a BMP picture"), _PHOTO),
    (b"II*\0", ("TIFF 图片", "a TIFF picture"), _PHOTO),
    (b"MM\0*", ("TIFF 图片", "a TIFF picture"), _PHOTO),
    (b"Rar!", ("压缩包", "an archive"), _UNPACK),
    (b"7z\xbc\xaf", ("压缩包", "an archive"), _UNPACK),
    (b"\x1f\x8b", ("压缩包", "an archive"), _UNPACK),
    (b"PK", ("压缩包", "an archive"), _UNPACK),
)  # fmt: skip
_HEIF = re.compile(rb".{4}ftyp(?:hei|hev|mif|msf|avif)", re.DOTALL)
_VIDEO = re.compile(rb".{4}ftyp|\x1a\x45\xdf\xa3|RIFF.{4}AVI|ID3|OggS", re.DOTALL)
_WEBP = re.compile(rb"RIFF.{4}WEBP", re.DOTALL)
_PAGE = re.compile(rb"<\s*(?:!doctype|html|svg|script|\?php|\?xml|iframe|body)", re.IGNORECASE)


#: Members by which a container is known as another kind of document.
_DOCUMENTS = (
    ("xl/", ("Excel 表格", "a spreadsheet")),
    ("ppt/", ("幻灯片", "a presentation")),
    ("mimetype", ("OpenDocument 文件", "an OpenDocument file")),
)


def stranger(head: bytes, members: Iterable[str] = ()) -> Unfit:
    """What is said of a file that is none of the kinds taken, by its first kilobytes; of a container also
    by its members' names."""
    for name in members:
        for start, what in _DOCUMENTS:
            if name.startswith(start):
                return _said(what, _SAVE)
    if not head.strip(b"\0 \r\n\t"):
        return Unfit(
            "文件是空的，没有接收；请核对后重新上传", "the file is empty; check it and upload it again"
        )
    if _HEIF.match(head):
        return _said(
            ("手机的 HEIC 格式照片", "a HEIC photo"),
            (
                "请把相机格式改为“兼容性最佳”后重拍，或者截图后上传",
                "set the camera to JPG, or send a screenshot",
            ),
        )
    if _WEBP.match(head):
        return _said(("WebP 图片", "a WebP picture"), _PHOTO)
    if _PAGE.search(head):
        return _said(("网页、脚本或矢量图代码", "a web page, script or SVG"), _NOT)
    for magic, what, do in _MAGIC:
        if head.startswith(magic):
            return _said(what, do)
    if _VIDEO.match(head):
        return _said(("音频或视频", "audio or video"), _NOT)
    return _said(("认不出的文件", "a file of unknown kind"), _NOT)


def _said(what: tuple[str, str], do: tuple[str, str]) -> Unfit:
    return Unfit(f"这是{what[0]}，{do[0]}", f"this is {what[1]}: {do[1]}")
