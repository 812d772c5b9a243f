"""Plays small stories over one county, and asks what came of them."""

import json
from dataclasses import dataclass
from pathlib import Path

from taishi.app.desk import Desk, open_desk
from taishi.app.rehearsal.effects import End, Played, end_of
from taishi.app.rehearsal.player import Player
from taishi.app.rehearsal.stage import set_up
from taishi.app.rehearsal.story import read_story
from taishi.core.notice_records import MATTERS

Step = dict[str, object]
SCHOOL, WATER, HEALTH = "县教育局", "县水利局", "县卫健局"
UNITS = [
    {"name": SCHOOL, "cidr": ["10.34.2.0/24"]},
    {"name": WATER, "cidr": ["10.34.3.0/24"]},
    {"name": HEALTH, "cidr": ["10.34.4.0/24", "2001:db8:4::/48"]},
]
BOTH = ["disposal_report", "commitment_letter"]


def events(threat: str, level: str, subject: str, count: int = 1, rule: str = "r1", *peers: str) -> Step:
    told = {"class": threat, "level": level, "rule": rule, "subject": subject, "count": count}
    return {**told, "peers": list(peers)} if peers else told


@dataclass
class Ran:
    """A story that was played: its steps by their numbers, and the directory it left."""

    steps: dict[int, Played]
    end: End
    desk: Desk

    def letters(self) -> list[tuple[str, str, str]]:
        """(type, unit, state) of 处置函 and 风险告知函, in the order they were drawn up."""
        found = sorted(self.desk.letters.list(), key=lambda one: one.id)
        return [(one.type, one.unit, one.state) for one in found if one.type in MATTERS]

    def moves(self, n: int) -> list[str]:
        return [moved.step.move for moved in self.steps[n].letters]

    def refused(self, n: int) -> str:
        """Everything that the step was refused, in English."""
        return "; ".join(one.why.en for one in self.steps[n].refused)

    def blocks(self) -> dict[str, str]:
        """State by address, of an address's last block."""
        return {block.address: block.state for block in reversed(self.desk.blocks.list())}


def play(folder: Path, *steps: Step, start: str = "2026-05-18T08:00:00+08:00", **more: object) -> Ran:
    """Steps are numbered as they come; `at` is an hour after the one before unless it says otherwise, as
    `DD HH:MM` of May 2026 or in full."""
    full, hour = [], 8
    for n, step in enumerate(steps, 1):
        hour += 1
        at = str(step.get("at", f"2026-05-18T{hour:02d}:00:00+08:00"))
        at = f"2026-05-{at[:2]}T{at[3:]}:00+08:00" if len(at) == len("DD HH:MM") else at
        full.append({"n": n, **step, "at": at})
    path = folder / "story.json"
    path.write_text(json.dumps({"start": start, "units": UNITS, "steps": full, **more}), "utf-8")
    story = read_story(path)
    stage = set_up(folder / "data", story)
    played = {one.n: one for one in Player(stage, story).play()}
    end = end_of(stage.desk, story.start)
    stage.desk.close()
    return Ran(played, end, open_desk(folder / "data", read_only=True))
