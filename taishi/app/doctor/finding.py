"""What a check finds, and what it is given to look at."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Literal, Protocol

from taishi.app.desk import Desk
from taishi.core.text import Text

#: `open`: the product has nothing for it; somebody has to do it another way.
Grade = Literal["ok", "warn", "fail", "open"]
#: Lines of GB/T 22239-2019, third level, that a finding is proof of, by our numbers.
Clause = Literal["C1", "C2", "C3", "C4", "C5", "C6", "C7", "C8", "C9", "C10", "C11", "C12"]


@dataclass(frozen=True)
class Finding:
    """`remedy` says what to do about it. `evidence` are the figures that it rests on."""

    check: str
    grade: Grade
    said: Text
    remedy: Text | None = None
    clauses: tuple[Clause, ...] = ()
    evidence: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True)
class Ground:
    """An installation. `desk` is open for reading; None where the data cannot be opened."""

    data: Path
    now: datetime
    desk: Desk | None


class Check(Protocol):
    """One file in `taishi/app/doctor/` with a module-level `CHECK`."""

    @property
    def name(self) -> str: ...

    #: Whether it looks into the data: such are left out where those cannot be opened.
    @property
    def needs_desk(self) -> bool: ...

    def look(self, ground: Ground) -> Iterable[Finding]: ...


def desk_of(ground: Ground) -> Desk:
    """Of a check that needs it."""
    assert ground.desk is not None  # noqa: S101 - such checks are left out where there is none
    return ground.desk
