"""A PDF as its pages look: which character stands where, and where there is ink. Drawn by pdfium."""

import ctypes
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import pypdfium2
import pypdfium2.raw as pdfium
from numpy.typing import NDArray

from taishi.core.problems import Problem

DPI = 200
#: Millimetres a point, and a pixel at `DPI`.
POINT_MM = 25.4 / 72
PIXEL_MM = 25.4 / DPI
#: A letter is a few pages, its annex some dozens; a page is at most a poster's (drawn, that is 200 MB).
MAX_PAGES = 1000
MAX_SIDE_MM = 1000.0
MAX_BYTES = 200_000_000

Pixels = NDArray[np.uint8]
Ink = NDArray[np.bool_]


@dataclass(frozen=True)
class Glyph:
    """One character: its box in millimetres from the paper's upper left corner, as wide as its advance, and
    the line it stands on."""

    text: str
    left: float
    top: float
    right: float
    bottom: float
    base: float

    @property
    def wide(self) -> float:
        return self.right - self.left


@dataclass(frozen=True)
class Page:
    """One page, `number` from 1, sides in millimetres; `pixels` are rows × columns × RGB at `DPI`."""

    number: int
    wide: float
    high: float
    glyphs: tuple[Glyph, ...]
    pixels: Pixels

    @cached_property
    def ink(self) -> Ink:
        """Whatever is visibly darker than paper, red too."""
        return np.asarray(self.pixels.min(axis=2) < 160)

    @cached_property
    def red(self) -> Ink:
        red, green, blue = (self.pixels[..., each] for each in range(3))
        return np.asarray((red > 180) & (green < 120) & (blue < 120))


def pages(path: Path) -> Iterator[Page]:
    """Every page in order. Raises Problem, naming the file, for what is no PDF that can be drawn."""
    content = _content(path)
    try:
        document = pypdfium2.PdfDocument(content)
    except pypdfium2.PdfiumError as error:
        raise Problem(f"{path}: is no readable PDF ({error}); make it anew") from None
    try:
        count = len(document)
        if not 0 < count <= MAX_PAGES:
            raise Problem(f"{path}: has {count} pages; 1 to {MAX_PAGES} can be looked at")
        for index in range(count):
            yield _page(path, document, index)
    finally:
        document.close()


def _content(path: Path) -> bytes:
    try:
        if path.stat().st_size > MAX_BYTES:
            raise Problem(f"{path}: is larger than {MAX_BYTES // 1_000_000} MB; name a letter's PDF")
        content = path.read_bytes()
    except OSError as error:
        raise Problem(f"{path}: {error.strerror}; name a PDF file") from None
    if b"%PDF-" not in content[:1024]:
        raise Problem(f"{path}: is no PDF (it does not begin with %PDF-)")
    return content


def _page(path: Path, document: pypdfium2.PdfDocument, index: int) -> Page:
    try:
        page = document[index]
        wide, high = (side * POINT_MM for side in page.get_size())
        if max(wide, high) > MAX_SIDE_MM or min(wide, high) <= 0:
            raise Problem(f"{path}: page {index + 1} measures {wide:.0f} × {high:.0f} mm; a letter is A4")
        pixels = page.render(scale=DPI / 72, rev_byteorder=True).to_numpy()[..., :3].copy()
        glyphs = tuple(_glyphs(page.get_textpage(), high))
    except pypdfium2.PdfiumError as error:
        raise Problem(f"{path}: page {index + 1} cannot be drawn ({error}); make the PDF anew") from None
    return Page(index + 1, wide, high, glyphs, pixels)


def _glyphs(text: pypdfium2.PdfTextPage, high: float) -> Iterator[Glyph]:
    """Characters that stand on the page; those that pdfium makes up (line ends, spaces) have no place."""
    box, x, y = pdfium.FS_RECTF(), ctypes.c_double(), ctypes.c_double()
    for index in range(text.count_chars()):
        said = chr(pdfium.FPDFText_GetUnicode(text, index))
        if said.isspace() or not pdfium.FPDFText_GetLooseCharBox(text, index, ctypes.byref(box)):
            continue
        pdfium.FPDFText_GetCharOrigin(text, index, ctypes.byref(x), ctypes.byref(y))
        left, right = box.left * POINT_MM, box.right * POINT_MM
        top, bottom, base = (high - each * POINT_MM for each in (box.top, box.bottom, y.value))
        yield Glyph(said, left, top, right, bottom, base)
