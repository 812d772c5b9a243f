"""How far a long act has come: one line on standard error that rewrites itself where a person watches."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import monotonic

_WIDTH = 24
#: Seconds between two states of the line.
_EVERY_S = 0.1


@contextmanager
def progress(words: str) -> Iterator[Callable[[int, int], None]]:
    """Gives what is to be told (done, of how many; 0: nobody knows). The line is gone at the end."""
    if not sys.stderr.isatty():
        yield lambda *_: None
        return
    shown_at = 0.0

    def show(done: int, total: int) -> None:
        nonlocal shown_at
        if monotonic() - shown_at >= _EVERY_S or done == total:
            shown_at = monotonic()
            print(f"\r\x1b[K{words} {_bar(done, total)}", end="", file=sys.stderr, flush=True)

    try:
        yield show
    finally:
        print("\r\x1b[K", end="", file=sys.stderr, flush=True)


def _bar(done: int, total: int) -> str:
    if total <= 0:
        return f"{done:,}"
    full = _WIDTH * min(done, total) // total
    return f"[{'#' * full}{'.' * (_WIDTH - full)}] {done:,} of {total:,}"
