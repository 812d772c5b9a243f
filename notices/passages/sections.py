"""Headings and numbered sentences, GB/T 9704-2012 §7.3.3: 一、 then （一）."""

from collections.abc import Iterable, Iterator, Sequence

from notices import wording
from notices.content import Paragraph


def sections(parts: Sequence[tuple[str, Sequence[str]]]) -> Iterator[Paragraph]:
    """Each heading with its sentences; a part without sentences is left out and not numbered."""
    told = [(heading, sentences) for heading, sentences in parts if sentences]
    for serial, (heading, sentences) in enumerate(told, 1):
        yield Paragraph("heading", f"{wording.numeral(serial)}、{heading}")
        yield from (Paragraph("body", sentence) for sentence in sentences)


def numbered(sentences: Iterable[str]) -> Iterator[str]:
    for serial, sentence in enumerate(sentences, 1):
        yield f"（{wording.numeral(serial)}）{sentence}"
