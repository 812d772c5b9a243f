"""What compiled code can be asked for, and how. Nothing here loads numba."""

from collections.abc import Callable
from functools import cache
from importlib.resources import files

import numpy as np

from sensors.pcap.compiled.layout import (
    NUMBERS,
    ROOM,
    TEXTS,
    Bytes,
    Numbers,
    Quantities,
    Stamps,
    Tables,
)
from taishi.kit.kept import Kept, default_folder
from taishi.kit.native import INTEGER, POINTER, address, native

RUN, SPLIT, TAKE, SWEEP, FINISH, REHASH, LIST, NUMBERS_OF, TEXTS_OF = range(9)
_PACKAGE = "sensors.pcap.compiled"
#: Constants that are compiled in come from these, too.
_OUTSIDE = ("sensors.pcap.community", "sensors.pcap.flow")
#: Stands where an order has no array of that sort.
_NONE = np.zeros(16, np.int64)


@cache
def _door() -> Callable[..., int]:
    names = sorted(
        one.name.removesuffix(".py") for one in files(_PACKAGE).iterdir() if one.name.endswith(".py")
    )
    modules = tuple(f"{_PACKAGE}.{name}" for name in names if name not in ("__init__", "__main__"))
    arguments = (INTEGER, *([POINTER] * 20))
    return native(Kept(default_folder()), f"{_PACKAGE}.door", "door", arguments, (*modules, *_OUTSIDE))


def split(
    data: Bytes, at: int, size: int, big: bool, nanoseconds: bool, longest: int, meta: Stamps
) -> tuple[int, int, bool]:
    """Finds the records of a pcap file in `data[at:size]`: how many, where they end, and whether what follows
    is a header that cannot be believed."""
    n = np.array([size, len(meta), 0, at, big, nanoseconds, longest], np.int64)
    none = [address(_NONE)] * 14
    places = [address(data), address(meta), *[address(_NONE)] * 3, address(n)]
    count = _door()(SPLIT, *none[:13], none[13], *places)
    return count, int(n[3]), bool(n[4])


class Orders:
    """Gives orders for tables; made anew whenever one of the tables is another array."""

    def __init__(self, t: Tables) -> None:
        self._door = _door()
        self._kept = t
        self._sizes = np.array(
            [len(t.flows), len(t.heads), len(t.buckets), len(t.odd), len(t.closing), len(t.heard)], np.int64
        )
        tables = (
            t.state, t.packet, t.flows, t.halves, t.closing, t.heard, t.neighbours, t.heads, t.buckets,
            t.free, t.free_heads, t.done, t.odd, self._sizes,
        )  # fmt: skip
        self._places = [address(one) for one in tables]
        #: Texts are made in the same place every time: fresh memory would cost more than they do.
        self._room = np.empty(0, np.uint8)

    def _give(
        self, order: int, *numbers: int, data: Bytes | None = None, meta: Stamps | Numbers | None = None,
        slots: Numbers | None = None, wide: Quantities | None = None, out: Bytes | None = None,
    ) -> int:  # fmt: skip
        lengths = [0 if one is None else len(one) for one in (data, meta, slots)]
        n = np.array([*lengths, *numbers], np.int64)
        arrays = (data, meta, slots, wide, out, n)
        return self._door(order, *self._places, *(address(_NONE if one is None else one) for one in arrays))

    def run(self, data: Bytes, meta: Stamps, at: int, first: int, link: int) -> int:
        """Meters packets of a chunk from number `at` on, up to a fragment; the number where it stopped."""
        return self._give(RUN, at, first, link, data=data, meta=meta)

    def take(self, data: Bytes) -> None:
        """Counts the packet that stands in `packet[0]`: one from the slow lane."""
        self._give(TAKE, data=data)

    def sweep(self, now: int) -> None:
        """Ends what has been silent for too long at `now`, in microseconds."""
        self._give(SWEEP, now)

    def finish(self, slots: Numbers) -> None:
        """Ends these flows, in this order."""
        self._give(FINISH, slots=np.ascontiguousarray(slots))

    def rehash(self) -> None:
        """Hangs every living flow into `buckets`, which is empty."""
        self._give(REHASH)

    def listed(self, which: int, count: int) -> Numbers:
        """The living flows of one list, the one heard least recently first."""
        slots = np.zeros(count, np.int32)
        self._give(LIST, which, slots=slots)
        return slots

    def numbers(self, slots: Numbers) -> Quantities:
        """Columns of numbers of flows that have ended, in the order of `NUMBERS`."""
        out = np.zeros((len(NUMBERS), len(slots)), np.int64)
        self._give(NUMBERS_OF, slots=np.ascontiguousarray(slots), wide=out)
        return out

    def texts(self, slots: Numbers, prefix: bytes) -> tuple[Bytes, Numbers]:
        """Columns of text one behind the other, in the order of `TEXTS`, and where each ends.

        The text stays until the next call.
        """
        if len(self._room) < ROOM * len(slots):
            self._room = np.empty(ROOM * len(slots), np.uint8)
        out = self._room
        ends = np.zeros((len(TEXTS), len(slots) + 1), np.uint32)
        begin = np.frombuffer(prefix, np.uint8)
        scratch = np.zeros(512, np.int64)
        self._give(
            TEXTS_OF,
            len(out),
            data=begin,
            meta=ends,
            slots=np.ascontiguousarray(slots),
            wide=scratch,
            out=out,
        )
        return out[: int(ends[-1, -1])], ends.view(np.int32)
