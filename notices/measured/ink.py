"""Where ink begins and ends."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from taishi.kit.pages import PIXEL_MM, Glyph, Ink, Page


@dataclass(frozen=True)
class Band:
    """A stretch with ink, in millimetres from the paper's upper (or left) edge."""

    begin: float
    end: float

    @property
    def thick(self) -> float:
        return self.end - self.begin


def rows(ink: Ink) -> list[Band]:
    """The stretches of rows that have ink anywhere, from above."""
    return list(_bands(np.any(ink, axis=1, keepdims=False)))


def reach(ink: Ink, band: Band) -> Band:
    """From the leftmost to the rightmost ink within a band of rows."""
    places = np.flatnonzero(ink[_pixel(band.begin) : _pixel(band.end)].any(axis=0))
    return Band(places[0] * PIXEL_MM, (places[-1] + 1) * PIXEL_MM) if len(places) else Band(0.0, 0.0)


def extent(ink: Ink) -> tuple[Band, Band] | None:
    """The box of all ink: its rows, its columns; None without ink."""
    down, across = np.flatnonzero(ink.any(axis=1)), np.flatnonzero(ink.any(axis=0))
    if not len(down):
        return None
    return (
        Band(down[0] * PIXEL_MM, (down[-1] + 1) * PIXEL_MM),
        Band(across[0] * PIXEL_MM, (across[-1] + 1) * PIXEL_MM),
    )


def cut(ink: Ink, top: float, bottom: float, left: float = 0.0, right: float = 1e4) -> Ink:
    """The same ink with nothing outside of that box."""
    made = np.zeros_like(ink)
    box = slice(_pixel(top), _pixel(bottom)), slice(_pixel(left), _pixel(right))
    made[box] = ink[box]
    return made


def has_ink(page: Page, glyph: Glyph) -> bool:
    """In the middle two thirds of its width: neighbours' ink does not count."""
    aside = glyph.wide / 6
    box = page.ink[
        _pixel(glyph.top) : _pixel(glyph.bottom) + 1,
        _pixel(glyph.left + aside) : _pixel(glyph.right - aside) + 1,
    ]
    return bool(box.any())


def _pixel(millimetres: float) -> int:
    return max(0, round(millimetres / PIXEL_MM))


def _bands(marked: Ink) -> Iterator[Band]:
    edges = np.flatnonzero(np.diff(np.concatenate(([False], marked, [False])).astype(np.int8)))
    for begin, end in edges.reshape(-1, 2):
        yield Band(begin * PIXEL_MM, end * PIXEL_MM)
