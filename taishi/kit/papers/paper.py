"""What a sound paper is, and how one that is not is refused."""

from dataclasses import dataclass
from typing import Literal

from taishi.core.problems import Problem
from taishi.core.text import Text

Kind = Literal["pdf", "jpg", "png", "ofd", "docx"]

MEDIA_TYPES: dict[Kind, str] = {
    "pdf": "application/pdf",
    "jpg": "image/jpeg",
    "png": "image/png",
    "ofd": "application/ofd",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
}

#: Bytes of one paper (a scan of some ten pages has 3 to 15 MB), its pages, and the points of a picture.
LARGEST, MOST_PAGES, MOST_POINTS = 20 << 20, 200, 120_000_000


@dataclass(frozen=True)
class Sound:
    """A paper that may be kept."""

    kind: Kind
    pages: int


class Unfit(Problem):
    """Why a paper is not taken, in words for a clerk: what it is, and what to do."""

    def __init__(self, zh: str, en: str) -> None:
        super().__init__(f"{zh} / {en}")
        self.text = Text(zh, en)


def too_large() -> Unfit:
    size = LARGEST >> 20
    return Unfit(
        f"文件超过 {size} MB，没有接收；请降低扫描清晰度（200 dpi 即可）或改用手机拍照后再传",
        f"the file is over {size} MB and was not taken; scan it at 200 dpi or take a photo",
    )


def damaged(what: Text) -> Unfit:
    return Unfit(
        f"{what.zh}已损坏或者没有传完整，没有接收；请在电脑上打开核对后重新上传",
        f"the {what.en} is damaged or incomplete and was not taken; open it, check it, upload again",
    )


def hidden(what: Text) -> Unfit:
    """Something in it that a paper does not need."""
    return Unfit(
        f"文件里含有{what.zh}，为安全起见没有接收；请打印盖章后扫描成 PDF，或者拍成照片再传",
        f"the file holds {what.en} and was not taken; print it, stamp it, and send a scan or a photo",
    )


def too_many_pages(pages: int) -> Unfit:
    return Unfit(
        f"文件有 {pages} 页，超过 {MOST_PAGES} 页，没有接收；请只传需要盖章的材料",
        f"the file has {pages} pages, over {MOST_PAGES}; send only the papers asked for",
    )
