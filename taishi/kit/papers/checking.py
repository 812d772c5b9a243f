"""One file, by its first bytes, to the check of its kind."""

from pathlib import Path

from taishi.core.text import Text
from taishi.kit.papers import ofd, pdf, picture, word
from taishi.kit.papers.paper import LARGEST, Sound, hidden, too_large
from taishi.kit.papers.strangers import stranger
from taishi.kit.papers.zipped import Container

_HEAD = 4096
_ZIP = b"PK\x03\x04"


def check_paper(path: Path) -> Sound:
    """What it is and how many pages it has. Its name plays no part. Raises Unfit, OSError."""
    size = path.stat().st_size
    if size > LARGEST:
        raise too_large()
    with path.open("rb") as file:
        head = file.read(_HEAD)
    if head.startswith(pdf.MAGIC):
        return _pdf(path)
    if head.startswith((picture.PNG, picture.JPEG)):
        return picture.check(path.read_bytes())
    if head.startswith(_ZIP):
        return _container(path, head)
    raise stranger(head)


def _pdf(path: Path) -> Sound:
    with path.open("rb") as file:
        if b"PK\x05\x06" in file.read()[-66_000:]:  # where an archive's end may stand (APPNOTE 4.3.16)
            raise hidden(Text("压缩包", "an archive"))
        file.seek(0)
        return pdf.check(file)


def _container(path: Path, head: bytes) -> Sound:
    container = Container(path, Text("文件", "file"))
    try:
        for known, check in ((word.is_word, word.check), (ofd.is_ofd, ofd.check)):
            if known(container):
                container.check()
                return check(container)
        raise stranger(head, container.members)
    finally:
        container.close()
