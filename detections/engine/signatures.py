"""Sets of atoms as numbers that add up: an event's signature is the sum over its fields."""

import hashlib

import numpy as np

_EMPTY: frozenset[int] = frozenset()


class Signatures:
    """A 64-bit key for every set of atoms that one value fulfils; 0 for none.

    Keys are cut from BLAKE2b, so two events with different atoms have the same sum with a chance of
    2 ** -64 a pair: a billion distinct signatures meet once in some 37 runs, a million never in practice.
    """

    def __init__(self) -> None:
        self._keys: dict[frozenset[int], int] = {_EMPTY: 0}
        self._sets: dict[int, frozenset[int]] = {0: _EMPTY}

    def key(self, atoms: frozenset[int]) -> int:
        known = self._keys.get(atoms)
        if known is None:
            told = np.asarray(sorted(atoms), np.int64).tobytes()
            known = int.from_bytes(hashlib.blake2b(told, digest_size=8).digest(), signed=True)
            self._keys[atoms], self._sets[known] = known, atoms
        return known

    def atoms(self, key: int) -> frozenset[int]:
        """The set that has this key."""
        return self._sets[key]
