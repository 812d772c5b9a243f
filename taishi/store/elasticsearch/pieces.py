"""Long texts in pieces that Lucene takes as terms."""

#: Longest keyword in UTF-16 units, as Elasticsearch counts: Lucene takes 32,766 bytes, a unit has at most 3.
KEYWORD_UNITS = 8191
#: Longest piece: a field's name may stand before it (`taishi.pairs`).
_PIECE = KEYWORD_UNITS - 512
#: Whatever is up to so many characters long stands whole in one of the pieces.
OVERLAP = 1024
#: Where a text goes on: no piece is taken for the text's own beginning or end.
_MORE = "…"


def pieces(text: str) -> list[str]:
    """The text as it is where it is short enough, else pieces of it that overlap, each short enough for a
    keyword, with `…` where it was cut.
    """
    if len(text) <= _PIECE // 2:
        return [text]
    # Characters beyond U+FFFF take two units.
    size = _PIECE if max(text) <= "\uffff" else _PIECE // 2
    if len(text) <= size:
        return [text]
    taken = size - 2 * len(_MORE)
    return [_piece(text, start, start + taken) for start in range(0, len(text) - OVERLAP, taken - OVERLAP)]


def _piece(text: str, start: int, end: int) -> str:
    return f"{_MORE if start else ''}{text[start:end]}{_MORE if end < len(text) else ''}"
