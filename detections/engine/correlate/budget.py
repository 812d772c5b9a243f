"""What a correlator may hold, and what it could not."""

from dataclasses import dataclass


@dataclass
class Budget:
    """Shared by all windows of a correlator. `held` is how many entries they hold now; counters only rise."""

    #: Entries in all windows together, a group counting as some more; as many matches may wait.
    limit: int
    #: Entries in one group's window.
    group_limit: int
    #: Event ids kept with a firing: the first and the latest.
    evidence: int
    held: int = 0
    #: Entries that had to leave early, oldest first, and groups beyond what one match may fall into.
    evicted: int = 0
    #: Matches without a value in a field that a correlation groups by or adds up.
    incomplete: int = 0
