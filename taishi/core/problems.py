"""Errors that a person can act on."""


class Problem(Exception):
    """Unusable input or a refused act: one line saying what is wrong, where, and what to do.

    The command line prints it and exits with `status`: 2 for unusable input or wrong usage,
    1 for an act or a check that the rules do not allow. Pages show it as it is.
    """

    status = 2


class Held(Problem):
    """Another process is the one that may write there."""


class Refused(Problem):
    """The rules of the loop do not allow this act now."""

    status = 1
