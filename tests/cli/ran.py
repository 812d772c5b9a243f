"""What a command left behind."""

import json
from dataclasses import dataclass


@dataclass(frozen=True)
class Ran:
    """What a command left behind."""

    status: int
    out: str
    err: str

    @property
    def json(self) -> dict[str, object]:
        document = json.loads(self.out)
        assert isinstance(document, dict)
        return document


def assert_one_line(ran: Ran, *words: str, status: int = 2) -> None:
    """The command failed with one line that says these words, and printed nothing else."""
    assert (ran.status, ran.out) == (status, "")
    assert len(ran.err.strip().splitlines()) == 1
    assert "Traceback" not in ran.err
    for word in words:
        assert word in ran.err
