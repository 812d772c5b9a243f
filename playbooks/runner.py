"""Carries playbooks out, each step once an alert."""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from typing import Protocol

import msgspec

from playbooks.playbook import SIDES, Playbook, Step, side
from taishi.core.clock import Clock
from taishi.core.ids import stable_id
from taishi.core.ports import R
from taishi.core.problems import Problem
from taishi.core.records import Alert, PlaybookRun
from taishi.core.text import Text

#: Does one thing for an alert with the step's parameters and says what; raises where it cannot.
Action = Callable[[Alert, Mapping[str, str]], Text]


class Journal(Protocol):
    """What the runner needs of `taishi.core.ports.StateStore`; transactions may nest."""

    def transaction(self) -> AbstractContextManager[None]: ...

    def put(self, *records: msgspec.Struct) -> None: ...

    def get(self, of: type[R], record_id: str) -> R | None: ...


class Runner:
    """Runs playbooks with the actions handed in; the journal is the state store's `PlaybookRun`s."""

    def __init__(self, state: Journal, clock: Clock, actions: Mapping[str, Action]) -> None:
        self._state, self._clock, self._actions = state, clock, actions

    def run(self, playbook: Playbook, alert: Alert) -> list[PlaybookRun]:
        """What was done now: the steps that this alert calls for and that have not succeeded before for it
        in its class, level and unit.

        A step and its line in the journal are one transaction. One that fails is journalled with the
        reason, does not keep the following ones from being tried, and is tried again on the next run.
        """
        if not playbook.fits(alert):
            return []
        runs = []
        for index, step in enumerate(playbook.steps):
            is_now = (alert.verdict.threat, alert.verdict.level, alert.verdict.unit or "")
            run_id = stable_id("playbook", playbook.id, alert.id, index, *is_now, *targets(step, alert))
            before = self._state.get(PlaybookRun, run_id)
            if before is None or not before.ok:
                runs.append(self._carry_out(run_id, playbook, alert, step))
        return runs

    def _carry_out(self, run_id: str, playbook: Playbook, alert: Alert, step: Step) -> PlaybookRun:
        def journal(ok: bool, result: Text) -> PlaybookRun:
            run = PlaybookRun(run_id, playbook.id, alert.id, step.action, self._clock.now(), ok, result)
            self._state.put(run)
            return run

        action = self._actions.get(step.action)
        if action is None:
            return journal(False, Text(f"没有接入动作 {step.action}", f"no action {step.action} is wired"))
        try:
            with self._state.transaction():
                return journal(True, action(alert, step.parameters))
        except Problem as problem:
            return journal(False, Text(str(problem), str(problem)))
        except Exception as error:  # noqa: BLE001 - one broken action must not stop the others
            reason = f"{type(error).__name__}: {error}"
            return journal(False, Text(f"意外错误 {reason}", f"unexpected {reason}"))


def targets(step: Step, alert: Alert) -> tuple[str, ...]:
    """The addresses a step is about: a new one among them makes it a step not yet done."""
    named = step.parameters.get("address")
    return tuple(sorted(side(alert, named))) if named in SIDES else ()
