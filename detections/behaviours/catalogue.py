"""The behaviours there are: every module beside this one with a `BEHAVIOUR`, a function of a view."""

from typing import cast

from detections import behaviours
from detections.ledger.ledger import Judge
from taishi.core.discover import discover


def all_behaviours() -> list[Judge]:
    """In name order."""
    return [cast(Judge, found) for found in discover(behaviours, "BEHAVIOUR")]
