"""How the inner functions are compiled."""

from functools import partial

from numba import njit

#: Without reference counts (nothing is allocated) and without a look at every divisor.
inner = partial(njit, error_model="numpy", _nrt=False)
