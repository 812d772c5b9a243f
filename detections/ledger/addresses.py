"""Which addresses of a column are ours: each different one is asked once."""

from collections.abc import Callable

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from detections.networks import Networks

Mask = NDArray[np.bool_]


def which(column: pa.Array | pa.ChunkedArray, holds: Callable[[str], bool]) -> Mask:
    """Which values of a column of text something holds for."""
    array = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    coded = array.dictionary_encode()
    told = np.fromiter((holds(one) for one in coded.dictionary.to_pylist()), np.bool_)
    if not len(told):
        return np.zeros(len(array), np.bool_)
    found: Mask = told[np.asarray(coded.indices)]
    return found


def inside(column: pa.Array | pa.ChunkedArray, networks: Networks) -> Mask:
    """Which addresses of a column are ours."""
    return which(column, networks.inside)


def unicast(column: pa.Array | pa.ChunkedArray, networks: Networks) -> Mask:
    """Which addresses of a column one host can have."""
    return which(column, networks.unicast)


def out_of(flows: pa.Table, networks: Networks) -> Mask:
    """Which rows run from a host of ours to an address that is not."""
    there = flows["dst"]
    found: Mask = inside(flows["src"], networks) & ~inside(there, networks) & unicast(there, networks)
    return found
