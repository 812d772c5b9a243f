"""When many records were: all of them at once where they write it as ISO 8601, else one by one."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from sensors.lines import FIRST_YEAR, LAST_YEAR, Damaged, checked_time
from sensors.values import moment
from taishi.core.event import Json

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_FIRST, _END = (
    (datetime(year, 1, 1, tzinfo=UTC) - _EPOCH) // _MICROSECOND for year in (FIRST_YEAR, LAST_YEAR + 1)
)
#: Nanoseconds, since Windows writes tenths of microseconds. Text without an offset is UTC, as in `moment`.
_TYPES = (pa.timestamp("ns", "UTC"), pa.timestamp("ns"))


def microseconds(times: "Sequence[Json] | pa.Array", field: str) -> tuple[NDArray[np.int64], dict[int, str]]:
    """Microseconds since 1970, UTC; and why there are none, by position (0 stands there).

    The same moments and the same words as `moment` and the check of `Intake` give for each of them.
    """
    try:
        texts = times if isinstance(times, pa.Array) else pa.array(times, pa.string())
    except (pa.ArrowTypeError, pa.ArrowInvalid):
        return _one_by_one(times, field)
    for wanted in _TYPES:
        try:
            found = texts.cast(wanted)
        except pa.ArrowInvalid:
            continue
        whole: NDArray[np.int64] = found.fill_null(-1).cast(pa.int64()).to_numpy() // 1000
        if len(whole) == 0 or (whole.min() >= _FIRST and whole.max() < _END):
            return whole, {}
    return _one_by_one(texts.to_pylist(), field)


def _one_by_one(times: Sequence[Json], field: str) -> tuple[NDArray[np.int64], dict[int, str]]:
    found = np.zeros(len(times), np.int64)
    wrong: dict[int, str] = {}
    for position, time in enumerate(times):
        try:
            found[position] = (checked_time(moment(time, field), "@timestamp") - _EPOCH) // _MICROSECOND
        except Damaged as error:
            wrong[position] = str(error)
    return found, wrong
