"""The flow meter's inner loops, compiled by numba at set-up and kept on disk."""
